// SPDX-License-Identifier: BSD-2-Clause
// Messages with items to the child, through both kinds of gate; and a caller that is deferred, where this
// program is on both sides.
#include "test/system/failalloc/walk.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/thread.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>

#define PRIORITY 100
#define DEFER    7 // label: the server keeps its caller, and walks in the mode of word 0

static l4_handle_t gate, queue, reply, plain, event;
static uint64_t slot;
static struct l4_thread server;

static int defer(void)
{
    const uint64_t w[L4_WORDS_REGS] = {slot};
    return operate(L4_CAP_SPACE, L4_GATE_DEFER, w, &reply);
}

static const struct operation deferring = {"defer into a new page", NULL,   defer, NULL,
                                           KEEPS_NOTHING,           IN_BOTH};

static void walk_defer(enum l4_fail_mode mode)
{
    int error;
    slot = new_slot();
    walk_open(&deferring, mode);
    do {
        walk_before();
        error = defer();
    } while (walk_after(error));
}

static void serve(void *argument)
{
    struct l4_msg m = {.handle = queue};
    int error = l4_wait(&m);
    (void)argument;
    while (!error) {
        if (l4_msg_label(&m) == DEFER) {
            walk_defer((enum l4_fail_mode)m.w[0]);
            l4_msg_init(&m, reply, L4_OK);
            error = l4_send(&m);
            m.handle = queue;
            error = error ? error : l4_wait(&m);
        } else {
            m.tag = l4_msg_tag(L4_OK, 0, 0);
            m.handle = queue;
            error = l4_reply_wait(&m);
        }
    }
}

static int call_defer(enum l4_fail_mode mode)
{
    struct l4_msg m;
    l4_msg_init(&m, queue, DEFER);
    m.w[0] = mode;
    return l4_call(&m);
}

static int open_queue(void)
{
    int error = l4_gate_create_queue(L4_CAP_SPACE, true, &queue);
    if (!error)
        error = l4_thread_create(&server, PRIORITY);
    if (!error)
        error = l4_thread_start(&server, serve, NULL, 0);
    return error ? error : l4_thread_yield(L4_CAP_THREAD); // until it waits
}

static int call_child(void)
{
    struct l4_msg m;
    l4_msg_init(&m, gate, 0);
    l4_msg_put_cap(0, gate, L4_RIGHT_CALL);
    l4_msg_put_map(2, page_here(), 0, 12, L4_READ);
    m.tag = l4_msg_tag(0, 4, 2);
    return l4_call(&m);
}

static int open_gate(uint64_t mode, void (*at)(void), unsigned pool_number)
{
    const uint64_t w[L4_WORDS_REGS] = {mode | L4_GATE_ITEMS, (uint64_t)(uintptr_t)at, pool_number,
                                       L4_RIGHT_ALL};
    int error = child_with_pager();
    return error ? error : operate(child, L4_GATE_CREATE, w, &gate);
}

// The first call brings UTCB and stack of the visit, so that none of that happens in the walk.
static int begin_entry(void)
{
    struct l4_msg m;
    int error = open_gate(L4_GATE_ENTRY, child_reply, L4_POOL_VISITORS);
    l4_msg_init(&m, gate, 0);
    return error ? error : l4_call(&m);
}

static int begin_queue(void)
{
    int error = open_gate(L4_GATE_QUEUE, NULL, 0);
    if (!error)
        error = l4_cap_copy(child, gate, CHILD_SLOT, L4_RIGHT_WAIT, NULL);
    if (!error)
        error = child_start(child_serve, L4_HANDLE_FIRST(CHILD_SLOT));
    return error || child_waits(0) ? error : L4_ERR_TIMEOUT;
}

static int end_entry(void)
{
    int error = drop(gate);
    return error ? error : child_end();
}

static int end_queue(void)
{
    int error = end_entry();
    return error ? error : drop(child_thread);
}

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, L4_OK, 0, 0);
}

L4_ENTRY_GATE(plain_entry, handle);

// Calls of both kinds, a timer, a wait, a wake-up, another thread's turn: what a program does all day.
static int calls_and_waits(void)
{
    struct l4_msg m;
    uint64_t taken;
    int error = l4_thread_yield(L4_CAP_THREAD);
    l4_msg_init(&m, plain, 0);
    if (!error)
        error = l4_call(&m);
    l4_msg_init(&m, queue, 0);
    if (!error)
        error = l4_call(&m);
    if (!error)
        error = l4_event_timer(event, 1, l4_clock() + 1000000);
    if (!error)
        error = l4_event_wait(event, 1, L4_DEADLINE_NEVER, &taken);
    if (!error)
        error = l4_pending_wake(l4_utcb()->index, 1);
    return error ? error : l4_pending_wait(1, L4_DEADLINE_NEVER, &taken);
}

static int open_event(void)
{
    int error = l4_gate_create_entry(L4_CAP_SPACE, plain_entry, L4_POOL_VISITORS, false, &plain);
    return error ? error : l4_event_create(L4_CAP_SPACE, &event, NULL);
}

static int close_event(void)
{
    int error = l4_gate_destroy(plain);
    if (!error)
        error = drop(plain);
    if (!error)
        error = l4_event_destroy(event);
    return error ? error : drop(event);
}

void walk_messages(void)
{
    static const struct operation plainly = {
        "calls, waits and wake-ups", open_event, calls_and_waits, close_event, KEEPS_NOTHING, NEVER};
    static const struct operation operations[] = {
        {"items through an entry gate", begin_entry, call_child, end_entry, KEEPS_TABLES, IN_BOTH},
        {"items through a queue gate", begin_queue, call_child, end_queue, KEEPS_TABLES, IN_BOTH},
    };
    for (unsigned i = 0; i < L4_ARRAY_SIZE(operations); i++)
        walk(&operations[i]);
    tap_error(open_queue(), L4_OK, "a queue server");
    walk(&plainly);
    for (enum l4_fail_mode mode = L4_FAIL_MEMORY; mode <= L4_FAIL_QUOTA; mode++) {
        tap_error(call_defer(mode), L4_OK, "which defers its caller");
        walk_report();
    }
}
