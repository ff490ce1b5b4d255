// SPDX-License-Identifier: BSD-2-Clause
// See short.h.
#include "short.h"

#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define CALLS           1000
#define BADGE           0x77
#define SERVER_PRIORITY 80

enum label { ADD = 7, WORDS };

extern const char l4_call_general[], l4_ipc_short_general[], l4_serve_short_requests_general[];

static l4_handle_t queue_gate;
static struct l4_thread server;
static int ended = L4_OK;

// The sum of the words and the badge; or a memory word.
static struct l4_short handle(uint64_t badge, uint64_t tag, uint64_t w0, struct l4_utcb *utcb, uint64_t w1,
                              uint64_t w2)
{
    if (l4_tag_label(tag) == ADD)
        return l4_short_answer(70, badge + w0 + w1 + w2);
    return l4_short_answer(71, l4_tag_words(tag) == 1 ? utcb->words[L4_WORDS_REGS] : 0);
}
L4_ENTRY_SHORT(short_entry, handle);

static void serve(void *argument)
{
    (void)argument;
    ended = l4_serve_short(queue_gate, handle);
}

static unsigned wrong(struct l4_short answer, uint32_t label, uint64_t w0)
{
    return l4_short_error(answer) != L4_OK || l4_short_label(answer) != label || answer.w0 != w0;
}

void check_short_calls(l4_handle_t gate, uint32_t label)
{
    tap_ok((uintptr_t)l4_call == (uintptr_t)l4_call_general &&
               (uintptr_t)l4_ipc_short == (uintptr_t)l4_ipc_short_general &&
               (uintptr_t)l4_serve_short_requests == (uintptr_t)l4_serve_short_requests_general,
           "a program without vector registers gets the stubs that leave them alone");
    tap_equal(wrong(l4_call_short(gate, label, 4), 66, 8), 0, "a short call to a server of messages");
    tap_equal(wrong(l4_call_short3(gate, label, 5, 6, 7), 66, 10), 0, "with three words");
    tap_equal(wrong(l4_call_inline(gate, label, 6), 66, 12), 0, "in line");
    tap_error(l4_short_error(l4_call_short(L4_HANDLE_NONE, label, 4)), L4_ERR_CAP, "no such gate");
    tap_error(l4_short_error(l4_call_inline(L4_HANDLE_NONE, label, 4)), L4_ERR_CAP, "in line neither");
}

static void check_server(l4_handle_t gate, const char *who)
{
    l4_handle_t minted = L4_HANDLE_NONE;
    struct l4_msg m;
    unsigned failed = 0;
    tap_error(l4_cap_mint(L4_CAP_SPACE, gate, L4_SLOT_ANY, L4_RIGHT_CALL, BADGE, &minted), L4_OK, "a badge");
    for (uint64_t i = 0; i < CALLS; i++) {
        failed += wrong(l4_call_short(minted, ADD, i), 70, BADGE + i);
        failed += wrong(l4_call_short3(minted, ADD, i, 2 * i, 4 * i), 70, BADGE + 7 * i);
        failed += wrong(l4_call_inline(minted, ADD, i), 70, BADGE + i);
    }
    tap_equal(failed, 0, who);
    l4_msg_init(&m, minted, WORDS);
    m.tag = l4_msg_tag(WORDS, 1, 0);
    l4_utcb()->words[L4_WORDS_REGS] = 1234;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m.w[i] = i;
    tap_error(l4_call(&m), L4_OK, "  a message with a memory word");
    tap_ok(l4_msg_label(&m) == 71 && m.w[0] == 1234, "  is read by it");
    tap_equal(m.w[1] | m.w[2] | m.w[3], 0, "  words 1 to 3 of its answer are 0");
    tap_ok(m.w[4] == 4 && m.w[7] == 7 && m.handle == minted, "  the others are those of the request");
}

void check_short_servers(void)
{
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, short_entry, L4_POOL_VISITORS, false, &gate), L4_OK,
              "an entry gate with a short handler");
    check_server(gate, "it answers short calls");
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &queue_gate), L4_OK, "a queue gate");
    int error = l4_thread_create(&server, SERVER_PRIORITY);
    if (!error)
        error = l4_thread_start(&server, serve, NULL, 0);
    tap_error(error, L4_OK, "and a server with a short handler");
    if (error)
        return;
    check_server(queue_gate, "it answers short calls");
    tap_error(l4_gate_destroy(queue_gate), L4_OK, "the gate goes");
    l4_sleep_until(l4_clock() + 20000000);
    tap_ok(ended == L4_ERR_DEAD || ended == L4_ERR_CAP, "and with it the loop ends");
}
