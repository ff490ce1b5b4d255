// SPDX-License-Identifier: BSD-2-Clause
// Stubs that call the kernel: a pattern in each register that docs/ipc.md ("What is kept and what is hidden")
// promises comes back, whether the kernel answers at once or another thread runs meanwhile, which leaves its
// own vector registers, x87 registers and controls.
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#include "spy.h"

#define WAIT_NS 5000000ull

enum promise { GENERAL, CONTROLS, EMPTY }; // callee-saved; and MXCSR, x87 control; and an empty x87 stack

static l4_handle_t event, turn, gate; // of this thread, of the other one; a queue gate
static struct l4_msg message;
static uint64_t words[L4_WORDS_REGS], taken;

// Runs when its turn comes and this thread waits or yields.
static void spoil(void *argument)
{
    (void)argument;
    for (;;) {
        uint64_t w[L4_WORDS_REGS] = {1};
        spy_spoil();
        if (l4_event_signal(event, 1))
            l4_abort("signal");
        spy_spoil();
        if (l4_object(turn, L4_EVENT_WAIT, w))
            l4_abort("wait");
    }
}

static uint64_t address(const void *of)
{
    return (uint64_t)(uintptr_t)of;
}

static void its_turn(void)
{
    while (l4_event_wait(event, ~0ull, L4_DEADLINE_POLL, &taken) == L4_OK)
        ;
    tap_error(l4_event_signal(turn, 1), L4_OK, "another thread is ready");
}

// Calls STUB(a, b, c, d).
static int call(enum promise promise, const char *who, void (*stub)(void), const uint64_t a[4])
{
    struct l4_short result = spy_call(stub, a[0], a[1], a[2], a[3], 0);
    tap_equal(spy_kept.lost, 0, who);
    if (promise >= CONTROLS) {
        tap_equal(spy_kept.mxcsr, SPY_MXCSR, "  MXCSR is kept");
        tap_equal(spy_kept.fcw, SPY_FCW, "  the x87 control word is kept");
    }
    if (promise >= EMPTY)
        tap_equal(spy_kept.tags, 0, "  the x87 stack is empty");
    return (int)(uint32_t)result.tag;
}

static void by_message(enum promise promise, const char *who, void (*stub)(struct l4_msg *), int expected)
{
    call(promise, who, (void (*)(void))stub, (uint64_t[4]){address(&message)});
    tap_error((int)l4_tag_label(message.tag), expected, "  the kernel answers");
}

static void operation(uint32_t label, l4_handle_t handle)
{
    message = (struct l4_msg){.tag = l4_tag(L4_OP_CALL, label, 0, 0), .handle = handle};
    message.w[0] = 1;
}

// Each at once, and in a wait that the other thread ends, by a path without and with a deadline.
static void check_messages(enum promise promise, const char *who, void (*stub)(struct l4_msg *))
{
    operation(L4_NOP, event);
    by_message(promise, who, stub, L4_OK);
    its_turn();
    operation(L4_EVENT_WAIT, event);
    by_message(promise, "  in a wait callee-saved registers are kept", stub, L4_OK);
    its_turn();
    operation(L4_EVENT_WAIT, event);
    l4_msg_deadline(&message, l4_clock() + 1000 * WAIT_NS);
    by_message(promise, "  in a wait with a deadline they are kept", stub, L4_OK);
}

static void check_objects(void)
{
    void (*object)(void) = (void (*)(void))l4_object, (*until)(void) = (void (*)(void))l4_object_until;
    words[0] = 1;
    tap_error(call(CONTROLS, "l4_object", object, (uint64_t[4]){event, L4_NOP, address(words)}), L4_OK,
              "  the kernel answers");
    its_turn();
    words[0] = 1;
    tap_error(
        call(CONTROLS, "l4_object in a wait", object, (uint64_t[4]){event, L4_EVENT_WAIT, address(words)}),
        L4_OK, "  the bit comes");
    its_turn();
    words[0] = 1;
    tap_error(call(CONTROLS, "l4_object_until", until,
                   (uint64_t[4]){event, L4_EVENT_WAIT, L4_DEADLINE_NEVER, address(words)}),
              L4_OK, "  the bit comes");
    words[0] = 1;
    tap_error(call(CONTROLS, "l4_object_until a deadline", until,
                   (uint64_t[4]){event, L4_EVENT_WAIT, l4_clock() + WAIT_NS, address(words)}),
              L4_ERR_TIMEOUT, "  it comes");
}

static void check_made_of_them(void)
{
    its_turn();
    tap_error(
        call(CONTROLS, "l4_thread_yield", (void (*)(void))l4_thread_yield, (uint64_t[4]){L4_CAP_THREAD}),
        L4_OK, "  the other thread has run");
    tap_error(l4_event_wait(event, 1, L4_DEADLINE_POLL, &taken), L4_OK, "  indeed");
    tap_error(call(CONTROLS, "l4_event_signal", (void (*)(void))l4_event_signal, (uint64_t[4]){event, 2}),
              L4_OK, "  the kernel answers");
    its_turn();
    tap_error(call(CONTROLS, "l4_event_wait", (void (*)(void))l4_event_wait,
                   (uint64_t[4]){event, 1, L4_DEADLINE_NEVER, address(&taken)}),
              L4_OK, "  the bit comes");
    its_turn();
    tap_error(call(CONTROLS, "l4_pending_wait", (void (*)(void))l4_pending_wait,
                   (uint64_t[4]){1, l4_clock() + WAIT_NS, address(&taken)}),
              L4_ERR_TIMEOUT, "  the deadline comes");
}

static void check_gates(void)
{
    l4_msg_init(&message, gate, 0);
    l4_msg_deadline(&message, l4_clock() + WAIT_NS);
    its_turn();
    tap_error(call(EMPTY, "l4_wait", (void (*)(void))l4_wait, (uint64_t[4]){address(&message)}),
              L4_ERR_TIMEOUT, "  the deadline comes");
    l4_msg_init(&message, L4_HANDLE_NONE, 0);
    tap_error(call(EMPTY, "l4_reply", (void (*)(void))l4_reply, (uint64_t[4]){address(&message)}),
              L4_ERR_STATE, "  there is nobody in hand");
    l4_msg_init(&message, L4_HANDLE_NONE, 0);
    tap_error(call(EMPTY, "l4_reply_wait", (void (*)(void))l4_reply_wait, (uint64_t[4]){address(&message)}),
              L4_ERR_CAP, "  nor a gate");
    l4_msg_init(&message, L4_HANDLE_NONE, 0);
    tap_error(call(EMPTY, "l4_forward", (void (*)(void))l4_forward, (uint64_t[4]){address(&message)}),
              L4_ERR_CAP, "  nor another");
    l4_msg_init(&message, event, L4_NOP);
    tap_error(
        call(GENERAL, "l4_call_trusted", (void (*)(void))l4_call_trusted, (uint64_t[4]){address(&message)}),
        L4_OK, "  the kernel answers");
}

void check_kernel(void)
{
    static struct l4_thread other;
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    tap_error(l4_event_create(L4_CAP_SPACE, &turn, NULL), L4_OK, "another");
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &gate), L4_OK, "a queue gate");
    tap_error(l4_thread_create(&other, OWN_PRIORITY), L4_OK, "a thread as good as this one");
    tap_error(l4_thread_start(&other, spoil, NULL, l4_cpu()), L4_OK, "starts");
    tap_error(l4_event_wait(event, 1, L4_DEADLINE_NEVER, &taken), L4_OK, "and runs");
    check_messages(CONTROLS, "l4_ipc_kernel", l4_ipc_kernel);
    check_messages(EMPTY, "l4_ipc", l4_ipc);
    check_messages(GENERAL, "l4_ipc_trusted", l4_ipc_trusted);
    check_objects();
    check_made_of_them();
    check_gates();
    tap_error(l4_thread_destroy(other.handle), L4_OK, "the other thread goes");
    tap_error(l4_gate_destroy(gate), L4_OK, "the gate goes");
    tap_ok(!l4_event_destroy(event) && !l4_event_destroy(turn), "and the events");
}
