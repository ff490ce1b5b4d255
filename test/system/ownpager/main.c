// SPDX-License-Identifier: BSD-2-Clause
// This program as the pager of a space it made, with activation areas that lie elsewhere than usual: what the
// kernel asks, and what it does with answers that are late, empty, wrong or refused. Whatever the pager does,
// an error is the thread's, never the kernel's or this program's.
#include <l4/cap.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>
#include "test/system/ownpager/own.h"

static void check_good_answers(void)
{
    l4_handle_t thread;
    behaviour = ANSWER;
    tap_error(make_space(), L4_OK, "a space with areas elsewhere");
    tap_equal(space_count(L4_SPACE_UTCB_PAGES_COUNT), 0, "no UTCB page before a thread runs");
    tap_error(start_thread(child_touch, &thread), L4_OK, "a thread in it");
    tap_equal(wait_for_state(thread, L4_THREAD_BLOCKED), L4_THREAD_BLOCKED, "it runs and waits");
    tap_equal(switches, 1, "one switch fault for UTCB and stack");
    tap_equal(last_switch.w[0], 0, "of index 0");
    tap_equal(last_switch.w[1], UTCB_BASE, "with the UTCB's address");
    tap_equal(last_switch.w[2], STACK_BASE + STRIDE - L4_PAGE_SIZE, "and that of the first stack page");
    tap_equal(last_switch.w[7], L4_SWITCH_UTCB | L4_SWITCH_STACK, "both are missing");
    tap_equal(pages, 2, "one page fault for its code, one for its data");
    tap_equal(data()[0], UTCB_BASE, "it was given its UTCB's address");
    tap_equal(data()[1], UTCB_BASE, "and used its stack");
    tap_equal(data()[2], STACK_BASE + STRIDE, "which began at the top");
    tap_equal(space_count(L4_SPACE_UTCB_PAGES_COUNT), 1, "one UTCB page");
    tap_equal(space_count(L4_SPACE_STACK_PAGES_COUNT), 1, "one stack page");
    tap_error(end_space(thread), L4_OK, "the space is destroyed");
}

// Neighbours of a UTCB page; then the page is taken away, and asked for again when a thread runs there.
static void check_page_taken_away(void)
{
    l4_handle_t first, second;
    behaviour = ANSWER_TWICE_SAME;
    tap_error(make_space(), L4_OK, "another space");
    tap_error(start_thread(child_wait, &first), L4_OK, "a thread");
    tap_equal(wait_for_state(first, L4_THREAD_BLOCKED), L4_THREAD_BLOCKED,
              "waits (the page was mapped twice)");
    tap_equal(switches, 1, "after one switch fault");
    tap_error(l4_space_unmap(L4_CAP_SPACE, page_at(1), L4_PAGE_SIZE, L4_UNMAP_DERIVED, 0, NULL), L4_OK,
              "its UTCB page is taken away");
    tap_equal(space_count(L4_SPACE_UTCB_PAGES_COUNT), 0, "no UTCB page is resident");
    behaviour = ANSWER;
    tap_error(l4_space_wake(space, 0, 1), L4_OK, "it is woken");
    uint64_t end = l4_clock() + WAIT_NS;
    while (switches < 2 && l4_clock() < end)
        l4_sleep_until(l4_clock() + 5000000);
    tap_equal(switches, 2, "the page is asked for again");
    tap_equal(wait_for_state(first, L4_THREAD_BLOCKED), L4_THREAD_BLOCKED, "and it waits again");
    tap_error(start_thread(child_wait, &second), L4_OK, "a neighbour");
    tap_equal(wait_for_state(second, L4_THREAD_BLOCKED), L4_THREAD_BLOCKED, "waits too");
    tap_equal(space_count(L4_SPACE_UTCB_PAGES_COUNT), 1, "in the same page");
    tap_error(end_space(first), L4_OK, "the space is destroyed");
    tap_error(l4_cap_delete(L4_CAP_SPACE, second), L4_OK, "and the other thread's handle deleted");
}

// A thread whose pager answers like this ends halted, with an exception that nobody resumes.
static void check_bad_answer(enum behaviour how, int reason, const char *what)
{
    l4_handle_t thread;
    behaviour = how;
    tap_error(make_space(), L4_OK, what);
    tap_error(start_thread(child_wait, &thread), L4_OK, "a thread is started");
    tap_equal(wait_for_state(thread, L4_THREAD_HALTED), L4_THREAD_HALTED, "it is halted");
    tap_ok(exceptions >= 1, "its exception handler heard of it");
    tap_error((int)(last_exception.w[6] >> 32), reason, "with the reason");
    tap_equal(space_count(L4_SPACE_UTCB_PAGES_COUNT), how == ANSWER_READ_ONLY,
              "only what was given is mapped");
    tap_error(end_space(thread), L4_OK, "the space is destroyed");
}

static void check_late_answer(void)
{
    l4_handle_t thread;
    behaviour = ANSWER_LATE;
    tap_error(make_space(), L4_OK, "a space with a slow pager");
    uint64_t start = l4_clock();
    tap_error(start_thread(child_touch, &thread), L4_OK, "a thread");
    tap_ok(l4_clock() - start < DELAY_NS, "this program goes on meanwhile");
    tap_equal(wait_for_state(thread, L4_THREAD_BLOCKED) == L4_THREAD_BLOCKED, 1, "the thread waits");
    uint64_t end = l4_clock() + WAIT_NS;
    while (!data()[2] && l4_clock() < end)
        l4_sleep_until(l4_clock() + 5000000);
    tap_equal(data()[0], UTCB_BASE, "it has run at last");
    tap_ok(l4_clock() - start >= DELAY_NS, "not before the answer");
    tap_error(end_space(thread), L4_OK, "the space is destroyed");
}

// Four indices were handed out; the fifth thread has none until the pager adds some.
static void check_more_indices(bool add)
{
    l4_handle_t threads[6] = {0};
    int error = L4_OK;
    behaviour = ANSWER;
    adds_indices = add;
    next_index = 4;
    tap_error(make_space(), L4_OK,
              add ? "a pager that adds indices" : "a pager that says it did, and did not");
    for (unsigned i = 0; i < 6 && !error; i++)
        error = start_thread(child_wait, &threads[i]);
    tap_error(error, L4_OK, "six threads");
    for (unsigned i = 0; i < 6; i++) {
        uint64_t expected = i < 4 || add ? L4_THREAD_BLOCKED : L4_THREAD_HALTED;
        tap_equal(wait_for_state(threads[i], expected), expected, i < 4 || add ? "it waits" : "it is halted");
    }
    tap_equal(space_count(L4_SPACE_UTCB_PAGES_COUNT), add ? 2 : 1, "UTCB pages");
    tap_equal(space_count(L4_SPACE_STACK_PAGES_COUNT), add ? 2 : 1,
              "no stack page for neighbours that touch none");
    tap_ok(exceptions == (add ? 0 : 2), "exceptions only where there is no other way");
    for (unsigned i = 1; i < 6; i++)
        tap_error(l4_cap_delete(L4_CAP_SPACE, threads[i]), L4_OK, "a handle is deleted");
    tap_error(end_space(threads[0]), L4_OK, "the space is destroyed");
}

// The thread, or its whole space, is destroyed while it asks.
static void check_destroyed_while_asking(bool whole_space)
{
    l4_handle_t thread;
    behaviour = ANSWER_LATE;
    tap_error(make_space(), L4_OK,
              whole_space ? "a space that will not last" : "a thread that will not last");
    tap_error(start_thread(child_touch, &thread), L4_OK, "its thread asks");
    uint64_t end = l4_clock() + WAIT_NS;
    while (switches < 1 && l4_clock() < end)
        l4_sleep_until(l4_clock() + 1000000);
    tap_equal(switches, 1, "the pager was asked");
    if (!whole_space)
        tap_error(l4_thread_destroy(thread), L4_OK, "the thread is destroyed");
    tap_error(end_space(thread), L4_OK, "the space is destroyed");
    l4_sleep_until(l4_clock() + 2 * DELAY_NS); // the visitor in here answers nobody and ends
    tap_equal(data()[0], 0, "and nothing ran");
}

int main(int argc, char **argv)
{
    uint64_t visitors, caps;
    void *pages_memory;
    (void)argc;
    (void)argv;
    tap_error(l4_memory_alloc((1 + INDICES / 4 + INDICES) * L4_PAGE_SIZE, &pages_memory), L4_OK, "memory");
    memory = pages_memory;
    tap_ok(*(const volatile char *)child_page != 0,
           "the page of code is here"); // only what is here can be mapped
    tap_error(open_pager_gate(), L4_OK, "a pager gate");
    check_good_answers();
    visitors = count_of(L4_CAP_SPACE, L4_SPACE_VISITORS_COUNT);
    caps = count_of(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT);
    check_page_taken_away();
    check_late_answer();
    check_bad_answer(ANSWER_NOTHING, L4_ERR_UTCB, "a pager that answers without pages");
    check_bad_answer(ANSWER_READ_ONLY, L4_ERR_UTCB, "a pager that gives a read-only UTCB");
    check_bad_answer(REFUSE, L4_ERR_LIMIT, "a pager that refuses");
    check_more_indices(true);
    check_more_indices(false);
    check_destroyed_while_asking(false);
    check_destroyed_while_asking(true);
    tap_equal(count_of(L4_CAP_SPACE, L4_SPACE_VISITORS_COUNT), visitors, "no visitor is left");
    tap_equal(count_of(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT), caps, "no more capabilities than before");
    return tap_end();
}
