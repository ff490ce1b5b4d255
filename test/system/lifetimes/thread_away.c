// SPDX-License-Identifier: BSD-2-Clause
// Threads that visit other spaces: orphans, cancellation, recall, and what takes effect at home: TH-15 to
// TH-17, TH-20, TH-22, TH-27.
#include "kit.h"
#include "table.h"

static struct hand h;
static struct visit here, in_b, in_c;
static char fresh[L4_PAGE_SIZE] __attribute__((aligned(4096)));

// A hand of K calls GATE, which leads to this space.
static void visit_here(struct kid *k, l4_handle_t gate)
{
    h = (struct hand){.kid = k, .body = hand_call, .on = give(k, gate, L4_RIGHT_CALL), .visit = &here};
    hand_run(&h, victim_cpu);
    want(visit_inside(&here) && hand_blocked(&h, 1), "a visitor is here");
}

static void orphan_here(bool whole_space)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(NULL, L4_POOL_VISITORS), e = event_new();
    uint64_t threads = threads_in(NULL);
    here = (struct visit){.body = visit_event, .on = e, .arg = 1, .flags = L4_FLAG_SHIELD};
    visit_here(k, gate);
    want_threads(NULL, threads, "it is none of ours");
    if (whole_space)
        kid_destroy(k);
    else
        hand_destroy(&h);
    want_threads(NULL, threads + 1, "it is charged to us");
    if (!whole_space)
        want_threads(k, 0, "and no more to its owner");
    want_equal((uint64_t)atomic_load(&here.over), 0, "a shielded wait goes on");
    want_error(l4_event_signal(e, 1), L4_OK, "it is answered");
    want(visit_over(&here), "the visit goes on");
    want_error(here.error, L4_OK, "after the shielded wait");
    want_error(here.again, L4_ERR_OWNER_DIED, "and every other");
    pause_ms(2);
    want_threads(NULL, threads, "the orphan ends with its reply");
}

// From K through this space into B, which cannot pay.
static void orphan_nobody_pays(void)
{
    struct kid *k = kid_new(), *b = kid_new();
    l4_handle_t gate = gate_entry(NULL, L4_POOL_VISITORS);
    in_b = (struct visit){.body = visit_event, .on = give(b, never, L4_RIGHT_WAIT), .flags = L4_FLAG_SHIELD};
    here = (struct visit){.body = visit_call, .on = gate_entry(b, L4_POOL_VISITORS), .next = &in_b};
    h = (struct hand){.kid = k, .body = hand_call, .on = give(k, gate, L4_RIGHT_CALL), .visit = &here};
    hand_run(&h, victim_cpu);
    want(visit_inside(&in_b) && hand_blocked(&h, 2), "a visitor in B");
    exhaust(b);
    hand_destroy(&h);
    want(visit_over(&here), "the frame below goes on");
    want_error(here.error, L4_ERR_DEAD, "its call");
    want_count(b->space, L4_SPACE_VISITORS_COUNT, 0, "nobody is in B");
}

void check_th_15(void)
{
    orphan_here(false);
    orphan_here(true);
    orphan_nobody_pays();
}

// A hand of A calls into B, from there into C, where it waits for E, shielded; then, in B, for F.
static void chain(struct kid *a, struct kid *b, struct kid *c, l4_handle_t e, l4_handle_t f)
{
    l4_handle_t to_b = gate_entry(b, L4_POOL_VISITORS), to_c = gate_entry(c, L4_POOL_VISITORS);
    in_c = (struct visit){.body = visit_event, .on = give(c, e, L4_RIGHT_WAIT), .flags = L4_FLAG_SHIELD};
    in_b = (struct visit){.body = visit_call,
                          .on = give(b, to_c, L4_RIGHT_CALL),
                          .next = &in_c,
                          .arg = give(b, f, L4_RIGHT_WAIT),
                          .flags = L4_FLAG_SHIELD};
    h = (struct hand){.kid = a, .body = hand_call, .on = give(a, to_b, L4_RIGHT_CALL), .visit = &in_b};
    hand_run(&h, victim_cpu);
    want(visit_inside(&in_c) && hand_blocked(&h, 2), "a chain of two visits");
}

// The frame in B goes on as an orphan of B after ERR, and ends with its reply.
static void orphan_in_b(struct kid *b, l4_handle_t f, int error)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    while (in_b.error == NOT_YET && l4_clock() < end)
        pause_ms(1);
    want_error(in_b.error, error, "the frame below");
    want_threads(b, 1, "is an orphan of its space");
    want_error(l4_event_signal(f, 1), L4_OK, "it goes on");
    want(visit_over(&in_b), "to its end");
    pause_ms(2);
    want_threads(b, 0, "where the thread ends");
}

// The orphan runs into a fault in C that nobody takes.
static void aborted(void)
{
    struct kid *a = kid_new(), *b = kid_new(), *c = kid_new();
    l4_handle_t e = event_new(), f = event_new();
    l4_handle_t to_b = gate_entry(b, L4_POOL_VISITORS), to_c = gate_entry(c, L4_POOL_VISITORS);
    in_c = (struct visit){
        .body = visit_touch, .on = give(c, e, L4_RIGHT_WAIT), .flags = L4_FLAG_SHIELD, .arg = BAD_ADDRESS};
    in_b = (struct visit){.body = visit_call,
                          .on = give(b, to_c, L4_RIGHT_CALL),
                          .next = &in_c,
                          .arg = give(b, f, L4_RIGHT_WAIT),
                          .flags = L4_FLAG_SHIELD};
    h = (struct hand){.kid = a, .body = hand_call, .on = give(a, to_b, L4_RIGHT_CALL), .visit = &in_b};
    hand_run(&h, victim_cpu);
    want(visit_inside(&in_c) && hand_blocked(&h, 2), "a chain of two visits");
    kid_destroy(a);
    want_error(l4_event_signal(e, 1), L4_OK, "the orphan runs into a fault");
    orphan_in_b(b, f, L4_ERR_FAULT);
}

void check_th_16(void)
{
    struct kid *a = kid_new(), *b = kid_new(), *c = kid_new();
    l4_handle_t e = event_new(), f = event_new();
    chain(a, b, c, e, f);
    kid_destroy(a);
    want_threads(c, 1, "an orphan in C");
    want_threads(b, 0, "not in B");
    kid_destroy(c);
    orphan_in_b(b, f, L4_ERR_DEAD);
    aborted();
}

void check_th_17(void)
{
    struct kid *a = kid_new(), *b = kid_new(), *c = kid_new();
    l4_handle_t e = event_new(), f = event_new();
    chain(a, b, c, e, f);
    hand_destroy(&h);
    want_threads(c, 1, "an orphan in C");
    want_error(l4_event_signal(e, 1), L4_OK, "its visit there ends");
    orphan_in_b(b, f, L4_OK);
    want_threads(c, 0, "C pays no more");
    want_equal((uint64_t)atomic_load(&in_c.over), 1, "it replied there");
    want_threads(a, 0, "nobody came home");
}

static void cancel_here(uint64_t flags, int expected)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(NULL, L4_POOL_VISITORS), e = event_new();
    here = (struct visit){.body = visit_event, .on = e, .flags = flags};
    visit_here(k, gate);
    want_error(l4_thread_cancel(h.thread, true), L4_OK, "the owner cancels");
    if (flags & L4_FLAG_SHIELD) {
        pause_ms(5);
        want_equal((uint64_t)atomic_load(&here.over), 0, "a shielded wait goes on");
        want_error(l4_event_signal(e, 1), L4_OK, "until its event");
    }
    want_error(hand_result(&h), L4_OK, "the caller has an answer");
    want_error(here.error, expected, "the wait in the visit");
    want_equal(l4_msg_label(&h.m), (uint64_t)expected, "the server hands it up");
}

void check_th_20(void)
{
    struct kid *k, *b;
    l4_handle_t e = event_new();
    cancel_here(0, L4_ERR_CANCELLED);
    cancel_here(L4_FLAG_SHIELD, L4_OK);
    // a page fault in the visited space
    k = kid_new();
    b = kid_new();
    fresh[0] = 1;
    in_b = (struct visit){.body = visit_touch,
                          .on = give(b, e, L4_RIGHT_WAIT),
                          .flags = L4_FLAG_SHIELD,
                          .arg = (uint64_t)(uintptr_t)fresh};
    h = (struct hand){.kid = k,
                      .body = hand_call,
                      .on = give(k, gate_entry(b, L4_POOL_VISITORS), L4_RIGHT_CALL),
                      .visit = &in_b};
    hand_run(&h, victim_cpu);
    want(visit_inside(&in_b) && hand_blocked(&h, 1), "a visitor in B");
    want_error(l4_thread_cancel(h.thread, true), L4_OK, "the owner cancels");
    int faults = atomic_load(&b->faults);
    want_error(l4_event_signal(e, 1), L4_OK, "the visitor goes on");
    want_error(hand_result(&h), L4_OK, "to its end");
    want(atomic_load(&b->faults) > faults, "its page fault was answered");
    want_error(in_b.error, L4_OK, "as if nothing had happened");
}

static void recall_paid(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(NULL, L4_POOL_VISITORS), e = event_new();
    uint64_t threads = threads_in(NULL);
    here = (struct visit){.body = visit_event, .on = e, .arg = 1, .flags = L4_FLAG_SHIELD};
    visit_here(k, gate);
    want_error(l4_thread_recall(h.thread), L4_OK, "the owner recalls it");
    want_error(hand_result(&h), L4_ERR_CANCELLED, "at home");
    want_threads(NULL, threads + 1, "the visit is an orphan's");
    want_threads(k, 1, "the thread is home");
    want_error(l4_event_signal(e, 1), L4_OK, "the visit goes on");
    want(visit_over(&here), "to its end");
    want_error(here.again, L4_ERR_OWNER_DIED, "its other wait");
    pause_ms(2);
    want_threads(NULL, threads, "the orphan ends");
}

void check_th_22(void)
{
    struct kid *k, *b;
    recall_paid();
    k = kid_new();
    b = kid_new();
    in_b = (struct visit){.body = visit_event, .on = give(b, never, L4_RIGHT_WAIT), .flags = L4_FLAG_SHIELD};
    h = (struct hand){.kid = k,
                      .body = hand_call,
                      .on = give(k, gate_entry(b, L4_POOL_VISITORS), L4_RIGHT_CALL),
                      .visit = &in_b};
    hand_run(&h, victim_cpu);
    want(visit_inside(&in_b) && hand_blocked(&h, 1), "a visitor in B");
    exhaust(b);
    uint64_t threads = threads_in(b);
    want_error(l4_thread_recall(h.thread), L4_OK, "B cannot pay for an orphan: recall");
    want_error(hand_result(&h), L4_ERR_CANCELLED, "at home");
    want_count(b->space, L4_SPACE_VISITORS_COUNT, 0, "nobody is in B");
    want_threads(b, threads, "nor an orphan");
}

static uint64_t priority(void)
{
    struct l4_thread_info info = {0};
    return l4_thread_state(h.thread, &info) ? ~0ull : info.priority;
}

void check_th_27(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(NULL, L4_POOL_VISITORS), e = event_new();
    here = (struct visit){.body = visit_event, .on = e};
    visit_here(k, gate);
    want_error(l4_thread_priority(h.thread, HAND_PRIORITY - 5), L4_OK, "another priority");
    want_equal(priority(), HAND_PRIORITY, "not while it is away");
    want_error(l4_thread_move(h.thread, partner_cpu), L4_OK, "another CPU");
    want_error(l4_thread_suspend(h.thread), L4_OK, "and a halt");
    want_error(l4_event_signal(e, 1), L4_OK, "the visit goes on");
    want(visit_over(&here), "to its end");
    want_equal(here.cpu, victim_cpu, "where it began");
    pause_ms(5);
    want_equal((uint64_t)atomic_load(&h.step), STEP_RUNS, "at home it stops");
    want_error(l4_thread_resume(h.thread), L4_OK, "until it is resumed");
    want_error(hand_result(&h), L4_OK, "with its answer");
    want_equal(priority(), HAND_PRIORITY - 5, "its priority");
    want_equal(h.w[0], partner_cpu, "its CPU");
}
