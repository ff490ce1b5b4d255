// SPDX-License-Identifier: BSD-2-Clause
// Requests that are handed on: FO-1 to FO-6. The caller lives in kid `from`, the forwarder is its visit to
// kid `by`, the gate it forwards to lies in kid `to`.
#include "kit.h"
#include "table.h"

#define WORDS 5

static struct kid *from, *by, *to;
static struct hand caller, server;
static struct visit passing, inner;
static l4_handle_t gate; // to `to`

static void visit_forward(struct visit *v)
{
    struct l4_msg m;
    l4_msg_init(&m, v->on, 7);
    m.tag = l4_msg_tag(7, (unsigned)v->arg, 0) | v->flags;
    m.deadline = l4_clock() + 50 * MS;
    m.w[0] = (uint64_t)(uintptr_t)v->next;
    v->error = l4_forward(&m);
}

// A caller whose request with so many memory words is handed on.
static void hand_on(bool entry, unsigned words, uint64_t flags)
{
    kit_clean(); // of the last one
    from = kid_new();
    by = kid_new();
    to = kid_new();
    gate = entry ? gate_entry(to, 1) : gate_queue(to, partner_cpu);
    inner = (struct visit){.body = visit_event, .on = give(to, never, L4_RIGHT_WAIT)};
    passing = (struct visit){.body = visit_forward,
                             .on = give(by, gate, L4_RIGHT_CALL),
                             .next = &inner,
                             .arg = words,
                             .flags = flags};
    caller = (struct hand){.kid = from, .body = hand_call, .visit = &passing};
    caller.on = give(from, gate_entry(by, 1), L4_RIGHT_CALL);
    hand_run(&caller, victim_cpu);
}

// It waits at a queue gate that nobody serves, the forwarder as long as its words are not taken.
static void waits(unsigned words)
{
    hand_on(false, words, 0);
    want(hand_blocked(&caller, words ? 1 : 0), "the request waits");
    want_count(by->space, L4_SPACE_VISITORS_COUNT, words ? 1 : 0, "the forwarder");
}

static void forwarder_hears(int error)
{
    want(visit_over(&passing), "the forwarder goes on");
    want_error(passing.error, error, "with an error");
}

static void caller_is_told(int error)
{
    want_error(hand_result(&caller), L4_OK, "it answers the caller");
    want_equal(l4_msg_label(&caller.m), (uint64_t)error, "as it likes");
}

void check_fo_1(void)
{
    waits(WORDS);
    want_error(l4_gate_destroy(gate), L4_OK, "the gate is destroyed");
    forwarder_hears(L4_ERR_DEAD);
    caller_is_told(L4_ERR_DEAD);
    waits(WORDS);
    kid_destroy(to);
    forwarder_hears(L4_ERR_DEAD);
    caller_is_told(L4_ERR_DEAD);
    waits(0);
    kid_destroy(to);
    want_error(hand_result(&caller), L4_ERR_DEAD, "without memory words the caller hears of it");
}

static void serve(void)
{
    server = (struct hand){.kid = to, .body = hand_serve};
    server.on = give(to, gate, L4_RIGHT_WAIT);
    hand_run(&server, partner_cpu);
    want(reached(&server.step, STEP_FIRST), "somebody takes it");
}

void check_fo_2(void)
{
    waits(WORDS);
    kid_destroy(by);
    want_error(hand_result(&caller), L4_ERR_DEAD, "the forwarder's space dies: the caller");
    waits(0);
    kid_destroy(by);
    serve();
    hand_wake(&server, 1);
    want_error(hand_result(&caller), L4_OK, "who is out of it is not missed");
    waits(WORDS);
    serve();
    want_count(by->space, L4_SPACE_VISITORS_COUNT, 0, "nor when its words are taken: visits");
    kid_destroy(by);
    hand_wake(&server, 1);
    want_error(hand_result(&caller), L4_OK, "the caller");
}

void check_fo_3(void)
{
    waits(WORDS);
    hand_destroy(&caller);
    forwarder_hears(L4_ERR_OWNER_DIED);
    waits(WORDS);
    kid_destroy(from);
    forwarder_hears(L4_ERR_OWNER_DIED);
    want_count(by->space, L4_SPACE_VISITORS_COUNT, 0, "visits");
    waits(0);
    kid_destroy(from);
    want_error(call_now(gate), L4_ERR_TIMEOUT, "the gate lives on");
}

void check_fo_4(void)
{
    waits(WORDS);
    want_error(l4_thread_cancel(caller.thread, true), L4_OK, "the caller is cancelled");
    forwarder_hears(L4_ERR_CANCELLED);
    caller_is_told(L4_ERR_CANCELLED);
    waits(0);
    want_error(l4_thread_cancel(caller.thread, true), L4_OK, "the same without memory words");
    want_error(hand_result(&caller), L4_ERR_CANCELLED, "the caller");
    waits(WORDS);
    want_error(l4_thread_recall(caller.thread), L4_OK, "the caller is recalled");
    want_error(hand_result(&caller), L4_ERR_CANCELLED, "it comes home");
    forwarder_hears(L4_ERR_OWNER_DIED);
}

void check_fo_5(void)
{
    for (unsigned words = 0; words <= WORDS; words += WORDS) {
        hand_on(true, words, 0);
        want(visit_inside(&inner), "a visit begins");
        want(hand_blocked(&caller, 1), "one deep");
        want_count(by->space, L4_SPACE_VISITORS_COUNT, 0, "the forwarder is gone");
        want_equal(inner.cpu, victim_cpu, "on the caller's CPU");
        kid_destroy(by);
        want(hand_blocked(&caller, 1), "its space is not missed");
        kid_destroy(to);
        want_error(hand_result(&caller), L4_ERR_DEAD, "the visited one is: the caller");
    }
}

void check_fo_6(void)
{
    hand_on(false, WORDS, L4_FLAG_TIMED);
    forwarder_hears(L4_ERR_TIMEOUT);
    caller_is_told(L4_ERR_TIMEOUT);
    hand_on(false, 0, L4_FLAG_TIMED);
    want_error(hand_result(&caller), L4_ERR_TIMEOUT, "without memory words the caller is told");
}
