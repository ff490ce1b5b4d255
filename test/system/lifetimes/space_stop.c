// SPDX-License-Identifier: BSD-2-Clause
// Spaces that stand still, and those whose threads do not let others run: SP-25, SP-26.
#include "kit.h"
#include "table.h"

#define LOW 60 // below the hands

static struct hand a, b;
static struct visit v, w;

void check_sp_25(void)
{
    struct kid *k = kid_new(), *below = kid_new();
    l4_handle_t e = event_new(), onward = gate_entry(k, L4_POOL_VISITORS);
    v = (struct visit){.body = visit_event, .on = give(k, e, L4_RIGHT_WAIT)};
    w = (struct visit){.body = visit_call, .on = give(below, onward, L4_RIGHT_CALL), .next = &v};
    a = (struct hand){.body = hand_call, .on = gate_entry(below, L4_POOL_VISITORS), .visit = &w};
    b = (struct hand){.kid = k, .body = hand_count};
    hand_run(&a, victim_cpu);
    hand_run(&b, partner_cpu);
    want(visit_inside(&v) && hand_blocked(&a, 2), "a visitor waits");
    want(reached(&b.step, STEP_RUNS), "a thread runs");
    want_error(l4_space_stop(k->space, true), L4_OK, "the space is stopped");
    want_error(l4_event_signal(e, 1), L4_OK, "the visitor would go on");
    pause_ms(5);
    kid_destroy(k);
    want_error(hand_result(&a), L4_OK, "the caller goes on");
    want_error(w.error, L4_ERR_DEAD, "and the frame that called the dead space");
    want_equal((uint64_t)atomic_load(&v.over), 0, "the visitor has not");
    want_equal(hand_state(&b), ~0ull, "the thread is gone");
}

// Its gate dies first: then it asks again and again, at a priority above that of whoever destroys it.
static void ask_for_ever(struct hand *h)
{
    for (;;) {
        hand_wait(h);
        h->w[0]++;
    }
}

void check_sp_26(void)
{
    struct kid *k = kid_new(), *funded = kid_with(k->space, KID_QUOTA / 2);
    l4_handle_t gate = gate_queue(k, 0), other = gate_queue(k, 0);
    a = (struct hand){.kid = k, .body = ask_for_ever, .on = give(k, gate, L4_RIGHT_WAIT)};
    b = (struct hand){.kid = funded, .body = ask_for_ever, .on = give(funded, other, L4_RIGHT_WAIT)};
    hand_run(&a, 0); // the CPU of this thread
    hand_run(&b, 0);
    want(hand_blocked(&a, 0) && hand_blocked(&b, 0), "they wait");
    want_error(l4_thread_priority(L4_CAP_THREAD, LOW), L4_OK, "this thread is worse than they are");
    kid_destroy(k);
    want_error(l4_thread_priority(L4_CAP_THREAD, 100), L4_OK, "and comes on all the same");
    want_equal(hand_state(&a), ~0ull, "the thread is gone");
    want_equal(hand_state(&b), ~0ull, "and that of the space it funded");
}
