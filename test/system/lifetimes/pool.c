// SPDX-License-Identifier: BSD-2-Clause
// Activations and pools: AC-2 to AC-5, AC-7, AC-8. The pool that counts has one activation, index 8.
#include "kit.h"
#include "table.h"

#define POOL  3
#define INDEX 8

static struct hand a, b, c;
static struct visit v, w, x;
static atomic_int order;

static void visit_where(struct visit *v_)
{
    v_->arg = l4_utcb()->index;
    v_->error = L4_OK;
}

static void visit_order(struct visit *v_)
{
    v_->arg = (uint64_t)atomic_fetch_add(&order, 1);
    v_->error = L4_OK;
}

static struct kid *kid_with_pool(l4_handle_t *gate)
{
    struct kid *k = kid_new();
    kid_pool(k, POOL, INDEX, 1);
    *gate = gate_entry(k, POOL);
    return k;
}

static void visit_lands_on(l4_handle_t gate, uint64_t index)
{
    v = (struct visit){.body = visit_where};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_OK, "a visit");
    want_equal(v.arg, index, "on its activation");
}

void check_ac_2(void)
{
    l4_handle_t gate;
    struct kid *k = kid_with_pool(&gate);
    uint64_t all = count_of(k->space, L4_SPACE_ACTIVATIONS_COUNT);
    visit_lands_on(gate, INDEX);
    visit_lands_on(gate, INDEX);
    want_count(k->space, L4_SPACE_VISITORS_COUNT, 0, "it came back");
    want_count(k->space, L4_SPACE_ACTIVATIONS_COUNT, all, "and stays charged");
}

void check_ac_3(void)
{
    struct kid *k = kid_new();
    uint64_t all = count_of(k->space, L4_SPACE_ACTIVATIONS_COUNT);
    a = (struct hand){.kid = k, .body = hand_pending};
    hand_waits(&a, victim_cpu);
    want_count(k->space, L4_SPACE_HOME_FREE_COUNT, 3, "an activation in use");
    hand_destroy(&a);
    want_count(k->space, L4_SPACE_HOME_FREE_COUNT, 4, "is free again");
    want_count(k->space, L4_SPACE_ACTIVATIONS_COUNT, all, "and stays charged");
    b = (struct hand){.kid = k, .body = hand_pending};
    hand_waits(&b, victim_cpu);
    want_equal(b.index, a.index, "and is dealt again");
}

// The visit ends with a fault that nobody takes.
void check_ac_4(void)
{
    l4_handle_t gate;
    struct kid *k = kid_with_pool(&gate);
    uint64_t all = count_of(k->space, L4_SPACE_ACTIVATIONS_COUNT);
    v = (struct visit){.body = visit_touch, .arg = BAD_ADDRESS};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_ERR_FAULT, "the visit is aborted");
    want_count(k->space, L4_SPACE_ACTIVATIONS_COUNT, all, "its activation stays charged");
    w = (struct visit){.body = visit_where};
    b = (struct hand){.body = hand_call, .on = gate, .visit = &w, .flags = L4_FLAG_TIMED};
    b.arg = l4_clock() + 20 * MS;
    hand_run(&b, victim_cpu);
    want_error(hand_result(&b), L4_ERR_TIMEOUT, "and is not dealt again");
}

void check_ac_5(void)
{
    l4_handle_t gate, e = event_new();
    struct kid *k = kid_with_pool(&gate);
    uint64_t used;
    v = (struct visit){.body = visit_event, .on = give(k, e, L4_RIGHT_WAIT)};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    b = (struct hand){.kid = k, .body = hand_pending};
    hand_run(&a, victim_cpu);
    want(visit_inside(&v) && hand_blocked(&a, 1), "a visitor");
    hand_waits(&b, partner_cpu);
    used = count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT);
    kid_destroy(k);
    want_error(hand_result(&a), L4_ERR_DEAD, "the visitor is back");
    want_equal(used - count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT), KID_QUOTA, "all is refunded");
}

// The holder leaves: of two in the queue, the one of higher priority is first, though it came later.
void check_ac_7(void)
{
    l4_handle_t gate, e = event_new();
    struct kid *k = kid_with_pool(&gate);
    atomic_store(&order, 0);
    v = (struct visit){.body = visit_event, .on = give(k, e, L4_RIGHT_WAIT)};
    w = x = (struct visit){.body = visit_order};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    b = (struct hand){.body = hand_call, .on = gate, .visit = &w, .priority = HAND_PRIORITY - 10};
    c = (struct hand){.body = hand_call, .on = gate, .visit = &x};
    hand_run(&a, partner_cpu);
    want(visit_inside(&v), "a visitor");
    hand_waits(&b, victim_cpu);
    hand_waits(&c, victim_cpu);
    want_error(l4_event_signal(e, 1), L4_OK, "leaves");
    want(hand_result(&b) == L4_OK && hand_result(&c) == L4_OK, "both are served");
    want_equal(x.arg, 0, "the better one first");
    want_equal(w.arg, 1, "then the other");
    want(hand_result(&a) == L4_OK, "as the first was");
}

void check_ac_8(void)
{
    l4_handle_t gate, e = event_new();
    struct kid *k = kid_with_pool(&gate);
    v = (struct visit){.body = visit_event, .on = give(k, e, L4_RIGHT_WAIT)};
    w = (struct visit){.body = visit_nothing};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    hand_run(&a, partner_cpu);
    want(visit_inside(&v), "the pool is empty");
    b = (struct hand){.body = hand_call, .on = gate, .visit = &w, .flags = L4_FLAG_TIMED};
    b.arg = l4_clock() + 20 * MS;
    hand_run(&b, victim_cpu);
    want_error(hand_result(&b), L4_ERR_TIMEOUT, "a deadline passes");
    b = (struct hand){.body = hand_call, .on = gate, .visit = &w};
    hand_waits(&b, victim_cpu);
    want_error(l4_thread_cancel(b.thread, true), L4_OK, "one is cancelled");
    want_error(hand_result(&b), L4_ERR_CANCELLED, "and returns");
    b = (struct hand){.body = hand_call, .on = gate, .visit = &w};
    hand_waits(&b, victim_cpu);
    hand_destroy(&b);
    want_error(l4_event_signal(e, 1), L4_OK, "the activation comes free");
    want_error(hand_result(&a), L4_OK, "the visitor is back");
    want_equal((uint64_t)atomic_load(&w.inside), 0, "nobody of them came in");
    visit_lands_on(gate, INDEX);
}
