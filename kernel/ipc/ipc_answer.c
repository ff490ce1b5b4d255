/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers: what an activation gets back, and how a thread leaves a visit.
 */
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/ipc.h"

void answer_kernel(struct activation *a, enum l4_error err)
{
    if (a->flags & ACT_FORGOT)
        memset(a->regs, 0, sizeof(a->regs));
    a->flags &= (uint8_t)~ACT_FORGOT;
    a->regs[L4_REG_RAX] = l4_tag(L4_OP_KERNEL, (uint64_t)err, 0, 0);
    a->regs[L4_REG_RDI] = 0;
    a->regs[L4_REG_RBX] = a->utcb;
    a->regs[L4_REG_RSI] = 0;
    a->frame = FRAME_OPEN;
    a->full = 0;
}

/*
 * Unwinding is a loop: what one step brings about (a gate that fails as well, a visit that ends with it)
 * calls this function again and only leaves its reason for the next step. The kernel stack does not grow with
 * the depth of the chain.
 */
void frame_error(struct thread *t, uint64_t reason)
{
    t->unwind = reason;
    if (t->unwinding)
        return;
    t->unwinding = true;
    while (t->unwind) {
        reason = t->unwind;
        t->unwind = 0;
        if (!frame_is_fault(t->current->frame))
            answer_kernel(t->current, (enum l4_error)reason);
        else if (!fault_failed(t, reason))
            return; /* T is gone */
    }
    t->unwinding = false;
}

enum l4_error frame_take(struct activation *a, struct activation *from, const struct message *m)
{
    if (frame_is_fault(a->frame))
        return fault_take(a, from, m);
    if (a->frame == FRAME_SEND || l4_tag_words(m->tag) == 0)
        return L4_OK;
    ASSERT(a->frame == FRAME_CALL);
    /* without a UTCB there the answerer is free at once; frame_finish tells the caller */
    if (!activation_make_resident(a))
        return L4_OK;
    return message_fetch(from, a, m->tag, FETCH_WHOLE);
}

void frame_finish(struct thread *t, const struct message *m)
{
    struct activation *a = t->current;

    if (frame_is_fault(a->frame)) {
        fault_finish(t, m);
        return;
    }
    if (a->frame == FRAME_SEND) {
        answer_kernel(a, L4_OK);
        return;
    }
    message_put(a, m);
    a->frame = FRAME_OPEN;
    if (l4_tag_words(m->tag) && !activation_utcb(a))
        answer_kernel(a, L4_ERR_UTCB);
}

bool visit_leave(struct thread *t)
{
    struct activation *top = t->current;
    struct activation *below = top->link;
    uint8_t priority = (uint8_t)top->priority;

    ASSERT(top != t->base);
    if (frame_is_fault(top->frame))
        t->faults--;
    gate_leave(top->via);
    t->current = below;
    t->depth = below ? (uint16_t)(t->depth - 1) : 0;
    activation_give_back(top);
    if (below)
        sched_set_priority(t, t->depth ? priority : t->home_priority);
    /* out of a space that is stopped: whether the next one is, is looked at before it runs there */
    if (below && t->stopped)
        sched_go_on(t);
    /* an orphan is charged to a space it is in: thread_check moves the charge, or ends the next visit */
    if (below && !t->home)
        mail_post(&t->object.mail, cpu_number(), MAIL_CHECK);
    return below != NULL;
}

void visit_abort(struct thread *t, enum l4_error err)
{
    if (visit_leave(t))
        frame_error(t, err);
    else if (!t->object.dying)
        thread_destroy(t);
}

void supervisor_tell(struct space *s)
{
    struct event *supervisor = event_supervisor(s);

    if (supervisor)
        event_signal(supervisor, s->supervisor_bits);
}

void thread_halt(struct thread *t)
{
    if (t->deadline.queued)
        sched_no_deadline(t);
    sched_stop(t, L4_THREAD_HALTED);
    if (t->home)
        supervisor_tell(t->home);
}
