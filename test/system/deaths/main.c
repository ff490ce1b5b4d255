// SPDX-License-Identifier: BSD-2-Clause
// Gates, threads and events destroyed while others call, queue, wait, serve and visit: each of them gets the
// error that says so, nobody hangs, and the books of the space are as before.
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>

#include "timers.h"
#include "worker.h"

#define POOL 2 // filled with as many activations as the pager gives at a time

static struct worker a, b, c, server;
static l4_handle_t event;     // visitors wait for its bit 0
static l4_handle_t onward;    // where visitors of `middle` call
static atomic_int last_visit; // what a visitor's wait ended with

static void handle_wait(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t taken;
    (void)utcb;
    atomic_store(&last_visit, l4_event_wait(event, 1, L4_DEADLINE_NEVER, &taken));
    l4_answer(m, 77, 0, 0);
}
L4_ENTRY_GATE(wait_entry, handle_wait);

static void handle_call_on(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct l4_msg next;
    (void)utcb;
    l4_msg_init(&next, onward, 0);
    atomic_store(&last_visit, l4_call(&next));
    l4_answer(m, 78, 0, 0);
}
L4_ENTRY_GATE(call_on_entry, handle_call_on);

static l4_handle_t queue_gate(void)
{
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &gate), L4_OK, "a queue gate");
    return gate;
}

static l4_handle_t entry_gate(void (*entry)(void), unsigned pool)
{
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, entry, pool, false, &gate), L4_OK, "an entry gate");
    return gate;
}

static void destroy_gate(l4_handle_t gate)
{
    tap_error(l4_gate_destroy(gate), L4_OK, "the gate is destroyed");
    tap_error(l4_gate_destroy(gate), L4_ERR_DEAD, "which leaves a tombstone");
    tap_error(l4_cap_delete(L4_CAP_SPACE, gate), L4_OK, "and is deleted");
}

static void check_queue_gate_destroyed(void)
{
    l4_handle_t gate = queue_gate();
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "one calls");
    tap_error(worker_start(&b, WORK_SEND, gate), L4_OK, "one sends");
    tap_ok(worker_blocked(&a) && worker_blocked(&b), "both queue");
    destroy_gate(gate);
    tap_error(worker_result(&a), L4_ERR_DEAD, "the caller");
    tap_error(worker_result(&b), L4_ERR_DEAD, "the sender");
    gate = queue_gate();
    tap_error(worker_start(&a, WORK_WAIT, gate), L4_OK, "one waits");
    tap_ok(worker_blocked(&a), "for a request");
    destroy_gate(gate);
    tap_error(worker_result(&a), L4_ERR_DEAD, "the receiver");
}

static void check_gate_destroyed_with_caller_in_hand(void)
{
    l4_handle_t gate = queue_gate();
    tap_error(worker_start(&server, WORK_SERVE_HOLD, gate), L4_OK, "a server");
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "a caller in its hands");
    tap_error(worker_start(&b, WORK_CALL, gate), L4_OK, "another, queued");
    destroy_gate(gate);
    tap_error(worker_result(&a), L4_ERR_DEAD, "the one in hand");
    tap_error(worker_result(&b), L4_ERR_DEAD, "the one queued");
    tap_error(l4_pending_wake(server.index, 1), L4_OK, "the server replies");
    tap_error(worker_result(&server), L4_ERR_STATE, "to nobody");
}

static void check_server_destroyed(void)
{
    l4_handle_t gate = queue_gate();
    tap_error(worker_start(&server, WORK_SERVE_HOLD, gate), L4_OK, "a server");
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "a caller in its hands");
    tap_error(worker_start(&b, WORK_CALL, gate), L4_OK, "another, queued");
    tap_error(worker_destroy(&server), L4_OK, "the server is destroyed");
    tap_error(worker_result(&a), L4_ERR_DEAD, "the one in hand");
    tap_ok(worker_blocked(&b), "the one queued waits on");
    tap_error(worker_start(&server, WORK_SERVE_HOLD, gate), L4_OK, "another server");
    tap_error(l4_pending_wake(server.index, 1), L4_OK, "which replies");
    tap_error(worker_result(&server), L4_OK, "to the one queued");
    tap_error(worker_result(&b), L4_OK, "who has an answer");
    destroy_gate(gate);
}

static void check_caller_destroyed(void)
{
    l4_handle_t gate = queue_gate();
    struct l4_msg m;
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "a caller queues");
    tap_error(worker_destroy(&a), L4_OK, "and is destroyed");
    l4_msg_init(&m, gate, 0);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    tap_error(l4_wait(&m), L4_ERR_TIMEOUT, "nobody queues any more");
    tap_error(worker_start(&server, WORK_SERVE_HOLD, gate), L4_OK, "a server");
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "has a caller in its hands");
    tap_error(worker_destroy(&a), L4_OK, "who is destroyed");
    tap_error(l4_pending_wake(server.index, 1), L4_OK, "it replies");
    tap_error(worker_result(&server), L4_ERR_STATE, "to nobody");
    tap_error(worker_start(&server, WORK_WAIT, gate), L4_OK, "a receiver");
    tap_error(worker_destroy(&server), L4_OK, "is destroyed");
    l4_msg_init(&m, gate, 0);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    tap_error(l4_call(&m), L4_ERR_TIMEOUT, "and receives nothing");
    destroy_gate(gate);
}

// The reply capability lies in the caller's receive window, and the answer brings an item for that very slot.
static void check_reply_takes_itself(void)
{
    l4_handle_t gate = queue_gate(), reply = L4_HANDLE_NONE;
    struct l4_msg m;
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "a caller queues");
    l4_msg_init(&m, gate, 0);
    tap_error(l4_wait(&m), L4_OK, "and is taken");
    tap_error(l4_defer_caller(L4_WINDOW_SLOT + (unsigned)a.index * L4_WINDOW_SLOTS, &reply), L4_OK,
              "deferred");
    l4_msg_init(&m, reply, 0);
    m.tag |= l4_tag(0, 0, 2, 1);
    l4_msg_put_cap(0, event, L4_RIGHT_ALL);
    tap_error(l4_send(&m), L4_ERR_CAP, "the answer displaces what it goes through");
    tap_error(worker_result(&a), L4_ERR_DEAD, "the caller");
    destroy_gate(gate);
}

static void check_entry_gate_destroyed(void)
{
    l4_handle_t gate = entry_gate(wait_entry, L4_POOL_VISITORS);
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "a visitor that calls");
    tap_error(worker_start(&b, WORK_SEND, gate), L4_OK, "one that sends");
    tap_ok(worker_blocked(&a) && worker_blocked(&b), "both wait inside");
    destroy_gate(gate);
    tap_error(worker_result(&a), L4_ERR_DEAD, "the caller");
    tap_error(worker_result(&b), L4_ERR_DEAD, "the sender");
    gate = entry_gate(wait_entry, L4_POOL_VISITORS);
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "a visitor");
    tap_error(worker_destroy(&a), L4_OK, "whose thread is destroyed");
    destroy_gate(gate);
}

// All activations of POOL are taken, one by a visitor that has called on; others queue for them. The gate
// that this visitor came through is destroyed: its activation is free, and the first in the queue gets it.
static void check_pool_queue(void)
{
    static struct worker fill[16];
    l4_handle_t gate = entry_gate(call_on_entry, POOL), other = entry_gate(wait_entry, POOL);
    unsigned filled = 0;
    onward = entry_gate(wait_entry, L4_POOL_VISITORS);
    tap_error(worker_start(&a, WORK_CALL, gate), L4_OK, "a visitor that calls on");
    while (filled < 16 && !worker_start(&fill[filled], WORK_CALL, other)) {
        struct l4_thread_info info;
        if (l4_thread_state(fill[filled++].thread.handle, &info) || info.depth == 0)
            break;
    }
    tap_ok(filled > 0 && filled < 16, "visitors until the pool is empty: the last queues");
    tap_error(worker_start(&b, WORK_CALL, gate), L4_OK, "another caller queues");
    destroy_gate(gate);
    tap_error(worker_result(&b), L4_ERR_DEAD, "the gate it queued for is gone");
    struct l4_thread_info info = {0};
    settle();
    tap_error(l4_thread_state(fill[filled - 1].thread.handle, &info), L4_OK, "the last in the queue");
    tap_equal(info.depth, 1, "has the activation that came free");
    tap_error(l4_event_signal(event, 1), L4_OK, "the oldest waits no more");
    tap_error(worker_result(&a), L4_ERR_DEAD, "it returns through a gate that is gone");
    destroy_gate(other);
    for (unsigned i = 0; i < filled; i++)
        tap_error(worker_result(&fill[i]), L4_ERR_DEAD, "a visitor or caller of the other gate");
    destroy_gate(onward);
}

static void check_event(void)
{
    uint64_t taken = 0;
    l4_handle_t e = L4_HANDLE_NONE, gate = queue_gate();
    tap_error(l4_event_create(L4_CAP_SPACE, &e, NULL), L4_OK, "an event");
    tap_error(worker_start(&a, WORK_EVENT, e), L4_OK, "a waiter");
    tap_error(l4_event_unbind(e), L4_OK, "unbound");
    tap_error(worker_result(&a), L4_ERR_CANCELLED, "the waiter");
    tap_error(worker_start(&a, WORK_EVENT, e), L4_OK, "a waiter");
    tap_error(worker_start(&b, WORK_EVENT, e), L4_OK, "another");
    tap_error(worker_destroy(&a), L4_OK, "one is destroyed");
    tap_error(worker_start(&c, WORK_WAIT, gate), L4_OK, "a thread that will die");
    tap_error(l4_event_bind_death(e, 2, c.thread.handle), L4_OK, "which the event hears of");
    tap_error(l4_event_bind_death(e, 4, gate), L4_OK, "and of the gate");
    tap_error(worker_destroy(&c), L4_OK, "it dies");
    destroy_gate(gate);
    tap_error(l4_event_wait(e, ~1ull, L4_DEADLINE_POLL, &taken), L4_OK, "bits");
    tap_equal(taken, 6, "of both");
    tap_ok(worker_blocked(&b), "the waiter for another bit waits on");
    tap_error(l4_event_wait(e, 8, l4_clock() + 1000000, &taken), L4_ERR_TIMEOUT, "a wait with a deadline");
    tap_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    tap_error(worker_result(&b), L4_ERR_DEAD, "its waiter");
    tap_error(l4_cap_delete(L4_CAP_SPACE, e), L4_OK, "and deleted");
}

static void check_derivation(void)
{
    l4_handle_t first, copy, moved, grandchild;
    tap_error(l4_event_create(L4_CAP_SPACE, &first, NULL), L4_OK, "a capability");
    tap_error(l4_cap_copy(L4_CAP_SPACE, first, L4_SLOT_ANY, L4_RIGHT_ALL, &copy), L4_OK, "a copy");
    tap_error(l4_cap_copy(L4_CAP_SPACE, copy, L4_SLOT_ANY, L4_RIGHT_ALL, &grandchild), L4_OK,
              "a copy of that");
    tap_error(l4_cap_move(L4_CAP_SPACE, first, L4_SLOT_ANY, &moved), L4_OK, "the first is moved");
    tap_error(l4_nop(first), L4_ERR_CAP, "its old handle");
    tap_error(l4_cap_revoke(L4_CAP_SPACE, grandchild), L4_OK, "the last is revoked");
    tap_error(l4_nop(copy), L4_OK, "which the others survive");
    tap_error(l4_cap_revoke(L4_CAP_SPACE, moved), L4_OK, "the moved one is revoked");
    tap_error(l4_nop(copy), L4_ERR_CAP, "the copy is gone");
    tap_error(l4_nop(grandchild), L4_ERR_CAP, "and its copy");
    tap_error(l4_event_destroy(moved), L4_OK, "the moved one is there");
    tap_error(l4_cap_delete(L4_CAP_SPACE, moved), L4_OK, "and deleted");
}

static void count(uint64_t out[static 5])
{
    uint64_t s[16] = {0};
    tap_error(l4_space_counters(L4_CAP_SPACE, 0, s), L4_OK, "the space's counters");
    tap_error(l4_space_counters(L4_CAP_SPACE, 8, s + 8), L4_OK, "all of them");
    out[0] = s[L4_SPACE_THREADS_COUNT];
    out[1] = s[L4_SPACE_CAPS_COUNT];
    out[2] = s[L4_SPACE_VISITORS_COUNT];
    out[3] = s[L4_SPACE_QUOTA_USED_COUNT];
    out[4] = s[L4_SPACE_ACTIVATIONS_COUNT];
}

static void check_all(void)
{
    check_queue_gate_destroyed();
    check_gate_destroyed_with_caller_in_hand();
    check_server_destroyed();
    check_caller_destroyed();
    check_reply_takes_itself();
    check_entry_gate_destroyed();
    check_pool_queue();
    check_event();
    check_timers();
    check_derivation();
}

int main(int argc, char **argv)
{
    static const char *const what[] = {"threads", "capabilities", "visitors", "kernel memory", "activations"};
    uint64_t before[5], after[5];
    (void)argc;
    (void)argv;
    tap_error(l4_pool_fill(POOL, 1), L4_OK, "a pool");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    check_all(); // from here on nothing has to be made for the first time
    count(before);
    check_all();
    count(after);
    for (unsigned i = 0; i < 5; i++)
        tap_equal(after[i], before[i], what[i]);
    return tap_end();
}
