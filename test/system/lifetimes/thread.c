// SPDX-License-Identifier: BSD-2-Clause
// Threads that are destroyed at home: TH-1 to TH-11.
#include "kit.h"
#include "table.h"

static struct hand a, b, c, server;
static struct visit v;

// A destroyed thread is a tombstone.
static void want_gone(const struct hand *h)
{
    want_error(l4_nop(h->thread), L4_ERR_DEAD, "the thread is gone");
}

void check_th_1(void)
{
    l4_handle_t e = event_new();
    uint64_t used = count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT);
    a = (struct hand){.body = hand_pending};
    hand_make(&a);
    want(count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT) > used, "it is charged to its space");
    want_error(l4_event_bind_death(e, 2, a.thread), L4_OK, "whose death is watched");
    used = count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT);
    hand_destroy(&a);
    want_equal(event_await(e, ~0ull), 2, "the death event");
    want_gone(&a);
    want(count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT) < used, "and refunded");
}

// The destroyer is on the victim's CPU and above it.
void check_th_2(void)
{
    a = (struct hand){.body = hand_spin, .priority = HAND_PRIORITY - 10};
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "the thread runs");
    b = (struct hand){.body = hand_operate, .on = a.thread, .operation = L4_THREAD_DESTROY};
    hand_run(&b, victim_cpu);
    want_error(hand_result(&b), L4_OK, "it is destroyed");
    want_gone(&a);
}

void check_th_3(void)
{
    if (victim_cpu == 0) {
        cell_skip("one CPU");
        return;
    }
    a = (struct hand){.body = hand_spin};
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "the thread runs");
    hand_destroy(&a);
    want_gone(&a);
    b = (struct hand){.body = hand_spin, .arg = 1};
    hand_run(&b, victim_cpu);
    want_error(hand_result(&b), L4_OK, "its CPU is free");
}

void check_th_4(void)
{
    a = (struct hand){.body = hand_operate, .operation = L4_THREAD_DESTROY};
    hand_make(&a);
    a.on = a.thread;
    start_on(&a, victim_cpu);
    want(hand_in_state(&a, ~0ull), "the thread is gone");
    want_equal((uint64_t)atomic_load(&a.step), STEP_RUNS, "it did not return");
}

void check_th_5(void)
{
    l4_handle_t gate = gate_queue(NULL, 0);
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, victim_cpu);
    hand_destroy(&a);
    want_error(wait_now(gate), L4_ERR_TIMEOUT, "no request is left");
}

void check_th_6(void)
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    server = (struct hand){.body = hand_serve, .on = gate};
    hand_waits(&server, partner_cpu);
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "it is served");
    hand_destroy(&a);
    hand_wake(&server, 1);
    want_error(hand_result(&server), L4_ERR_STATE, "the reply");
    // the same with reply_wait, which goes on to wait
    server.arg = 1;
    hand_waits(&server, partner_cpu);
    hand_waits(&a, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "another is served");
    hand_destroy(&a);
    hand_wake(&server, 1);
    want(reached(&server.step, STEP_FIRST + 1) && hand_blocked(&server, 0), "the server waits again");
    b = (struct hand){.body = hand_call, .on = gate};
    hand_run(&b, victim_cpu);
    want_error(hand_result(&b), L4_OK, "the next caller is answered");
    want_error(server.again, L4_OK, "by the same server");
}

void check_th_7(void)
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    server = (struct hand){.body = hand_defer, .on = gate, .also = L4_SLOT_ANY};
    hand_waits(&server, partner_cpu);
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "it is deferred");
    want_error(server.error, L4_OK, "as it should");
    keep(server.arg);
    hand_destroy(&a);
    want_error(send_now(server.arg), L4_ERR_DEAD, "the reply capability");
    want_error(l4_cap_delete(L4_CAP_SPACE, server.arg), L4_OK, "is there to be deleted");
}

void check_th_8(void)
{
    l4_handle_t gate = gate_queue(NULL, victim_cpu);
    server = (struct hand){.body = hand_wait, .on = gate};
    hand_waits(&server, victim_cpu);
    hand_destroy(&server);
    want_error(call_now(gate), L4_ERR_TIMEOUT, "nobody receives");
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, partner_cpu);
    b = (struct hand){.body = hand_serve, .on = gate};
    hand_run(&b, victim_cpu);
    want(reached(&b.step, STEP_FIRST), "another receives");
    hand_wake(&b, 1);
    want_error(hand_result(&a), L4_OK, "and answers");
}

void check_th_9(void)
{
    l4_handle_t gate = gate_queue(NULL, victim_cpu);
    server = (struct hand){.body = hand_serve, .on = gate};
    hand_waits(&server, victim_cpu);
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, partner_cpu);
    want(reached(&server.step, STEP_FIRST), "one is served");
    b = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&b, partner_cpu);
    hand_destroy(&server);
    want_error(hand_result(&a), L4_ERR_DEAD, "the caller in hand");
    want(hand_blocked(&b, 0), "the queued one waits on");
    c = (struct hand){.body = hand_serve, .on = gate};
    hand_run(&c, victim_cpu);
    want(reached(&c.step, STEP_FIRST), "another serves");
    hand_wake(&c, 1);
    want_error(hand_result(&b), L4_OK, "the queued one");
}

void check_th_10(void)
{
    l4_handle_t e = event_new();
    a = (struct hand){.body = hand_event, .on = e};
    b = (struct hand){.body = hand_pending};
    hand_waits(&a, victim_cpu);
    hand_waits(&b, victim_cpu);
    hand_destroy(&a);
    hand_destroy(&b);
    want_error(l4_event_signal(e, 1), L4_OK, "the event is signalled");
    want_equal(event_await(e, 1), 1, "its bit stays");
}

// A visitor has the one activation of the pool; who queues for it is destroyed; the next in the queue is
// served.
void check_th_11(void)
{
    static struct visit inside;
    l4_handle_t gate = gate_entry(NULL, POOL_ONE), e = event_new();
    inside = (struct visit){.body = visit_event, .on = e};
    c = (struct hand){.body = hand_call, .on = gate, .visit = &inside};
    hand_run(&c, partner_cpu);
    want(visit_inside(&inside), "a visitor");
    v = (struct visit){.body = visit_nothing};
    a = b = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    hand_waits(&a, victim_cpu);
    hand_waits(&b, partner_cpu);
    hand_destroy(&a);
    want_equal((uint64_t)atomic_load(&v.inside), 0, "nobody came in");
    want_error(l4_event_signal(e, 1), L4_OK, "the visitor leaves");
    want_error(hand_result(&b), L4_OK, "the other is served");
    want_equal((uint64_t)atomic_load(&v.inside), 1, "alone");
}
