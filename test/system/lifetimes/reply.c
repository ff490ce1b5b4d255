// SPDX-License-Identifier: BSD-2-Clause
// Reply capabilities: RC-1 to RC-7. The server lies here; its caller where the cell wants it.
#include "kit.h"
#include "table.h"

static struct hand caller, server, other;

// `caller`, of K or this space, is deferred by `server`, of HOLDER or this space. Answers the gate.
static l4_handle_t deferred(struct kid *k, struct kid *holder)
{
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    server = (struct hand){.kid = holder, .body = hand_defer, .also = L4_SLOT_ANY};
    server.on = holder ? give(holder, gate, L4_RIGHT_WAIT) : gate;
    hand_waits(&server, partner_cpu);
    caller = (struct hand){.kid = k, .body = hand_call};
    caller.on = k ? give(k, gate, L4_RIGHT_CALL) : gate;
    hand_waits(&caller, victim_cpu);
    want(reached(&server.step, STEP_FIRST), "a caller is deferred");
    want_error(server.error, L4_OK, "as it should");
    if (!holder)
        keep(server.arg);
    return gate;
}

// The deferred caller, of K or this space, is handed on to GATE.
static void hand_on(struct kid *k, l4_handle_t gate, struct visit *v)
{
    struct l4_msg m;
    deferred(k, NULL);
    l4_msg_init(&m, server.arg, 7);
    m.w[0] = (uint64_t)(uintptr_t)v;
    want_error(l4_forward_deferred(&m, gate), L4_OK, "a caller is handed on");
    want_error(l4_nop(server.arg), L4_ERR_CAP, "the slot is empty");
}

static void check_forward(struct kid *k)
{
    static struct visit v;
    struct kid *target = kid_new();
    l4_handle_t queue = gate_queue(target, partner_cpu);
    v = (struct visit){.body = visit_nothing};
    hand_on(k, gate_entry(target, 1), &v);
    want_error(hand_result(&caller), L4_OK, "it is answered by a visit");
    want_equal(v.cpu, victim_cpu, "on its own CPU");
    hand_on(k, queue, NULL);
    other = (struct hand){.kid = target, .body = hand_serve, .on = give(target, queue, L4_RIGHT_WAIT)};
    hand_run(&other, partner_cpu);
    want(reached(&other.step, STEP_FIRST), "a server takes it");
    hand_wake(&other, 1);
    want_error(hand_result(&caller), L4_OK, "and answers");
    hand_on(k, queue, NULL);
    kid_destroy(target);
    want_error(hand_result(&caller), L4_ERR_DEAD, "that one's space dies");
}

// What is refused leaves the capability as it was.
static void check_refusals(void)
{
    l4_handle_t entry = gate_entry(NULL, L4_POOL_VISITORS), poor = L4_HANDLE_NONE;
    struct l4_msg m;
    deferred(NULL, NULL);
    want_error(l4_cap_copy(L4_CAP_SPACE, entry, L4_SLOT_ANY, L4_RIGHT_MANAGE, &poor), L4_OK, "a copy");
    l4_msg_init(&m, server.arg, 7);
    want_error(l4_forward_deferred(&m, never), L4_ERR_CAP, "to what is no gate");
    l4_msg_init(&m, server.arg, 7);
    want_error(l4_forward_deferred(&m, poor), L4_ERR_RIGHTS, "without the right to call");
    l4_msg_init(&m, server.arg, 7);
    m.tag |= L4_FLAG_TIMED;
    want_error(l4_forward_deferred(&m, entry), L4_ERR_ARG, "with a deadline");
    l4_msg_init(&m, server.arg, 7);
    m.tag = l4_msg_tag(7, 1, 0);
    want_error(l4_forward_deferred(&m, entry), L4_ERR_NOSYS, "with memory words");
    want_error(l4_cap_delete(L4_CAP_SPACE, poor), L4_OK, "the copy goes");
    want_error(send_now(server.arg), L4_OK, "it still answers");
    want_error(hand_result(&caller), L4_OK, "the caller");
}

void check_rc_1(void)
{
    deferred(NULL, NULL);
    uint64_t caps = count_of(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT);
    want_error(send_now(server.arg), L4_OK, "an answer");
    want_error(hand_result(&caller), L4_OK, "arrives");
    want_error(l4_nop(server.arg), L4_ERR_CAP, "the slot is empty");
    want_count(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT, caps - 1, "and refunded");
    check_forward(NULL);
    check_forward(kid_new());
    check_refusals();
}

void check_rc_2(void)
{
    struct kid *k = kid_new();
    deferred(NULL, NULL);
    want_error(l4_cap_delete(L4_CAP_SPACE, server.arg), L4_OK, "it is deleted");
    want_error(hand_result(&caller), L4_ERR_DEAD, "the caller");
    deferred(NULL, k);
    want_error(l4_cap_delete(k->space, server.arg), L4_OK, "by who manages the holder's table");
    want_error(hand_result(&caller), L4_ERR_DEAD, "the caller");
}

void check_rc_3(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = deferred(NULL, k);
    kid_destroy(k);
    want_error(hand_result(&caller), L4_ERR_DEAD, "the caller");
    want_error(call_now(gate), L4_ERR_TIMEOUT, "the gate lives on");
}

void check_rc_4(void)
{
    l4_handle_t gate = deferred(NULL, NULL);
    uint64_t caps = count_of(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT);
    want_error(l4_gate_destroy(gate), L4_OK, "the gate is destroyed");
    want_error(hand_result(&caller), L4_ERR_DEAD, "the caller");
    want_error(send_now(server.arg), L4_ERR_DEAD, "an answer");
    want_count(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT, caps, "the tombstone stays charged");
}

static void answer_fails(const char *why)
{
    uint64_t caps = count_of(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT);
    want_error(send_now(server.arg), L4_ERR_DEAD, why);
    want_count(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT, caps, "the tombstone stays charged");
}

void check_rc_5(void)
{
    struct kid *k = kid_new();
    deferred(NULL, NULL);
    hand_destroy(&caller);
    answer_fails("the caller dies");
    deferred(NULL, NULL);
    want_error(l4_thread_cancel(caller.thread, true), L4_OK, "cancel");
    want_error(hand_result(&caller), L4_ERR_CANCELLED, "the caller");
    answer_fails("the caller is cancelled");
    deferred(k, NULL);
    kid_destroy(k);
    answer_fails("its space dies");
}

void check_rc_6(void)
{
    deferred(NULL, NULL);
    want_error(send_now(server.arg), L4_OK, "an answer");
    want_error(hand_result(&caller), L4_OK, "arrives");
    want_error(send_now(server.arg), L4_ERR_CAP, "a second one does not");
}

// Takes the capability that comes with a request, and answers through it.
static void take_and_answer(struct hand *h)
{
    struct l4_msg m;
    hand_wait(h);
    h->arg = l4_msg_cap(&h->m, 0);
    l4_msg_init(&m, h->arg, 0);
    h->again = l4_send(&m);
}

static void moved_to(struct kid *k)
{
    struct l4_gate_options options = {
        .mode = L4_GATE_QUEUE | L4_GATE_ITEMS, .pool = partner_cpu, .rights = L4_RIGHT_ALL};
    l4_handle_t gate = L4_HANDLE_NONE;
    struct l4_msg m;
    want_error(l4_gate_create(L4_CAP_SPACE, &options, &gate, NULL), L4_OK, "a gate that takes items");
    keep(gate);
    deferred(NULL, NULL);
    other = (struct hand){.kid = k, .body = take_and_answer, .on = give(k, gate, L4_RIGHT_WAIT)};
    hand_waits(&other, partner_cpu);
    l4_msg_init(&m, gate, 0);
    m.tag = l4_msg_tag(0, 2, 1);
    l4_utcb()->words[L4_WORDS_REGS] = l4_item_cap(L4_ITEM_CAP_MOVE, L4_RIGHT_ALL);
    l4_utcb()->words[L4_WORDS_REGS + 1] = server.arg;
    l4_msg_deadline(&m, l4_clock() + LIMIT_NS);
    want_error(l4_send(&m), L4_OK, "it is sent away");
    want_error(l4_nop(server.arg), L4_ERR_CAP, "and gone here");
    want_error(hand_result(&other), L4_OK, "it arrives");
    want_error(other.again, L4_OK, "and works there");
    want_error(hand_result(&caller), L4_OK, "the caller is answered");
}

void check_rc_7(void)
{
    l4_handle_t moved = L4_HANDLE_NONE;
    deferred(NULL, NULL);
    want_error(l4_cap_copy(L4_CAP_SPACE, server.arg, L4_SLOT_ANY, L4_RIGHT_ALL, NULL), L4_ERR_RIGHTS,
               "a copy");
    want_error(l4_cap_move(L4_CAP_SPACE, server.arg, L4_SLOT_ANY, &moved), L4_OK, "it is moved");
    keep(moved);
    want_error(send_now(server.arg), L4_ERR_CAP, "its old handle");
    want_error(send_now(moved), L4_OK, "its new one");
    want_error(hand_result(&caller), L4_OK, "the caller is answered");
    moved_to(kid_new());
}
