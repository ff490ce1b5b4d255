/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on gates. Decode and check are done (sys/syscall.c); what is below commits.
 */
#include "kernel/ipc/ipc.h"

#include "kernel/base/assert.h"
#include "kernel/smp/round.h"

void gate_send(struct thread *t, struct gate *g, uint64_t badge)
{
    if (g->mode == L4_GATE_ENTRY)
        entry_send(t, g, badge);
    else
        queue_send(t, g, badge);
}

static struct gate *gate_of(struct cap *c)
{
    return CONTAINER_OF(cap_object(c), struct gate, object);
}

void ipc_call(struct thread *t, struct cap *c, bool send)
{
    t->current->frame = send ? FRAME_SEND : FRAME_CALL;
    gate_send(t, gate_of(c), c->badge);
}

/* Waiting is for threads at home that have nobody to answer. */
static enum l4_error wait_check(struct thread *t, struct cap *c)
{
    if (gate_of(c)->mode != L4_GATE_QUEUE)
        return L4_ERR_CAP;
    if (t->current != t->base)
        return L4_ERR_STATE;
    if (gate_of(c)->object.dying)
        return L4_ERR_DEAD;
    return gate_of(c)->cpu == t->cpu ? L4_OK : L4_ERR_CPU;
}

void ipc_wait(struct thread *t, struct cap *c)
{
    enum l4_error err = wait_check(t, c);

    if (err == L4_OK && t->base->link)
        err = L4_ERR_STATE;
    if (err != L4_OK)
        answer_kernel(t->current, err);
    else
        queue_receive(t, gate_of(c));
}

static void answer_or_retry(struct thread *t, enum l4_error err)
{
    if (err == ROUND_AGAIN)
        round_retry(t);
    else
        answer_kernel(t->current, err);
}

void ipc_reply(struct thread *t)
{
    struct activation *a = t->current;
    struct activation *below = a->link;
    struct message m;
    enum l4_error err;
    bool lent;

    if (a == t->base) {
        answer_or_retry(t, queue_reply(t));
        return;
    }
    if (!below || (a->flags & ACT_BROKEN)) {
        visit_abort(t, L4_ERR_DEAD);
        return;
    }
    message_from_regs(a, &m);
    err = frame_take(below, a, &m);
    if (err != L4_OK) {
        answer_or_retry(t, err);
        return;
    }
    lent = a->flags & ACT_WINDOW;
    if (!visit_leave(t))
        return;
    frame_finish(t, &m);
    if (lent)
        window_wait(t, a);
}

void ipc_reply_wait(struct thread *t, struct cap *c)
{
    enum l4_error err = wait_check(t, c);

    if (err == L4_OK && t->base->link)
        err = queue_reply(t);
    if (err != L4_OK)
        answer_or_retry(t, err);
    else
        queue_receive(t, gate_of(c));
}

/* The words of FROM become the request of the caller whose activation is TO. */
static void forward_words(struct activation *from, struct activation *to)
{
    uint64_t label = l4_tag_label(from->regs[L4_REG_RAX]);
    uint64_t op = to->frame == FRAME_SEND ? L4_OP_SEND : L4_OP_CALL;

    to->regs[L4_REG_RAX] = l4_tag(op, label, 0, 0);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        *act_word(to, i) = *act_word(from, i);
}

void ipc_forward(struct thread *t, struct cap *c)
{
    struct activation *a = t->current;
    struct activation *below = a->link;
    struct gate *g = gate_of(c);
    uint64_t badge = c->badge;
    struct thread *caller;

    /* memory words would have to pass through the caller's UTCB, who must not see them */
    if (l4_tag_words(a->regs[L4_REG_RAX]) != 0) {
        answer_kernel(a, L4_ERR_NOSYS);
        return;
    }
    if (!below || frame_is_fault(below->frame) || (a->flags & ACT_BROKEN)) {
        answer_kernel(a, L4_ERR_STATE);
        return;
    }
    forward_words(a, below);
    if (a != t->base) {
        (void)visit_leave(t);
        gate_send(t, g, badge);
        return;
    }
    caller = below->thread;
    answer_kernel(a, L4_OK);
    wait_end(caller);
    gate_send(caller, g, badge);
}
