// SPDX-License-Identifier: BSD-2-Clause
// This program as the pager of a space it made, with activation areas that lie elsewhere than usual: what the
// kernel asks, and what it does with answers that are late, empty, wrong or refused. Whatever the pager does,
// an error is the thread's, never the kernel's or this program's.
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>

#define UTCB_BASE  0x10000000ull
#define STACK_BASE 0x20000000ull
#define STRIDE     0x4000ull
#define INDICES    16
#define DATA       0x30000000ull // where child_touch writes
#define PRIORITY   40
#define WAIT_NS    3000000000ull
#define DELAY_NS   100000000ull

void child_touch(void);
void child_wait(void);
extern const char child_page[];

enum behaviour { ANSWER, ANSWER_NOTHING, ANSWER_READ_ONLY, ANSWER_TWICE_SAME, ANSWER_LATE, REFUSE };

static enum behaviour behaviour;
static l4_handle_t pager_gate, space;
static char *memory; // page 0: data, then a page for each UTCB page, then one for each stack
static struct l4_msg last_switch, last_exception;
static atomic_uint switches, pages, exceptions;

static uint64_t page_at(uint64_t number)
{
    return (uint64_t)(uintptr_t)memory + number * L4_PAGE_SIZE;
}

static bool adds_indices; // what is done about a request for more of them
static uint64_t next_index;

static void add_indices(const struct l4_msg *m)
{
    if (adds_indices && !l4_activations_add(space, (unsigned)m->w[6], next_index, 4))
        next_index += 4;
}

static unsigned answer_switch(const struct l4_msg *m)
{
    if (m->w[7] & L4_SWITCH_INDEX) {
        add_indices(m);
        return 0;
    }
    uint64_t index = m->w[0];
    unsigned access = behaviour == ANSWER_READ_ONLY ? L4_READ : L4_READ | L4_WRITE;
    uint64_t utcb = page_at(1 + index / 4), stack = page_at(1 + INDICES / 4 + index);
    if (behaviour == ANSWER_NOTHING || index >= INDICES)
        return 0;
    l4_msg_put_map(0, utcb, UTCB_BASE + index / 4 * L4_PAGE_SIZE, 12, access);
    l4_msg_put_map(2, stack, STACK_BASE + (index + 1) * STRIDE - L4_PAGE_SIZE, 12, L4_READ | L4_WRITE);
    if (behaviour != ANSWER_TWICE_SAME)
        return 2;
    l4_msg_put_map(4, utcb, UTCB_BASE + index / 4 * L4_PAGE_SIZE, 12, access);
    return 3;
}

static unsigned answer_page(const struct l4_msg *m)
{
    uint64_t code = (uint64_t)(uintptr_t)child_page;
    uint64_t page = m->w[0] & ~4095ull;
    if (page == code)
        l4_msg_put_map(0, code, code, 12, L4_READ | L4_EXEC);
    else if (page == DATA)
        l4_msg_put_map(0, page_at(0), DATA, 12, L4_READ | L4_WRITE);
    else
        return 0;
    return 1;
}

static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned items = 0;
    uint32_t label = L4_OK;
    (void)utcb;
    if (l4_msg_label(m) == L4_FAULT_EXCEPTION) {
        last_exception = *m;
        atomic_fetch_add(&exceptions, 1);
        l4_answer(m, L4_EXC_ABORT, 0, 0);
        return;
    }
    if (l4_msg_label(m) == L4_FAULT_SWITCH) {
        last_switch = *m;
        atomic_fetch_add(&switches, 1);
        if (behaviour == ANSWER_LATE)
            l4_sleep_until(l4_clock() + DELAY_NS);
        items = answer_switch(m);
    } else {
        atomic_fetch_add(&pages, 1);
        items = answer_page(m);
    }
    if (behaviour == REFUSE) {
        items = 0;
        label = L4_ERR_LIMIT;
    }
    l4_answer(m, label, 2 * items, items);
}

L4_ENTRY_FAULT(fault_entry, handle_fault);

static const struct l4_space_area area = {UTCB_BASE,  STACK_BASE, STRIDE, INDICES,
                                          0x40000000, 0x10000,    1024,   4};

// A space with this program as pager (and as handler of exceptions), indices 0 to 3 in its home pool.
static int make_space(void)
{
    switches = pages = exceptions = 0;
    memset(memory, 0, (1 + INDICES / 4 + INDICES) * L4_PAGE_SIZE);
    int error = l4_space_create(L4_CAP_SPACE, 256 << 10, L4_CPU_ALL, 60, L4_RIGHT_ALL, &space, NULL);
    if (!error)
        error = l4_space_set_area(space, &area);
    if (!error)
        error = l4_space_set_gate(space, L4_GATE_PAGER, pager_gate);
    if (!error)
        error = l4_space_set_gate(space, L4_GATE_EXCEPTION, pager_gate);
    return error ? error : l4_activations_add(space, L4_POOL_HOME, 0, 4);
}

// Destroys the space and deletes the handles, its own and the thread's.
static int end_space(l4_handle_t thread)
{
    int error = l4_space_destroy(space);
    if (!error)
        error = l4_cap_delete(L4_CAP_SPACE, space);
    return error ? error : l4_cap_delete(L4_CAP_SPACE, thread);
}

static int start_thread(void (*function)(void), l4_handle_t *thread)
{
    int error = l4_space_thread(space, L4_RIGHT_ALL, L4_SLOT_ANY, PRIORITY, thread, NULL);
    return error ? error : l4_thread_start_at(*thread, (uint64_t)(uintptr_t)function, DATA, 0);
}

// Waits until the thread is in this state; what it was in at last.
static uint64_t wait_for_state(l4_handle_t thread, uint64_t state)
{
    struct l4_thread_info info = {.state = ~0ull};
    uint64_t end = l4_clock() + WAIT_NS;
    while (!l4_thread_state(thread, &info) && info.state != state && l4_clock() < end)
        l4_sleep_until(l4_clock() + 5000000);
    return info.state;
}

static uint64_t count_of(l4_handle_t of, unsigned which)
{
    uint64_t c[8] = {0};
    return l4_space_counters(of, which & ~7u, c) ? ~0ull : c[which & 7];
}

static uint64_t space_count(unsigned which)
{
    return count_of(space, which);
}

static const volatile uint64_t *data(void)
{
    return (const volatile uint64_t *)(uintptr_t)page_at(0);
}

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
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, fault_entry, L4_POOL_VISITORS, false, &pager_gate), L4_OK,
              "a pager gate");
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
