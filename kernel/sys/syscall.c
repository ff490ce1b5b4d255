/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls: decoding and checks common to all, then a gate (ipc.c) or an operation of a kernel object.
 * A CALL on a gate always goes through it; what is done to a gate itself are operations of spaces.
 */
#include "kernel/base/assert.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/fail.h"
#include "kernel/smp/round.h"
#include "kernel/sys/call.h"

#define RETRIES_MAX 8 /* rounds waited for before a spent quota is told */

struct operation {
    call_handler handler; /* NULL: not built */
    uint8_t kind;         /* 0: any */
    uint8_t right;
    uint16_t known;
};

#define L4_KIND_ANY     0
#define HANDLER_1(name) op_##name
#define HANDLER_0(name) NULL
#define L4_X(kind_, name, number, right_, built, what) \
    [number] = {HANDLER_##built(name), L4_KIND_##kind_, L4_RIGHT_##right_, 1},

#define OPERATIONS_MAX 0x100
static const struct operation operations[OPERATIONS_MAX] = {L4_OPERATIONS(L4_X)};
#undef L4_X

enum l4_error op_NOP(struct call *c)
{
    (void)c;
    return L4_OK;
}

static enum l4_error operation_check(const struct operation *op, const struct cap *c)
{
    unsigned kind = cap_kind(c); /* once: another CPU may empty the slot or bury its object */

    if (kind == L4_KIND_NONE)
        return L4_ERR_CAP;
    if (kind == L4_KIND_DEAD)
        return L4_ERR_DEAD;
    if (!op->known || !op->handler)
        return L4_ERR_NOSYS;
    if (op->kind != L4_KIND_ANY && op->kind != kind)
        return L4_ERR_CAP;
    return (c->rights & op->right) == op->right ? L4_OK : L4_ERR_RIGHTS;
}

/*
 * The CPU on which OP is done on CAP's object: any but for what only one CPU may write. By the kind that was
 * checked: what the slot says may be another by now.
 */
static unsigned operation_cpu(const struct operation *op, const struct cap *cap, uint64_t label)
{
    struct object *o = cap_object(cap);

    if (op->kind == L4_KIND_THREAD)
        return thread_custody(CONTAINER_OF(o, struct thread, object));
    if (op->kind == L4_KIND_EVENT && label != L4_EVENT_SIGNAL)
        return CONTAINER_OF(o, struct event, object)->cpu;
    return cpu_number();
}

/*
 * A slot or memory that was freed a moment ago may be used after a round: T asks again then. Not for ever:
 * others may be quicker each time.
 */
static bool ask_after_round(struct thread *t, enum l4_error err)
{
    uint64_t number = round_current();

    if (err == L4_ERR_QUOTA && t->retries < RETRIES_MAX && limbo_holds_memory() && !alloc_failed()) {
        t->retries++;
        number = round_begin();
    } else if (err != ROUND_AGAIN) {
        return false;
    }
    t->current->flags |= ACT_AGAIN;
    round_wait(t, number);
    return true;
}

/* T has been answered; the rest of what it asked for must be over before it goes on. */
static void finish_first(struct thread *t, const struct call *c)
{
    t->hops = 0;
    t->retries = 0;
    if (c->ends)
        end_wait(t, c->ends);
    else if (c->round != ROUND_NONE && !round_done(c->round))
        round_wait(t, c->round);
}

/* A CALL on a capability that is not a gate. */
static void object_call(struct thread *t, struct cap *cap, uint64_t label)
{
    struct activation *a = t->current;
    const struct operation *op = &operations[label < OPERATIONS_MAX ? label : 0];
    struct call c; /* words only if they are wanted */
    enum l4_error err = operation_check(op, cap);

    c.thread = t;
    c.space = a->space;
    c.cap = cap;
    c.object = cap_object(cap);
    c.ends = NULL;
    c.round = ROUND_NONE;
    c.again = false;
    c.done = false;

    if (err == L4_OK && operation_cpu(op, cap, label) != cpu_number()) {
        travel_call(t, operation_cpu(op, cap, label));
        return;
    }
    if (err == L4_OK) {
        for (unsigned i = 0; i < L4_WORDS_REGS; i++)
            c.w[i] = *act_word(a, i);
        a->flags |= ACT_ASKS; /* a fresh use of the activation does not have it */
        err = op->handler(&c);
        /* the operation may have ended the caller, or the visit it came from; or it goes on as an orphan's */
        if (c.done || !(a->flags & ACT_ASKS))
            return;
        a->flags &= (uint8_t)~ACT_ASKS;
        if (t->current != a) {
            if (a->thread && a->thread != t)
                answer_kernel(a, err);
            return;
        }
    }
    if (c.again) {
        a->flags |= ACT_AGAIN;
        return;
    }
    if (ask_after_round(t, err))
        return;
    if (err == L4_OK)
        for (unsigned i = 0; i < L4_WORDS_REGS; i++)
            *act_word(a, i) = c.w[i];
    answer_kernel(a, err);
    finish_first(t, &c);
}

static enum l4_error tag_check(uint64_t tag)
{
    unsigned words = l4_tag_words(tag);
    unsigned items = l4_tag_items(tag);

    if (l4_tag_flags(tag) & ~L4_FLAG_MASK)
        return L4_ERR_ARG;
    if (words > L4_WORDS_MEM_MAX || items > L4_ITEMS_MAX || 2 * items > words)
        return L4_ERR_ARG;
    return L4_OK;
}

/* The capability in register REG, if it is a gate's with RIGHT. */
static enum l4_error target(struct activation *a, enum l4_reg reg, unsigned right, struct cap **out)
{
    struct cap *c = cap_lookup(&a->space->caps, a->regs[reg]);

    *out = c;
    if (!c)
        return L4_ERR_CAP;
    if (cap_is_dead(c))
        return L4_ERR_DEAD;
    if (c->kind != L4_KIND_GATE)
        return L4_ERR_CAP;
    return c->rights & right ? L4_OK : L4_ERR_RIGHTS;
}

static void system_call_call(struct thread *t, uint64_t tag)
{
    struct activation *a = t->current;
    struct cap *c;
    enum l4_error err = target(a, L4_REG_RDI, L4_RIGHT_CALL, &c);

    if (err == L4_OK)
        ipc_call(t, c, false);
    else if (err == L4_ERR_CAP && c && c->kind != L4_KIND_GATE)
        object_call(t, c, l4_tag_label(tag));
    else
        answer_kernel(a, err);
}

static void wait_call(struct thread *t, void (*act)(struct thread *t, struct cap *c))
{
    struct cap *c;
    enum l4_error err = target(t->current, L4_REG_RDI, L4_RIGHT_WAIT, &c);

    if (err == L4_OK)
        act(t, c);
    else
        answer_kernel(t->current, err);
}

static void send_call(struct thread *t)
{
    struct cap *c;
    enum l4_error err = target(t->current, L4_REG_RDI, L4_RIGHT_CALL, &c);

    if (err == L4_OK)
        ipc_call(t, c, true);
    else if (c && c->kind == L4_KIND_REPLY && c->rights & L4_RIGHT_CALL)
        ipc_reply_deferred(t, c, NULL);
    else
        answer_kernel(t->current, c && c->kind == L4_KIND_REPLY ? L4_ERR_RIGHTS : err);
}

/* rdi: a gate, for the request in hand; or a reply capability, and rsi the gate for the caller behind it. */
static void forward_call(struct thread *t)
{
    struct activation *a = t->current;
    struct cap *reply;
    struct cap *c;
    enum l4_error err = target(a, L4_REG_RDI, L4_RIGHT_CALL, &reply);

    if (err == L4_OK) {
        ipc_forward(t, reply);
        return;
    }
    if (reply && reply->kind == L4_KIND_REPLY) {
        err = target(a, L4_REG_RSI, L4_RIGHT_CALL, &c);
        if (a->regs[L4_REG_RAX] & L4_FLAG_TIMED)
            err = L4_ERR_ARG; /* rsi is no deadline */
        if (err == L4_OK) {
            ipc_reply_deferred(t, reply, c);
            return;
        }
    }
    answer_kernel(a, err);
}

static void decode(struct thread *t)
{
    struct activation *a = t->current;
    uint64_t tag = a->regs[L4_REG_RAX];
    enum l4_error err;
    bool foreign;

    ASSERT(thread_is_mine(t) && a->frame == FRAME_OPEN);
    a->full = 0;
    a->progress_ip = L4_USER_END; /* no instruction has it: what faults from now on is a new fault */
    /* away from home a thread makes the calls of the space it is in */
    foreign = t->foreign && a == t->base;
    if (foreign || !(tag & L4_FLAG_NATIVE)) {
        fault_foreign(t, foreign);
        return;
    }
    err = tag_check(tag);
    if (err != L4_OK) {
        answer_kernel(a, err);
        return;
    }
    switch (l4_tag_op(tag)) {
    case L4_OP_CALL:
        system_call_call(t, tag);
        break;
    case L4_OP_SEND:
        send_call(t);
        break;
    case L4_OP_WAIT:
        if (a->regs[L4_REG_RDI] == L4_HANDLE_NONE)
            pending_wait(t);
        else
            wait_call(t, ipc_wait);
        break;
    case L4_OP_REPLY:
        ipc_reply(t);
        break;
    case L4_OP_REPLY_WAIT:
        wait_call(t, ipc_reply_wait);
        break;
    case L4_OP_FORWARD:
        forward_call(t);
        break;
    default:
        answer_kernel(a, L4_ERR_NOSYS);
        break;
    }
}

void ipc_decode(struct thread *t)
{
    uint64_t number;

    decode(t);
    number = map_flush_finish();
    /* what the call has unmapped is gone everywhere before its thread runs on */
    if (number && !t->ended && !t->leaving &&
        (t->state == L4_THREAD_READY || (t->state == L4_THREAD_BLOCKED && t->wait == WAIT_NOTHING)))
        round_wait(t, number);
}
