// SPDX-License-Identifier: BSD-2-Clause
// Calls through gates of both modes, as they should go: who gets which words, badge, label and status;
// forward in its three directions; items; deadlines; the pending word.
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define SERVER_PRIORITY 60

static l4_handle_t entry, entry_forward, queue,
    queue_forward; // queue_forward: its server hands on to `entry`
static l4_handle_t forward_to;
static struct l4_thread servers[2];
static atomic_uint sends;

// Answers with the badge, the operation it came by, and the words turned round.
static void turn_round(struct l4_msg *m)
{
    struct l4_msg in = *m;
    atomic_fetch_add(&sends, l4_tag_op(in.tag) == L4_OP_SEND);
    l4_answer(m, l4_msg_label(&in) + 1, 0, 0);
    m->w[0] = in.handle;
    m->w[1] = l4_tag_op(in.tag);
    for (unsigned i = 2; i < L4_WORDS_REGS; i++)
        m->w[i] = in.w[L4_WORDS_REGS + 1 - i];
}

static void handle_entry(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    turn_round(m);
}
L4_ENTRY_GATE(entry_entry, handle_entry);

// Hands the request on; comes back only when that is not possible.
static void handle_forward(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    m->handle = forward_to;
    l4_answer(m, 100 + (uint32_t)l4_forward(m), 0, 0);
}
L4_ENTRY_GATE(forward_entry, handle_forward);

static void serve_queue(void *argument)
{
    struct l4_msg m = {.handle = queue};
    int error = l4_wait(&m);
    (void)argument;
    while (!error) {
        turn_round(&m);
        m.handle = queue;
        error = l4_reply_wait(&m);
    }
}

static void serve_forward(void *argument)
{
    int error = L4_OK;
    (void)argument;
    while (!error) {
        struct l4_msg m = {.handle = queue_forward};
        error = l4_wait(&m);
        m.handle = entry;
        if (!error)
            error = l4_forward(&m);
    }
}

static void check_call(l4_handle_t gate, uint64_t badge, const char *how)
{
    static const uint64_t words[L4_WORDS_REGS] = {1, 2, 3, 4, 5, ~0ull, 7, 0x8000000000000000};
    unsigned wrong = 0;
    struct l4_msg m;
    l4_msg_init(&m, gate, 41);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m.w[i] = words[i];
    tap_error(l4_call(&m), L4_OK, how);
    tap_equal(l4_msg_label(&m), 42, "the answer's label");
    tap_equal(m.w[0], badge, "the badge");
    tap_equal(m.w[1], L4_OP_CALL, "it was a call");
    for (unsigned i = 2; i < L4_WORDS_REGS; i++)
        wrong += m.w[i] != words[L4_WORDS_REGS + 1 - i];
    tap_equal(wrong, 0, "the words");
    if (gate == queue_forward)
        return; // who sent to a queue gate is in nobody's hands
    l4_msg_init(&m, gate, 41);
    atomic_store(&sends, 0);
    tap_error(l4_send(&m), L4_OK, "the same as a send");
    l4_sleep_until(l4_clock() + 10000000);
    tap_equal(atomic_load(&sends), 1, "which arrived as one");
}

static void check_badges(void)
{
    l4_handle_t badged;
    tap_error(l4_cap_mint(L4_CAP_SPACE, entry, L4_SLOT_ANY, L4_RIGHT_CALL, 0xfeed, &badged), L4_OK,
              "a badge");
    check_call(badged, 0xfeed, "an entry gate, with a badge");
    tap_error(l4_cap_delete(L4_CAP_SPACE, badged), L4_OK, "it goes");
    tap_error(l4_cap_mint(L4_CAP_SPACE, queue, L4_SLOT_ANY, L4_RIGHT_CALL, ~0ull, &badged), L4_OK, "a badge");
    check_call(badged, ~0ull, "a queue gate, with a badge");
    tap_error(l4_cap_delete(L4_CAP_SPACE, badged), L4_OK, "it goes");
}

static void check_forward(void)
{
    struct l4_msg m;
    forward_to = entry;
    check_call(entry_forward, 0, "a visitor forwards to an entry gate");
    forward_to = queue;
    check_call(entry_forward, 0, "a visitor forwards to a queue gate");
    check_call(queue_forward, 0, "a server forwards to an entry gate");
    forward_to = L4_CAP_THREAD;
    l4_msg_init(&m, entry_forward, 0);
    tap_error(l4_call(&m), L4_OK, "a forward to what is no gate");
    tap_equal(l4_msg_label(&m), 100 + L4_ERR_CAP, "fails in the server's hands");
    l4_msg_init(&m, entry, 0);
    tap_error(l4_forward(&m), L4_ERR_STATE, "nothing is in hand here");
    l4_msg_init(&m, L4_HANDLE_NONE, 0);
    tap_error(l4_reply(&m), L4_ERR_STATE, "and nobody to answer");
}

static void check_deadlines(void)
{
    l4_handle_t lonely;
    struct l4_msg m;
    uint64_t taken, start = l4_clock();
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &lonely), L4_OK, "a gate nobody serves");
    for (unsigned wait = 0; wait < 2; wait++) {
        for (unsigned late = 0; late < 2; late++) {
            l4_msg_init(&m, lonely, 0);
            l4_msg_deadline(&m, late ? l4_clock() + 20000000 : L4_DEADLINE_POLL);
            tap_error(wait ? l4_wait(&m) : l4_call(&m), L4_ERR_TIMEOUT, wait ? "a wait" : "a call");
        }
    }
    tap_error(l4_pending_wait(1, l4_clock() + 20000000, &taken), L4_ERR_TIMEOUT, "the pending word");
    tap_ok(l4_clock() - start >= 60000000, "not before their deadlines");
    tap_error(l4_pending_wake(l4_utcb()->index, 6), L4_OK, "bits are set");
    tap_error(l4_pending_wait(4, L4_DEADLINE_POLL, &taken), L4_OK, "and taken");
    tap_equal(taken, 4, "those that were asked for");
    l4_msg_init(&m, lonely, 0);
    m.tag |= l4_tag(0, 0, 2, 1);
    l4_msg_put_cap(0, L4_CAP_THREAD, L4_RIGHT_MANAGE);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    tap_error(l4_call(&m), L4_ERR_TIMEOUT, "items are looked at when they are taken");
    tap_error(l4_gate_destroy(lonely), L4_OK, "the gate goes");
    tap_error(l4_cap_delete(L4_CAP_SPACE, lonely), L4_OK, "and its capability");
}

// Gates that take no items.
static void check_items(void)
{
    struct l4_msg m;
    l4_msg_init(&m, entry, 0);
    m.tag |= l4_tag(0, 0, 2, 1);
    l4_msg_put_cap(0, L4_CAP_PAGER, L4_RIGHT_CALL);
    tap_error(l4_call(&m), L4_ERR_ARG, "an item for an entry gate that takes none");
    l4_msg_init(&m, queue, 0);
    m.tag |= l4_tag(0, 0, 2, 1);
    l4_msg_put_cap(0, L4_CAP_PAGER, L4_RIGHT_CALL);
    tap_error(l4_call(&m), L4_ERR_ARG, "and for a queue gate");
}

static void check_rights(void)
{
    l4_handle_t weak;
    struct l4_msg m;
    tap_error(l4_cap_copy(L4_CAP_SPACE, queue, L4_SLOT_ANY, L4_RIGHT_MANAGE, &weak), L4_OK,
              "a copy without CALL, WAIT");
    l4_msg_init(&m, weak, 0);
    tap_error(l4_call(&m), L4_ERR_RIGHTS, "no call");
    l4_msg_init(&m, weak, 0);
    tap_error(l4_wait(&m), L4_ERR_RIGHTS, "no wait");
    l4_msg_init(&m, entry, 0);
    tap_error(l4_wait(&m), L4_ERR_CAP, "an entry gate is not waited on");
    tap_error(l4_cap_delete(L4_CAP_SPACE, weak), L4_OK, "it goes");
}

static int make(void)
{
    int error = l4_gate_create_entry(L4_CAP_SPACE, entry_entry, L4_POOL_VISITORS, false, &entry);
    if (!error)
        error = l4_gate_create_entry(L4_CAP_SPACE, forward_entry, L4_POOL_VISITORS, false, &entry_forward);
    if (!error)
        error = l4_gate_create_queue(L4_CAP_SPACE, false, &queue);
    if (!error)
        error = l4_gate_create_queue(L4_CAP_SPACE, false, &queue_forward);
    for (unsigned i = 0; i < 2 && !error; i++) {
        error = l4_thread_create(&servers[i], SERVER_PRIORITY);
        if (!error)
            error = l4_thread_start(&servers[i], i ? serve_forward : serve_queue, NULL, 0);
    }
    return error;
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    tap_error(make(), L4_OK, "gates and servers");
    check_call(entry, 0, "an entry gate");
    check_call(queue, 0, "a queue gate");
    check_badges();
    check_forward();
    check_deadlines();
    check_items();
    check_rights();
    for (unsigned i = 0; i < 1000; i++) {
        struct l4_msg m;
        l4_msg_init(&m, i & 1 ? queue : entry, i);
        if (l4_call(&m) || l4_msg_label(&m) != i + 1)
            tap_ok(false, "call %u of many", i);
    }
    return tap_end();
}
