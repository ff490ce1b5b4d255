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

/*
 * The words in FROM's registers become the request of the caller whose activation is TO. The deadline is the
 * forwarder's; whether the wait is shielded stays the caller's matter.
 */
static void forward_words(struct activation *from, struct activation *to)
{
    uint64_t keep = L4_FLAG_SHIELD | L4_TAG_OP_MASK;

    to->regs[L4_REG_RAX] =
        (from->regs[L4_REG_RAX] & ~keep) | (to->regs[L4_REG_RAX] & L4_FLAG_SHIELD) | frame_op(to);
    to->regs[L4_REG_RSI] = from->regs[L4_REG_RSI];
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        *act_word(to, i) = *act_word(from, i);
}

void forward_caller(struct activation *a, struct thread *caller, struct cap *c)
{
    forward_words(a, caller->current);
    gate_send(caller, gate_of(c), c->badge);
}

/*
 * Memory words and items lie in the forwarder's UTCB and space, and the caller must not see them. So a
 * visitor that forwards some stays in the chain, as one who calls, until they are taken; then it leaves from
 * between its caller and who took them (rendezvous, prepare.c). Until then an error is its own. A server at
 * home cannot wait like that for somebody else's visit to begin (docs/decisions/0028).
 */
static enum l4_error forward_check(const struct thread *t)
{
    const struct activation *a = t->current;
    const struct activation *below = a->link;

    if (!below || frame_is_fault(below->frame) || (a->flags & ACT_BROKEN))
        return L4_ERR_STATE;
    return a == t->base && l4_tag_words(a->regs[L4_REG_RAX]) ? L4_ERR_NOSYS : L4_OK;
}

void ipc_forward(struct thread *t, struct cap *c)
{
    struct activation *a = t->current;
    struct gate *g = gate_of(c);
    uint64_t badge = c->badge;
    enum l4_error err = forward_check(t);

    if (err == L4_OK && a != t->base) {
        if (l4_tag_words(a->regs[L4_REG_RAX])) {
            a->frame = FRAME_FORWARD;
        } else {
            forward_words(a, a->link);
            (void)visit_leave(t);
        }
        gate_send(t, g, badge);
        return;
    }
    if (err == L4_OK) {
        struct thread *caller = a->link->thread;

        wait_end(caller);
        forward_caller(a, caller, c);
    }
    answer_kernel(a, err);
}
