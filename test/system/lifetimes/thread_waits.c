// SPDX-License-Identifier: BSD-2-Clause
// Cancellation, recall, deadlines and suspension of threads at home: TH-18, TH-19, TH-21, TH-23 to TH-26.
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
