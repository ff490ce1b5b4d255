/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cancellation is state, not force: from then on the thread's waits and its queueing return L4_ERR_CANCELLED,
 * wherever it is; a visit goes on and chains the error up. Recall gives the owner the thread back: its visits
 * go on as an orphan's (ipc_orphan.c).
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/ipc/ipc.h"
#include "kernel/smp/round.h"

bool wait_ends(const struct thread *t)
{
    return t->wait != WAIT_NOTHING && t->wait < WAIT_TRAVEL && !t->shielded &&
           !frame_is_fault(t->current->frame);
}

void thread_cancel(struct thread *t, bool cancelled)
{
    ASSERT(thread_is_mine(t));
    t->cancelled = cancelled;
    if (cancelled && t->current && wait_ends(t))
        wait_abort(t, L4_ERR_CANCELLED);
    receiver_changed(t);
}

/* Away from home in somebody else's space, by a call: a fault of its own space is answered first. */
static bool can_recall(const struct thread *t)
{
    if (!t->home || !t->current || t->current == t->base)
        return false;
    return t->current->space != t->home && !frame_is_fault(t->base->frame);
}

enum l4_error thread_recall(struct thread *t)
{
    struct thread *orphan;

    if (t->object.dying)
        return L4_ERR_DEAD;
    if (t->home && t->current && t->current == t->base) {
        thread_cancel(t, true);
        return L4_OK;
    }
    if (!can_recall(t))
        return L4_ERR_STATE;
    orphan = orphan_take(t);
    if (t->current != t->base)
        return ROUND_AGAIN;
    if (t->state != L4_THREAD_READY)
        sched_ready(t);
    sched_set_priority(t, t->home_priority);
    frame_error(t, L4_ERR_CANCELLED);
    if (orphan)
        orphan_look(orphan);
    return L4_OK;
}
