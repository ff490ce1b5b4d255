// SPDX-License-Identifier: BSD-2-Clause
// Spaces that die, and who is in them, behind them or waits for them: SP-1 to SP-11.
#include "kit.h"
#include "table.h"

static struct hand a, b, c, d;
static struct visit v, w;

static uint64_t used(void)
{
    return count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT);
}

// What H of another space gets when it uses HANDLE of its table.
static int used_by(struct hand *h, struct kid *k, l4_handle_t handle)
{
    *h = (struct hand){.kid = k, .body = hand_operate, .on = handle, .operation = L4_NOP};
    hand_run(h, partner_cpu);
    return hand_result(h);
}

void check_sp_1(void)
{
    struct kid *other = kid_new();
    l4_handle_t e = event_new(), space = L4_HANDLE_NONE, theirs;
    want_error(used_by(&a, other, give(other, e, L4_RIGHT_ALL)), L4_OK, "another space");
    want_error(l4_space_create(L4_CAP_SPACE, KID_QUOTA, L4_CPU_ALL, 60, L4_RIGHT_ALL, &space, NULL), L4_OK,
               "a space");
    keep(space);
    theirs = give(other, space, L4_RIGHT_ALL);
    want_error(l4_event_bind_death(e, 2, space), L4_OK, "whose death is watched");
    uint64_t before = used();
    want_error(l4_space_destroy(space), L4_OK, "it is destroyed");
    want_equal(event_await(e, ~0ull), 2, "the death event");
    want_error(l4_nop(space), L4_ERR_DEAD, "a tombstone here");
    want_error(used_by(&a, other, theirs), L4_ERR_DEAD, "and there");
    want(before - used() >= KID_QUOTA, "its whole quota is back");
}

void check_sp_2(void)
{
    struct kid *k = kid_new();
    a = (struct hand){.kid = k, .body = hand_operate, .on = k->own, .operation = L4_SPACE_DESTROY};
    hand_run(&a, victim_cpu);
    want(hand_in_state(&a, ~0ull), "the thread is gone");
    want_error(l4_nop(k->space), L4_ERR_DEAD, "with its space");
    want_equal((uint64_t)atomic_load(&a.step), STEP_RUNS, "it did not return");
}

void check_sp_3(void)
{
    struct kid *k = kid_new();
    v = (struct visit){.body = visit_operate, .on = k->own, .arg = L4_SPACE_DESTROY};
    a = (struct hand){.body = hand_call, .on = gate_entry(k, L4_POOL_VISITORS), .visit = &v};
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_ERR_DEAD, "the visitor's call");
    want_equal((uint64_t)atomic_load(&v.over), 0, "the visit did not go on");
    want_error(l4_nop(k->space), L4_ERR_DEAD, "the space is gone");
}

// A funds B, B funds C; a thread in each.
static void funded_tree(l4_handle_t e, struct kid *tree[3])
{
    static struct hand hands[3];
    l4_handle_t funder = L4_CAP_SPACE;
    for (unsigned i = 0; i < 3; i++) {
        tree[i] = kid_with(funder, KID_QUOTA * (3 - i));
        funder = tree[i]->space;
        hands[i] = (struct hand){.kid = tree[i], .body = hand_pending};
        hand_waits(&hands[i], i == 1 ? partner_cpu : victim_cpu);
        want_error(l4_event_bind_death(e, 2ull << i, tree[i]->space), L4_OK, "its death is watched");
    }
}

void check_sp_4(void)
{
    struct kid *tree[3];
    l4_handle_t e = event_new();
    uint64_t before = used();
    funded_tree(e, tree);
    want(used() - before >= 3 * KID_QUOTA, "the first is paid here");
    kid_destroy(tree[0]);
    want_equal(event_gather(e, 14), 14, "all of the tree are dead");
    want(used() - before < KID_QUOTA, "and what they had is back");
}

// The same from the middle: the refund goes to the funder's funder, which can fund as much again.
void check_sp_16(void)
{
    struct kid *tree[3];
    l4_handle_t e = event_new();
    funded_tree(e, tree);
    uint64_t rest = count_of(tree[0]->space, L4_SPACE_QUOTA_USED_COUNT);
    kid_destroy(tree[1]);
    want_equal(event_gather(e, 12), 12, "the funder and what it funded are dead");
    want_error(l4_nop(tree[2]->space), L4_ERR_DEAD, "both");
    want_error(l4_nop(tree[0]->space), L4_OK, "the first is not");
    want_equal(rest - count_of(tree[0]->space, L4_SPACE_QUOTA_USED_COUNT), 2 * KID_QUOTA, "the refund");
}

void check_sp_5(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), calls = gate_queue(NULL, 0), waits = gate_queue(NULL, victim_cpu);
    a = (struct hand){.kid = k, .body = hand_spin, .priority = HAND_PRIORITY - 10};
    b = (struct hand){.kid = k, .body = hand_event, .on = give(k, e, L4_RIGHT_WAIT)};
    c = (struct hand){.kid = k, .body = hand_call, .on = give(k, calls, L4_RIGHT_CALL)};
    d = (struct hand){.kid = k, .body = hand_wait, .on = give(k, waits, L4_RIGHT_WAIT)};
    hand_waits(&b, victim_cpu);
    hand_waits(&c, partner_cpu);
    hand_waits(&d, victim_cpu);
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "one runs");
    kid_destroy(k);
    want(hand_state(&a) == ~0ull && hand_state(&b) == ~0ull, "all threads are gone");
    want(hand_state(&c) == ~0ull && hand_state(&d) == ~0ull, "the others as well");
    want_error(wait_now(calls), L4_ERR_TIMEOUT, "no caller is left");
    want_error(call_now(waits), L4_ERR_TIMEOUT, "no receiver");
    want_error(l4_event_signal(e, 1), L4_OK, "a signal");
    want_equal(event_await(e, 1), 1, "is for others");
}

void check_sp_6(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(NULL, L4_POOL_VISITORS), e = event_new();
    uint64_t threads = threads_in(NULL);
    v = (struct visit){.body = visit_event, .on = e, .flags = L4_FLAG_SHIELD};
    a = (struct hand){.kid = k, .body = hand_call, .on = give(k, gate, L4_RIGHT_CALL), .visit = &v};
    hand_run(&a, victim_cpu);
    want(visit_inside(&v) && hand_blocked(&a, 1), "a visitor");
    kid_destroy(k);
    want_threads(NULL, threads + 1, "an orphan, charged to us");
    want_error(l4_event_signal(e, 1), L4_OK, "it goes on");
    want(visit_over(&v), "to its end");
    pause_ms(2);
    want_threads(NULL, threads, "where it ends");
}

void check_sp_7(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(k, L4_POOL_VISITORS);
    v = (struct visit){.body = visit_event, .on = give(k, never, L4_RIGHT_WAIT)};
    w = (struct visit){.body = visit_spin};
    a = (struct hand){.body = hand_call, .on = gate, .visit = &v};
    b = (struct hand){.body = hand_call, .on = gate, .visit = &w, .priority = HAND_PRIORITY - 10};
    hand_run(&a, victim_cpu);
    hand_run(&b, victim_cpu);
    want(visit_inside(&v) && hand_blocked(&a, 1), "a visitor waits");
    want(visit_inside(&w), "another runs");
    kid_destroy(k);
    want_error(hand_result(&a), L4_ERR_DEAD, "the first");
    want_error(hand_result(&b), L4_ERR_DEAD, "the second");
    want(atomic_load(&v.over) == 0 && atomic_load(&w.over) == 0, "neither went on there");
}

void check_sp_8(void)
{
    struct kid *middle = kid_new(), *top = kid_new();
    l4_handle_t e = event_new(), to_middle = gate_entry(middle, L4_POOL_VISITORS),
                to_top = gate_entry(top, L4_POOL_VISITORS);
    w = (struct visit){.body = visit_event, .on = give(top, e, L4_RIGHT_WAIT)};
    v = (struct visit){.body = visit_call, .on = give(middle, to_top, L4_RIGHT_CALL), .next = &w};
    a = (struct hand){.body = hand_call, .on = to_middle, .visit = &v};
    hand_run(&a, victim_cpu);
    want(visit_inside(&w) && hand_blocked(&a, 2), "a chain of three");
    kid_destroy(middle);
    want(hand_blocked(&a, 1), "the frame above notices nothing");
    want_error(l4_event_signal(e, 1), L4_OK, "it goes on");
    want_error(hand_result(&a), L4_ERR_DEAD, "the frame below");
    want_error(w.error, L4_OK, "the frame above");
    want_equal((uint64_t)atomic_load(&w.over), 1, "came to its end");
    want_equal((uint64_t)atomic_load(&v.over), 0, "the dead one did not");
    want_count(top->space, L4_SPACE_VISITORS_COUNT, 0, "nobody is left inside");
}

void check_sp_9(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_queue(k, partner_cpu);
    a = (struct hand){.body = hand_call, .on = gate};
    b = (struct hand){.body = hand_send, .on = gate};
    hand_waits(&a, victim_cpu);
    hand_waits(&b, partner_cpu);
    kid_destroy(k);
    want_error(hand_result(&a), L4_ERR_DEAD, "a caller");
    want_error(hand_result(&b), L4_ERR_DEAD, "a sender");
}

// The gate lies here and lives on; the server's space dies.
static l4_handle_t server_in(struct kid *k, void (*body)(struct hand *))
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    b = (struct hand){.kid = k, .body = body, .on = give(k, gate, L4_RIGHT_WAIT), .also = L4_SLOT_ANY};
    hand_waits(&b, partner_cpu);
    a = (struct hand){.body = hand_call, .on = gate};
    hand_waits(&a, victim_cpu);
    want(reached(&b.step, STEP_FIRST), "it has a caller");
    return gate;
}

void check_sp_10(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = server_in(k, hand_defer);
    want_error(b.error, L4_OK, "deferred");
    kid_destroy(k);
    want_error(hand_result(&a), L4_ERR_DEAD, "the caller");
    want_error(call_now(gate), L4_ERR_TIMEOUT, "the gate lives on");
}

void check_sp_11(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = server_in(k, hand_serve);
    kid_destroy(k);
    want_error(hand_result(&a), L4_ERR_DEAD, "the caller");
    want_error(call_now(gate), L4_ERR_TIMEOUT, "the gate lives on");
}
