// SPDX-License-Identifier: BSD-2-Clause
// Cancellation, recall, deadlines and suspension of threads at home: TH-18, TH-19, TH-21, TH-23 to TH-26;
// another priority in a queue: TH-29.
#include "kit.h"
#include "table.h"

static struct hand a, server;

static void cancel_in(void (*body)(struct hand *), l4_handle_t on)
{
    a = (struct hand){.body = body, .on = on};
    hand_waits(&a, victim_cpu);
    want_error(l4_thread_cancel(a.thread, true), L4_OK, "cancel");
    want_error(hand_result(&a), L4_ERR_CANCELLED, "the wait");
}

void check_th_18(void)
{
    l4_handle_t gate = gate_queue(NULL, 0), other = gate_queue(NULL, victim_cpu);
    cancel_in(hand_event, never);
    cancel_in(hand_pending, L4_HANDLE_NONE);
    cancel_in(hand_call, gate);
    cancel_in(hand_send, gate);
    cancel_in(hand_wait, other);
    want_error(wait_now(gate), L4_ERR_TIMEOUT, "nobody queues any more");
}

static void spin_then_wait(struct hand *h)
{
    hand_spin(h);
    h->arg = 0;
    h->error = l4_event_wait(never, 1, L4_DEADLINE_NEVER, &h->w[0]);
    l4_msg_init(&h->m, h->on, 7);
    h->again = l4_call(&h->m);
}

void check_th_19(void)
{
    a = (struct hand){.body = spin_then_wait, .on = gate_queue(NULL, partner_cpu)};
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "the thread runs");
    want_error(l4_thread_cancel(a.thread, true), L4_OK, "cancel");
    pause_ms(5);
    want_error(a.error, NOT_YET, "it runs on");
    a.arg = 1;
    want_error(hand_result(&a), L4_ERR_CANCELLED, "its next wait");
    want_error(a.again, L4_ERR_CANCELLED, "and queueing");
}

void check_th_21(void)
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    server = (struct hand){.body = hand_serve, .on = gate};
    hand_waits(&server, partner_cpu);
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "it is served");
    want_error(l4_thread_cancel(a.thread, true), L4_OK, "cancel");
    want_error(hand_result(&a), L4_ERR_CANCELLED, "its call");
    hand_wake(&server, 1);
    want_error(hand_result(&server), L4_ERR_STATE, "the server's reply");
}

void check_th_23(void)
{
    a = (struct hand){.body = hand_event, .on = never, .arg = 1};
    hand_waits(&a, victim_cpu);
    want_error(l4_thread_recall(a.thread), L4_OK, "recall");
    want_error(hand_result(&a), L4_ERR_CANCELLED, "its wait");
    want_error(a.again, L4_ERR_CANCELLED, "and the next");
}

void check_th_24(void)
{
    l4_handle_t gate = gate_queue(NULL, 0);
    a = (struct hand){.body = hand_call, .on = gate, .flags = L4_FLAG_TIMED, .arg = l4_clock() + 20 * MS};
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_ERR_TIMEOUT, "the call");
    want(l4_clock() >= a.arg, "not before its deadline");
    want_error(wait_now(gate), L4_ERR_TIMEOUT, "nobody queues any more");
}

void check_th_25(void)
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    server = (struct hand){.body = hand_serve, .on = gate};
    hand_waits(&server, partner_cpu);
    a = (struct hand){.body = hand_call, .on = gate, .flags = L4_FLAG_TIMED, .arg = l4_clock() + 200 * MS};
    hand_waits(&a, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "it is served");
    l4_sleep_until(a.arg + 10 * MS);
    want_error(a.error, NOT_YET, "its deadline ends nothing");
    hand_wake(&server, 1);
    want_error(hand_result(&a), L4_OK, "the answer does");
}

void check_th_26(void)
{
    l4_handle_t gate = gate_queue(NULL, victim_cpu);
    uint64_t count;
    a = (struct hand){.body = hand_count};
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "a thread runs");
    want_error(l4_thread_suspend(a.thread), L4_OK, "it is suspended");
    count = *(volatile uint64_t *)&a.w[0];
    pause_ms(5);
    want_equal(*(volatile uint64_t *)&a.w[0], count, "it stops at once");
    a.arg = 1;
    want_error(l4_thread_resume(a.thread), L4_OK, "it is resumed");
    want_error(hand_result(&a), L4_OK, "and goes on");
    server = (struct hand){.body = hand_serve, .on = gate};
    hand_waits(&server, victim_cpu);
    want_error(l4_thread_suspend(server.thread), L4_OK, "a server is suspended");
    a = (struct hand){.body = hand_call, .on = gate, .flags = L4_FLAG_TIMED, .arg = l4_clock() + 20 * MS};
    hand_run(&a, partner_cpu);
    want_error(hand_result(&a), L4_ERR_TIMEOUT, "a caller queues");
    want_equal((uint64_t)atomic_load(&server.step), STEP_RUNS, "unseen");
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, partner_cpu);
    want_error(l4_thread_resume(server.thread), L4_OK, "the server is resumed");
    want(reached(&server.step, STEP_FIRST), "and takes the next");
    hand_wake(&server, 1);
    want_error(hand_result(&a), L4_OK, "who is answered");
}

// Three that queue in this order at priority 50; then the third goes up and the first down.
static struct hand queued[3];
static struct visit marks[3], holder;
static unsigned entered;

static void note_turn(struct visit *v)
{
    v->arg = ++entered;
    v->error = L4_OK;
}

static void queue_three(l4_handle_t gate)
{
    static const unsigned later[] = {40, 50, 60};
    for (unsigned i = 0; i < 3; i++) {
        marks[i] = (struct visit){.body = note_turn};
        queued[i] = (struct hand){.body = hand_call, .on = gate, .visit = &marks[i], .priority = 50};
        hand_waits(&queued[i], i == 1 ? partner_cpu : victim_cpu);
    }
    for (unsigned i = 0; i < 3; i++)
        want_error(l4_thread_priority(queued[i].thread, later[i]), L4_OK, "another priority");
}

static void served_in_order(l4_handle_t gate)
{
    for (unsigned i = 3; i-- > 0;) {
        struct l4_msg m;
        l4_msg_init(&m, gate, 0);
        l4_msg_deadline(&m, L4_DEADLINE_POLL);
        want_error(l4_wait(&m), L4_OK, "a caller");
        want(m.w[0] == (uint64_t)(uintptr_t)&marks[i], "which is the best");
        l4_answer(&m, 0, 0, 0);
        want_error(l4_reply(&m), L4_OK, "is answered");
        want_error(hand_result(&queued[i]), L4_OK, "and goes on");
    }
}

// At priority 20 it sets a timer and waits for it; at 90 it must not wait for who runs at 60.
static void timer_then_wait(struct hand *h)
{
    h->error = l4_event_timer(h->on, 1, l4_clock() + 300 * MS);
    if (!h->error)
        h->error = l4_event_wait(h->on, 1, L4_DEADLINE_NEVER, &h->w[0]);
}

static void timer_follows(void)
{
    a = (struct hand){.body = timer_then_wait, .on = event_new(), .priority = 20};
    server = (struct hand){.body = hand_spin, .priority = 60};
    hand_waits(&a, victim_cpu);
    hand_run(&server, victim_cpu);
    want_error(l4_thread_priority(a.thread, 90), L4_OK, "another priority");
    want_error(hand_result(&a), L4_OK, "its timer wakes it at that");
    server.arg = 1;
    want_error(hand_result(&server), L4_OK, "the other runs meanwhile");
}

void check_th_29(void)
{
    l4_handle_t gate = gate_queue(NULL, (unsigned)l4_cpu()), entry = gate_entry(NULL, POOL_ONE),
                go = event_new();
    queue_three(gate);
    served_in_order(gate);
    holder = (struct visit){.body = visit_event, .on = go};
    server = (struct hand){.body = hand_call, .on = entry, .visit = &holder};
    hand_run(&server, victim_cpu);
    want(visit_inside(&holder) && hand_blocked(&server, 1), "all activations are in use");
    entered = 0;
    queue_three(entry);
    want_error(l4_event_signal(go, 1), L4_OK, "one comes back");
    for (unsigned i = 0; i < 3; i++) {
        want_error(hand_result(&queued[i]), L4_OK, "everybody comes in");
        want_equal(marks[i].arg, 3 - i, "in the order of the new priorities");
    }
    timer_follows();
}
