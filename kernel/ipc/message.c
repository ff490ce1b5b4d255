/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: eight words in registers. The rest, which lies in the UTCBs, is fetched by items.c.
 */
#include "kernel/ipc/ipc.h"

void message_from_regs(const struct activation *a, struct message *m)
{
    m->tag = a->regs[L4_REG_RAX];
    m->badge = 0;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m->w[i] = *act_word((struct activation *)(uintptr_t)a, i);
}

/* Thread and space of a fault, for words 4 and 5. */
static void fault_ids(const struct activation *a, struct message *m)
{
    m->w[4] = a->thread->object.id;
    m->w[5] = a->space->object.id;
}

static void page_message(const struct activation *a, struct message *m)
{
    m->tag = l4_tag(L4_OP_FAULT, L4_FAULT_PAGE, 0, 0);
    m->w[0] = a->fault[0];
    m->w[1] = a->rip;
    m->w[2] = a->rsp;
    m->w[3] = a->fault[1];
    fault_ids(a, m);
    m->w[6] = a->index;
    m->w[7] = a->fault[2];
}

static void switch_message(const struct activation *a, struct message *m)
{
    bool numbered = a->index != ACT_NO_INDEX;

    m->tag = l4_tag(L4_OP_FAULT, L4_FAULT_SWITCH, 0, 0);
    m->w[0] = numbered ? a->index : L4_INDEX_NONE;
    m->w[1] = a->utcb;
    m->w[2] = numbered ? a->sp0 - PAGE_SIZE : 0;
    m->w[3] = numbered ? 0 : 1;
    fault_ids(a, m);
    m->w[6] = a->pool;
    m->w[7] = a->fault[0];
}

static void exception_message(const struct activation *a, struct message *m)
{
    m->tag = l4_tag(L4_OP_FAULT, L4_FAULT_EXCEPTION, L4_REG_COUNT, 0);
    m->w[0] = a->fault[0];
    m->w[1] = a->rip;
    m->w[2] = a->rsp;
    m->w[3] = a->fault[1];
    fault_ids(a, m);
    m->w[6] = (uint64_t)a->index | a->fault[3] << 32;
    m->w[7] = a->fault[2];
}

uint64_t frame_op(const struct activation *a)
{
    return a && a->frame == FRAME_SEND ? L4_OP_SEND : L4_OP_CALL;
}

void message_of(const struct activation *a, struct message *m)
{
    m->badge = 0;
    switch ((enum frame_state)a->frame) {
    case FRAME_PAGE:
        page_message(a, m);
        break;
    case FRAME_SWITCH:
        switch_message(a, m);
        break;
    case FRAME_EXCEPTION:
        exception_message(a, m);
        break;
    case FRAME_FORWARD: /* what is handed on is still the caller's request */
        message_from_regs(a, m);
        m->tag = (m->tag & ~L4_TAG_OP_MASK) | frame_op(a->link);
        break;
    case FRAME_OPEN:
    case FRAME_CALL:
    case FRAME_SEND:
        message_from_regs(a, m);
        break;
    }
}

void message_put(struct activation *a, const struct message *m)
{
    /* flags that spoke of the sender's own call are not the receiver's */
    a->regs[L4_REG_RAX] = m->tag & ~(L4_FLAG_TIMED | L4_FLAG_SHIELD);
    a->regs[L4_REG_RDI] = m->badge;
    a->regs[L4_REG_RBX] = a->utcb;
    a->regs[L4_REG_RSI] = 0; /* a forwarder's deadline is not its caller's matter */
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        *act_word(a, i) = m->w[i];
    a->full = 0;
}
