// SPDX-License-Identifier: BSD-2-Clause
// The kernel's own answers: of each of the six calls, at home, in a visit, and from a queue server with a
// caller in hand. They carry nothing but a tag; every other register is what its owner left in it, or 0.
#include "test/system/crossing/cross.h"

#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define WORDS(n)  ((uint64_t)(n) << L4_TAG_WORDS_SHIFT)
#define ITEMS(n)  ((uint64_t)(n) << L4_TAG_ITEMS_SHIFT)
#define BAD_FLAG  (1ull << 26)
#define FLAGS_ALL 0x244cd5 // what popfq can set, without single steps

enum target { NONE, STALE, ENTRY, NO_RIGHT, DEAD, IDLE };

struct error_case {
    uint64_t op, more; // more: bits of the tag
    enum target target;
    int error;
};

// Without a caller in hand.
static const struct error_case at_home[] = {
    {L4_OP_CALL, 0, NONE, L4_ERR_CAP},
    {L4_OP_CALL, 0, STALE, L4_ERR_CAP},
    {L4_OP_CALL, 0, NO_RIGHT, L4_ERR_RIGHTS},
    {L4_OP_CALL, 0, DEAD, L4_ERR_DEAD},
    {L4_OP_CALL, BAD_FLAG, ENTRY, L4_ERR_ARG},
    {L4_OP_CALL, WORDS(105), ENTRY, L4_ERR_ARG},
    {L4_OP_CALL, WORDS(2) | ITEMS(2), ENTRY, L4_ERR_ARG},
    {L4_OP_CALL, WORDS(2) | ITEMS(1), ENTRY, L4_ERR_ARG}, // of no type
    {L4_OP_CALL, L4_FLAG_TIMED, IDLE, L4_ERR_TIMEOUT},
    {L4_OP_SEND, 0, NONE, L4_ERR_CAP},
    {L4_OP_SEND, 0, NO_RIGHT, L4_ERR_RIGHTS},
    {L4_OP_SEND, 0, DEAD, L4_ERR_DEAD},
    {L4_OP_SEND, WORDS(105), ENTRY, L4_ERR_ARG},
    {L4_OP_SEND, L4_FLAG_TIMED, IDLE, L4_ERR_TIMEOUT},
    {L4_OP_WAIT, 0, STALE, L4_ERR_CAP},
    {L4_OP_WAIT, 0, NO_RIGHT, L4_ERR_RIGHTS},
    {L4_OP_WAIT, 0, DEAD, L4_ERR_DEAD},
    {L4_OP_WAIT, L4_FLAG_TIMED, NONE, L4_ERR_TIMEOUT},
    {L4_OP_WAIT, L4_FLAG_TIMED, IDLE, L4_ERR_TIMEOUT},
    {L4_OP_REPLY, 0, NONE, L4_ERR_STATE},
    {L4_OP_REPLY, WORDS(105), NONE, L4_ERR_ARG},
    {L4_OP_REPLY_WAIT, 0, STALE, L4_ERR_CAP},
    {L4_OP_REPLY_WAIT, 0, NO_RIGHT, L4_ERR_RIGHTS},
    {L4_OP_REPLY_WAIT, 0, DEAD, L4_ERR_DEAD},
    {L4_OP_REPLY_WAIT, L4_FLAG_TIMED, IDLE, L4_ERR_TIMEOUT},
    {L4_OP_FORWARD, 0, STALE, L4_ERR_CAP},
    {L4_OP_FORWARD, 0, NO_RIGHT, L4_ERR_RIGHTS},
    {L4_OP_FORWARD, 0, DEAD, L4_ERR_DEAD},
    {L4_OP_FORWARD, 0, ENTRY, L4_ERR_STATE},
    {0, 0, ENTRY, L4_ERR_NOSYS},
    {0x40, 0, ENTRY, L4_ERR_NOSYS},
    {0xff, 0, NONE, L4_ERR_NOSYS},
};

// In a visit, or with a caller of a queue gate in hand; ENTRY is the gate of SECOND, IDLE the server's own
// queue gate.
static const struct error_case serving[] = {
    {L4_OP_CALL, 0, STALE, L4_ERR_CAP},          {L4_OP_CALL, WORDS(105), ENTRY, L4_ERR_ARG},
    {L4_OP_SEND, 0, STALE, L4_ERR_CAP},          {L4_OP_WAIT, L4_FLAG_TIMED, NONE, L4_ERR_TIMEOUT},
    {L4_OP_WAIT, 0, IDLE, L4_ERR_STATE},         {L4_OP_WAIT, 0, ENTRY, L4_ERR_RIGHTS},
    {L4_OP_REPLY, WORDS(105), NONE, L4_ERR_ARG}, {L4_OP_REPLY, BAD_FLAG, NONE, L4_ERR_ARG},
    {L4_OP_REPLY_WAIT, 0, STALE, L4_ERR_CAP},    {L4_OP_REPLY_WAIT, 0, ENTRY, L4_ERR_RIGHTS},
    {L4_OP_FORWARD, 0, STALE, L4_ERR_CAP},       {0, 0, NONE, L4_ERR_NOSYS},
};

static l4_handle_t no_right, dead, idle;

static uint64_t target_of(enum target target, enum side side)
{
    const uint64_t client[] = {0, entry_gate ^ 1ull << 40, entry_gate, no_right, dead, idle};
    const uint64_t server[] = {0,
                               L4_HANDLE_FIRST(SLOT_SECOND) ^ 1ull << 40,
                               L4_HANDLE_FIRST(SLOT_SECOND),
                               0,
                               0,
                               L4_HANDLE_FIRST(SLOT_QUEUE)};
    return side == CLIENT ? client[target] : server[target];
}

static void prepare(struct block *b, enum side side, unsigned round, const struct error_case *c)
{
    fill(b, side, round, l4_tag(c->op, 77, 0, 0) | c->more, target_of(c->target, side));
    b->flags = FLAGS_ALL;
    if (c->more & L4_FLAG_TIMED)
        b->r[L4_REG_RSI] = 0; // polls
}

static int make_targets(void)
{
    const struct l4_gate_options queue = {L4_GATE_QUEUE, 0, 0, L4_RIGHT_ALL, L4_SLOT_ANY, 0};
    const struct l4_gate_options entry = {
        L4_GATE_ENTRY, (uint64_t)(uintptr_t)cross_entry, L4_POOL_VISITORS, L4_RIGHT_ALL, L4_SLOT_ANY, 0};
    l4_handle_t gone;
    int error = l4_gate_create(L4_CAP_SPACE, &queue, &idle, NULL);
    if (!error)
        error = l4_cap_copy(L4_CAP_SPACE, idle, L4_SLOT_ANY, L4_RIGHT_MANAGE, &no_right);
    if (!error)
        error = l4_gate_create(L4_CAP_SPACE, &entry, &gone, NULL);
    if (!error)
        error = l4_cap_copy(L4_CAP_SPACE, gone, L4_SLOT_ANY, L4_RIGHT_CALL | L4_RIGHT_WAIT, &dead);
    return error ? error : l4_gate_destroy(gone);
}

// Cancelled, whoever waits or queues is told so.
static void check_cancelled(void)
{
    static const struct error_case cases[] = {
        {L4_OP_CALL, 0, IDLE, L4_ERR_CANCELLED},       {L4_OP_SEND, 0, IDLE, L4_ERR_CANCELLED},
        {L4_OP_WAIT, 0, IDLE, L4_ERR_CANCELLED},       {L4_OP_WAIT, 0, NONE, L4_ERR_CANCELLED},
        {L4_OP_REPLY_WAIT, 0, IDLE, L4_ERR_CANCELLED},
    };
    struct side_data *me = &data[CLIENT];
    case_begin("check_cancelled");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(cases); i++) {
        int error = l4_thread_cancel(L4_CAP_THREAD, true);
        prepare(&me->out, CLIENT, i, &cases[i]);
        if (error)
            wrong("the cancellation", (uint64_t)error, 0);
        else
            cross_main();
        error = l4_thread_cancel(L4_CAP_THREAD, false);
        look_error(&me->in, &me->out, error ? error : cases[i].error, (uint64_t)(uintptr_t)l4_utcb(),
                   SIDE(CLIENT));
    }
    case_end();
}

void check_errors(void)
{
    struct side_data *me = &data[CLIENT];
    tap_error(make_targets(), L4_OK, "gates that cannot be called");
    case_begin("check_errors");
    for (unsigned i = 0; i < 2 * L4_ARRAY_SIZE(at_home); i++) {
        const struct error_case *c = &at_home[i / 2];
        l4_utcb()->words[L4_WORDS_REGS] = 0;
        prepare(&me->out, CLIENT, i, c);
        cross_main();
        look_error(&me->in, &me->out, c->error, (uint64_t)(uintptr_t)l4_utcb(), SIDE(CLIENT));
    }
    case_end();
    check_cancelled();
}

// The attempt of a server, then its good answer.
static void serve(unsigned i, bool queue)
{
    struct side_data *server = &data[SERVER];
    prepare(&server->try, SERVER, i + 1, &serving[i]);
    server->trying = 1;
    if (queue)
        call_queue(&(struct call_case){.round = i}, 0);
    else
        call_entry(&(struct call_case){.round = i});
    look_error(&server->err, &server->try, serving[i].error, server->in.r[L4_REG_RBX],
               SIDE(SERVER) | SIDE(CLIENT));
}

void check_server_errors(void)
{
    case_begin("check_server_errors: in a visit");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(serving); i++)
        serve(i, false);
    case_end();
    case_begin("check_server_errors: a queue server");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(serving); i++)
        serve(i, true);
    case_end();
}
