// SPDX-License-Identifier: BSD-2-Clause
// Threads that are destroyed in a fault, halted or suspended, and faults that nobody can take: TH-12 to
// TH-14, TH-28.
#include <l4/abi/fault.h>
#include "kit.h"
#include "table.h"

#define ABSENT L4_ANON_BASE // of a kid: nothing is mapped there

static struct hand a, server;
static struct visit v;
static char page[L4_PAGE_SIZE] __attribute__((aligned(4096)));

// A queue server that answers a page fault with `page`.
static void serve_page(struct hand *h)
{
    uint64_t taken;
    hand_wait(h);
    atomic_store(&h->step, STEP_FIRST);
    if (h->error || l4_pending_wait(1, L4_DEADLINE_NEVER, &taken))
        return;
    l4_msg_put_map(0, (uint64_t)(uintptr_t)page, ABSENT, 12, L4_READ | L4_WRITE);
    l4_answer(&h->m, 0, 2, 1);
    h->error = l4_reply(&h->m);
}

static l4_handle_t queue_handler(struct kid *k, enum l4_space_gate which)
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    want_error(l4_space_set_gate(k->space, which, gate), L4_OK, "set as its handler");
    return gate;
}

static void page_fault_destroyed(void)
{
    struct kid *k = kid_new();
    page[0] = 1;
    a = (struct hand){.kid = k, .body = hand_touch, .arg = ABSENT};
    hand_waits(&a, victim_cpu);
    server = (struct hand){.body = serve_page, .on = queue_handler(k, L4_GATE_PAGER)};
    hand_waits(&server, partner_cpu);
    hand_wake(&a, 1);
    want(reached(&server.step, STEP_FIRST), "the pager is asked");
    want_equal(l4_msg_label(&server.m), L4_FAULT_PAGE, "for a page");
    uint64_t mapped = count_of(k->space, L4_SPACE_MAPPED_KIB_COUNT);
    hand_destroy(&a);
    hand_wake(&server, 1);
    want_error(hand_result(&server), L4_ERR_STATE, "its reply");
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, mapped, "no item was transferred");
}

static void exception_destroyed(void)
{
    struct kid *k = kid_new();
    a = (struct hand){.kid = k, .body = hand_touch, .arg = BAD_ADDRESS};
    hand_waits(&a, victim_cpu);
    server = (struct hand){.body = hand_serve, .on = queue_handler(k, L4_GATE_EXCEPTION)};
    hand_waits(&server, partner_cpu);
    hand_wake(&a, 1);
    want(reached(&server.step, STEP_FIRST), "the exception handler is asked");
    want_equal(l4_msg_label(&server.m), L4_FAULT_EXCEPTION, "about an exception");
    hand_destroy(&a);
    hand_wake(&server, 1);
    want_error(hand_result(&server), L4_ERR_STATE, "its reply");
}

// A handler behind an entry gate: the thread is away, and ends with the handler's reply.
static void visiting_fault_destroyed(void)
{
    struct kid *k = kid_new();
    uint64_t threads = threads_in(NULL);
    a = (struct hand){.kid = k, .body = hand_touch, .arg = ABSENT};
    hand_waits(&a, victim_cpu);
    want_error(l4_space_set_gate(k->space, L4_GATE_PAGER, gate_holding()), L4_OK, "a pager");
    hand_wake(&a, 1);
    want(hand_blocked(&a, 1), "which takes its time");
    hand_destroy(&a);
    pause_ms(5);
    want_threads(NULL, threads, "the handler's wait ended, and the thread with its reply");
    want_threads(k, 0, "nothing is left at home");
}

void check_th_12(void)
{
    page_fault_destroyed();
    exception_destroyed();
    visiting_fault_destroyed();
}

void check_th_13(void)
{
    struct kid *k = kid_new();
    uint64_t utcb = kid_utcb_page(k, 0);
    server = (struct hand){.body = hand_serve, .on = queue_handler(k, L4_GATE_PAGER)};
    hand_waits(&server, partner_cpu);
    a = (struct hand){.kid = k, .body = hand_pending};
    hand_run(&a, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "the pager is asked");
    want_equal(l4_msg_label(&server.m), L4_FAULT_SWITCH, "for UTCB and stack");
    *(volatile char *)(uintptr_t)utcb = 0;
    want_error(l4_space_map(k->space, utcb, L4_UTCB_BASE, L4_PAGE_SIZE, L4_READ | L4_WRITE, NULL), L4_OK,
               "it maps the UTCB");
    hand_destroy(&a);
    hand_wake(&server, 1);
    want_error(hand_result(&server), L4_ERR_STATE, "its reply");
    want_equal((uint64_t)atomic_load(&a.step), 0, "the thread never ran");
    want_count(k->space, L4_SPACE_UTCB_PAGES_COUNT, 1, "what was mapped stays");
}

void check_th_14(void)
{
    struct kid *k = kid_new();
    a = (struct hand){.kid = k, .body = hand_touch, .arg = BAD_ADDRESS};
    hand_waits(&a, victim_cpu);
    hand_wake(&a, 1);
    want(hand_in_state(&a, L4_THREAD_HALTED), "a thread is halted");
    hand_destroy(&a);
    want_error(l4_nop(a.thread), L4_ERR_DEAD, "it is gone");
    a = (struct hand){.kid = k, .body = hand_count};
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "another runs");
    want_error(l4_thread_suspend(a.thread), L4_OK, "it is suspended");
    want(hand_in_state(&a, L4_THREAD_SUSPENDED), "as it says");
    hand_destroy(&a);
    want_error(l4_nop(a.thread), L4_ERR_DEAD, "it is gone");
    want_count(k->space, L4_SPACE_HOME_FREE_COUNT, 4, "its activations are back");
}

static void handle_nothing(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, L4_EXC_ABORT, 0, 0);
}
L4_ENTRY_FAULT(nothing_entry, handle_nothing);

// At home: halted, and the supervisor hears of it.
static void halted(struct kid *k, l4_handle_t e)
{
    a = (struct hand){.kid = k, .body = hand_touch, .arg = BAD_ADDRESS};
    hand_waits(&a, victim_cpu);
    hand_wake(&a, 1);
    want(hand_in_state(&a, L4_THREAD_HALTED), "the thread is halted");
    want_equal(event_await(e, 2), 2, "its supervisor hears");
    hand_destroy(&a);
}

static void undeliverable_at_home(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), gate = gate_faults(nothing_entry);
    want_error(l4_space_supervise(k->space, e, 2), L4_OK, "a supervisor");
    halted(k, e); // no exception gate
    want_error(l4_space_set_gate(k->space, L4_GATE_EXCEPTION, gate), L4_OK, "an exception gate");
    halted(k, e); // which refuses
    want_error(l4_gate_destroy(gate), L4_OK, "it dies");
    halted(k, e);
    // a gate of its own space with one activation: the handler's fault would need it again
    kid_pool(k, 3, 8, 1);
    want_error(l4_space_set_gate(k->space, L4_GATE_EXCEPTION, gate_entry(k, 3)), L4_OK, "its own");
    halted(k, e);
}

// Away: the visit ends, its one activation is not dealt again.
void check_th_28(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), gate = gate_entry(k, 3);
    undeliverable_at_home();
    kid_pool(k, 3, 8, 1);
    want_error(l4_space_supervise(k->space, e, 2), L4_OK, "a supervisor");
    v = (struct visit){.body = visit_touch, .arg = BAD_ADDRESS};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_ERR_FAULT, "the caller");
    want_equal((uint64_t)atomic_load(&v.over), 0, "the visit went no further");
    want_equal(event_await(e, 2), 2, "the supervisor hears");
    want_count(k->space, L4_SPACE_ACTIVATIONS_COUNT, 9, "the activation stays charged");
    v = (struct visit){.body = visit_nothing};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v, .flags = L4_FLAG_TIMED};
    a.arg = l4_clock() + 20 * MS;
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_ERR_TIMEOUT, "and is not dealt again");
}
