// SPDX-License-Identifier: BSD-2-Clause
// Gates that are destroyed, with whoever is behind, before or inside them: GA-1 to GA-8, GA-10;
// and one whose place another takes: GA-11.
#include <l4/abi/fault.h>
#include "kit.h"
#include "table.h"

static struct hand a, b, server;
static struct visit v, w;

static void destroy_gate(l4_handle_t gate)
{
    want_error(l4_gate_destroy(gate), L4_OK, "the gate is destroyed");
    want_error(l4_nop(gate), L4_ERR_DEAD, "which leaves a tombstone");
}

void check_ga_1(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(k, L4_POOL_VISITORS), e = event_new();
    a = (struct hand){.kid = k, .body = hand_call_twice, .on = give(k, gate, L4_RIGHT_ALL), .visit = &v};
    v = (struct visit){.body = visit_nothing};
    want_error(l4_event_bind_death(e, 2, gate), L4_OK, "its death is watched");
    uint64_t used = count_of(k->space, L4_SPACE_QUOTA_USED_COUNT);
    destroy_gate(gate);
    want_equal(event_await(e, ~0ull), 2, "the death event");
    want(count_of(k->space, L4_SPACE_QUOTA_USED_COUNT) < used, "refunded to its space");
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_ERR_DEAD, "a tombstone elsewhere");
    want_error(a.again, L4_ERR_DEAD, "until it is deleted");
    want_error(l4_cap_delete(k->space, a.on), L4_OK, "as it can be");
}

void check_ga_2(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(k, L4_POOL_VISITORS);
    v = (struct visit){.body = visit_event, .on = give(k, never, L4_RIGHT_WAIT)};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    b = (struct hand){.body = hand_send, .on = gate, .visit = &v};
    hand_run(&a, victim_cpu);
    want(hand_blocked(&a, 1), "a visitor that called");
    hand_run(&b, partner_cpu);
    want(hand_blocked(&b, 1), "a visitor that sent");
    want_count(k->space, L4_SPACE_VISITORS_COUNT, 2, "both are inside");
    destroy_gate(gate);
    want_error(hand_result(&a), L4_ERR_DEAD, "the caller");
    want_error(hand_result(&b), L4_ERR_DEAD, "the sender");
    want_count(k->space, L4_SPACE_VISITORS_COUNT, 0, "their activations are free");
    want_equal((uint64_t)atomic_load(&v.over), 0, "nobody went on inside");
}

void check_ga_3(void)
{
    struct kid *k = kid_new(), *top = kid_new();
    l4_handle_t e = event_new(), gate = gate_entry(k, L4_POOL_VISITORS),
                onward = gate_entry(top, L4_POOL_VISITORS);
    w = (struct visit){.body = visit_event, .on = give(top, e, L4_RIGHT_WAIT)};
    v = (struct visit){.body = visit_call, .on = give(k, onward, L4_RIGHT_CALL), .next = &w};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    hand_run(&a, victim_cpu);
    want(visit_inside(&w) && hand_blocked(&a, 2), "a visitor that called on");
    destroy_gate(gate);
    want(hand_blocked(&a, 1), "the frame above notices nothing");
    want_error(l4_event_signal(e, 1), L4_OK, "until it returns");
    want_error(hand_result(&a), L4_ERR_DEAD, "the frame below");
    want_error(w.error, L4_OK, "the frame above");
    want_equal((uint64_t)atomic_load(&v.over), 0, "the one between did not go on");
    want_count(k->space, L4_SPACE_VISITORS_COUNT, 0, "its activation is free");
}

void check_ga_4(void)
{
    l4_handle_t gate = gate_entry(NULL, POOL_ONE), other = gate_entry(NULL, POOL_ONE), e = event_new();
    v = (struct visit){.body = visit_event, .on = e};
    w = (struct visit){.body = visit_nothing};
    server = (struct hand){.body = hand_call, .on = other, .visit = &v};
    hand_run(&server, partner_cpu);
    want(visit_inside(&v), "the pool is empty");
    a = (struct hand){.body = hand_call, .on = gate, .visit = &w};
    b = (struct hand){.body = hand_call, .on = other, .visit = &w};
    hand_waits(&a, victim_cpu);
    hand_waits(&b, partner_cpu);
    destroy_gate(gate);
    want_error(hand_result(&a), L4_ERR_DEAD, "who queued for it");
    want(hand_blocked(&b, 0), "who queued for another waits on");
    want_error(l4_event_signal(e, 1), L4_OK, "the pool is free");
    want_error(hand_result(&b), L4_OK, "and it is served");
    want_error(hand_result(&server), L4_OK, "as the first was");
}

void check_ga_5(void)
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    a = (struct hand){.body = hand_call, .on = gate};
    b = (struct hand){.body = hand_send, .on = gate};
    hand_waits(&a, victim_cpu);
    hand_waits(&b, partner_cpu);
    destroy_gate(gate);
    want_error(hand_result(&a), L4_ERR_DEAD, "the caller");
    want_error(hand_result(&b), L4_ERR_DEAD, "the sender");
}

static l4_handle_t served_by(void (*body)(struct hand *))
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    server = (struct hand){.body = body, .on = gate, .also = L4_SLOT_ANY};
    hand_waits(&server, partner_cpu);
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "a caller is taken");
    return gate;
}

void check_ga_6(void)
{
    destroy_gate(served_by(hand_serve));
    want_error(hand_result(&a), L4_ERR_DEAD, "the caller in hand");
    hand_wake(&server, 1);
    want_error(hand_result(&server), L4_ERR_STATE, "the server's reply");
    destroy_gate(served_by(hand_defer));
    keep(server.arg);
    want_error(hand_result(&a), L4_ERR_DEAD, "the deferred caller");
    want_error(send_now(server.arg), L4_ERR_DEAD, "the reply capability");
}

void check_ga_7(void)
{
    l4_handle_t gate = gate_queue(NULL, victim_cpu);
    a = (struct hand){.body = hand_wait, .on = gate};
    b = (struct hand){.body = hand_wait, .on = gate};
    hand_waits(&a, victim_cpu);
    hand_waits(&b, victim_cpu);
    destroy_gate(gate);
    want_error(hand_result(&a), L4_ERR_DEAD, "a receiver");
    want_error(hand_result(&b), L4_ERR_DEAD, "another");
}

void check_ga_8(void)
{
    l4_handle_t gate = gate_queue(NULL, victim_cpu);
    server = (struct hand){.body = hand_wait, .on = gate};
    hand_waits(&server, victim_cpu);
    hand_destroy(&server);
    a = (struct hand){.body = hand_call, .on = gate};
    b = (struct hand){.body = hand_call, .on = gate, .flags = L4_FLAG_TIMED, .arg = l4_clock() + 20 * MS};
    hand_waits(&a, partner_cpu);
    hand_run(&b, partner_cpu);
    want_error(hand_result(&b), L4_ERR_TIMEOUT, "one queues until its deadline");
    server = (struct hand){.body = hand_serve, .on = gate};
    hand_run(&server, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "the other until somebody receives");
    hand_wake(&server, 1);
    want_error(hand_result(&a), L4_OK, "and answers");
}

static void handle_abort(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, L4_EXC_ABORT, 0, 0);
}
L4_ENTRY_FAULT(abort_entry, handle_abort);

// The server's handler of exceptions aborts the visit. Its activation, the only one, is not dealt again.
void check_ga_10(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(k, 3);
    kid_pool(k, 3, 8, 1);
    want_error(l4_space_set_gate(k->space, L4_GATE_EXCEPTION, gate_faults(abort_entry)), L4_OK, "a handler");
    v = (struct visit){.body = visit_touch, .arg = BAD_ADDRESS};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_ERR_FAULT, "the frame below");
    want_count(k->space, L4_SPACE_ACTIVATIONS_COUNT, 9, "the activation stays charged");
    v = (struct visit){.body = visit_nothing};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v, .flags = L4_FLAG_TIMED};
    a.arg = l4_clock() + 20 * MS;
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_ERR_TIMEOUT, "and is not dealt again");
}

enum { LABEL_OTHER = 77 };

static void handle_other(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, LABEL_OTHER, 0, 0);
}
L4_ENTRY_GATE(other_entry, handle_other);

// Nothing changes a gate: who wants another entry address or pool makes another gate.
void check_ga_11(void)
{
    struct kid *k = kid_new();
    l4_handle_t old = gate_entry(k, L4_POOL_VISITORS), e = event_new(), other;
    struct l4_gate_options options = {
        .mode = L4_GATE_ENTRY, .entry = (uint64_t)(uintptr_t)other_entry, .pool = 3, .rights = L4_RIGHT_ALL};
    kid_pool(k, 3, 8, 1);
    v = (struct visit){.body = visit_event, .on = give(k, e, L4_RIGHT_WAIT)};
    a = (struct hand){.body = hand_call, .on = old, .visit = &v};
    hand_run(&a, victim_cpu);
    want(visit_inside(&v), "a visitor of the old gate");
    want_error(l4_gate_create(k->space, &options, &other, NULL), L4_OK, "another gate");
    keep(other);
    b = (struct hand){.body = hand_call, .on = other, .visit = &v};
    hand_run(&b, partner_cpu);
    want_error(hand_result(&b), L4_OK, "whoever calls that");
    want_equal(l4_msg_label(&b.m), LABEL_OTHER, "enters at the other address");
    want_error(l4_event_signal(e, 1), L4_OK, "the visitor of the old one");
    want_error(hand_result(&a), L4_OK, "goes on to its reply");
    uint64_t used = count_of(k->space, L4_SPACE_QUOTA_USED_COUNT);
    destroy_gate(old);
    want(count_of(k->space, L4_SPACE_QUOTA_USED_COUNT) < used, "the old one is refunded");
    b = (struct hand){.body = hand_call, .on = other, .visit = &v};
    hand_run(&b, victim_cpu);
    want_error(hand_result(&b), L4_OK, "the other serves on");
}
