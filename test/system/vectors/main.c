// SPDX-License-Identifier: BSD-2-Clause
// What crosses besides the message, in a program compiled with vector registers: nothing of either side's
// general, vector and x87 registers is seen by the other, through every stub; callee-saved registers, MXCSR
// and the x87 control word are kept, whatever the server leaves; a handler finds its own.
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/short.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#include "spy.h"

#define BADGE_NONE 0

extern const char l4_call_vectors[], l4_ipc_short_vectors[], l4_serve_requests_vectors[];

static uint64_t handler_controls;

// No register holds a secret; vector and x87 registers and their controls are as in a new thread.
static void check_seen(const char *who)
{
    unsigned secrets = 0, left = 0;
    uint32_t mxcsr;
    for (unsigned i = 0; i < 16; i++)
        secrets += spy.general[i] >> 32 == SECRET >> 32;
    tap_equal(secrets, 0, who);
    for (unsigned i = 32; i < 416; i++) // x87 registers, xmm registers
        left += spy.legacy[i] != 0;
    for (unsigned i = 0; i < 256; i++)
        left += spy.upper[i / 16][i % 16] != 0;
    tap_equal(left, 0, "  nor in vector registers");
    __builtin_memcpy(&mxcsr, &spy.legacy[24], sizeof(mxcsr));
    tap_ok(mxcsr == 0x1f80 && spy.legacy[0] == 0x7f && spy.legacy[1] == 3 && spy.legacy[4] == 0,
           "  and MXCSR and x87 are as in a new thread");
}

static void check_kept(void)
{
    tap_equal(spy_kept.lost, 0, "  callee-saved registers are kept");
    tap_equal(spy_kept.mxcsr, SPY_MXCSR, "  MXCSR is kept");
    tap_equal(spy_kept.fcw, SPY_FCW, "  the x87 control word is kept");
    tap_equal(spy_kept.tags, 0, "  the x87 stack is empty");
}

static void start(struct l4_msg *m, l4_handle_t gate, uint64_t flags)
{
    l4_msg_init(m, gate, 5);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m->w[i] = 100 + i;
    if (flags & L4_FLAG_TIMED)
        l4_msg_deadline(m, L4_DEADLINE_NEVER);
}

// The words of the message, in their registers, and nothing else that the program had.
static void check_words(const char *who, const uint64_t expected[L4_WORDS_REGS])
{
    static const unsigned place[L4_WORDS_REGS] = {3, 8, 9, 10, 12, 13, 14, 15};
    unsigned wrong = 0;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        wrong += spy.general[place[i]] != expected[i];
    tap_equal(wrong, 0, who);
}

static void check_call(const char *who, int (*call)(struct l4_msg *), l4_handle_t gate, uint64_t flags)
{
    static const uint64_t expected[L4_WORDS_REGS] = {100, 101, 102, 103, 104, 105, 106, 107};
    struct l4_msg m;
    start(&m, gate, flags);
    spy = (struct spy){0};
    struct l4_short result = spy_call((void (*)(void))call, (uint64_t)(uintptr_t)&m, 0, 0, 0, 0);
    tap_equal((uint32_t)result.tag, L4_OK, who);
    check_words("  the server sees the words", expected);
    check_seen("  it sees no secret in general registers");
    check_kept();
}

static void check_short_call(const char *who, void (*call)(void), l4_handle_t gate, bool three)
{
    const uint64_t expected[L4_WORDS_REGS] = {200, three ? 201 : 0, three ? 202 : 0};
    spy = (struct spy){0};
    struct l4_short answer = spy_call(call, gate, l4_tag(L4_OP_CALL, 6, 0, 0), 200, 201, 202);
    tap_equal(answer.tag, l4_tag(L4_OP_REPLY, 0, 0, 0), who);
    tap_equal(answer.w0, 200, "  with word 0");
    check_words("  the server sees the words", expected);
    check_seen("  it sees no secret in general registers");
    check_kept();
}

static void check_clients(void)
{
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, spy_entry, L4_POOL_VISITORS, false, &gate), L4_OK,
              "a gate of a hostile server");
    check_call("l4_call", l4_call, gate, 0);
    check_call("l4_call again", l4_call, gate, 0);
    check_call("l4_call with a deadline", l4_call, gate, L4_FLAG_TIMED);
    check_call("l4_send", l4_send, gate, 0);
    check_short_call("l4_call_short", (void (*)(void))l4_ipc_short, gate, false);
    check_short_call("l4_call_short3", (void (*)(void))l4_ipc_short3, gate, true);
    tap_error(l4_short_error(l4_call_inline(gate, 6, 1)), L4_OK, "l4_call_inline");
    tap_error(l4_short_error(l4_call_short(L4_HANDLE_NONE, 6, 1)), L4_ERR_CAP, "errors come back");
    tap_error(l4_gate_destroy(gate), L4_OK, "the gate goes");
}

// Handlers that leave secrets.
static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    handler_controls = spy_controls();
    l4_answer(m, 9, 0, 0);
    m->w[0]++;
    spy_fill();
}
L4_ENTRY_GATE(entry, handle);

static struct l4_short handle_short(uint64_t badge, uint64_t tag, uint64_t w0, struct l4_utcb *utcb,
                                    uint64_t w1, uint64_t w2)
{
    handler_controls = spy_controls();
    bool right = badge == BADGE_NONE && l4_tag_label(tag) == 7 && utcb == l4_utcb();
    spy_fill();
    return l4_short_answer(9, right ? w0 + 1 + w1 + w2 : 0);
}
L4_ENTRY_SHORT(entry_short, handle_short);

static void check_server(const char *who, l4_handle_t gate)
{
    for (unsigned i = 0; i < 2; i++) {
        uint64_t w0 = 300 + i;
        handler_controls = 0;
        struct l4_short answer = spy_ask(gate, l4_tag(L4_OP_CALL, 7, 0, 0), w0);
        tap_ok(l4_short_error(answer) == L4_OK && l4_short_label(answer) == 9, "%s answers", who);
        tap_equal(handler_controls, 0x37f00001f80, "  its handler has its own MXCSR and x87 control word");
        tap_equal(answer.w0, w0 + 1, "  with its word");
        check_seen("  the client sees no secret in general registers");
    }
}

static l4_handle_t queue_gate;
static int ended;

static void serve(void *short_form)
{
    ended = short_form ? l4_serve_short(queue_gate, handle_short) : l4_serve(queue_gate, handle);
}

static void check_queue(const char *who, bool short_form)
{
    static struct l4_thread server;
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &queue_gate), L4_OK, "a queue gate");
    int error = l4_thread_create(&server, OWN_PRIORITY + 1);
    if (!error)
        error = l4_thread_start(&server, serve, short_form ? &server : NULL, l4_cpu());
    tap_error(error, L4_OK, "a server");
    if (error)
        return;
    check_server(who, queue_gate);
    ended = L4_OK;
    tap_error(l4_gate_destroy(queue_gate), L4_OK, "the gate goes");
    l4_sleep_until(l4_clock() + 20000000);
    tap_ok(ended == L4_ERR_DEAD || ended == L4_ERR_CAP, "the server ends with it");
}

static void check_servers(void)
{
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, entry, L4_POOL_VISITORS, false, &gate), L4_OK, "a gate");
    check_server("L4_ENTRY_GATE", gate);
    tap_error(l4_gate_destroy(gate), L4_OK, "it goes");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, entry_short, L4_POOL_VISITORS, false, &gate), L4_OK,
              "a gate");
    check_server("L4_ENTRY_SHORT", gate);
    tap_error(l4_gate_destroy(gate), L4_OK, "it goes");
    check_queue("l4_serve", false);
    check_queue("l4_serve_short", true);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    spy_init();
    tap_note("AVX: %d", spy_avx);
    tap_error(l4_thread_priority(L4_CAP_THREAD, OWN_PRIORITY), L4_OK, "a priority below the servers'");
    tap_ok((uintptr_t)l4_call == (uintptr_t)l4_call_vectors &&
               (uintptr_t)l4_ipc_short == (uintptr_t)l4_ipc_short_vectors &&
               (uintptr_t)l4_serve_requests == (uintptr_t)l4_serve_requests_vectors,
           "a program with vector registers gets the stubs that clear them");
    check_clients();
    check_servers();
    check_kernel();
    return tap_end();
}
