/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cancellation is state, not force: from then on the thread's waits and its queueing return L4_ERR_CANCELLED,
 * wherever it is; a visit goes on and chains the error up. Recall gives the owner the thread back: its visits
 * go on as an orphan of the space they are in.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/ipc.h"

/* True when the wait T is in may be ended by cancellation or owner death. */
static bool wait_ends(const struct thread *t)
{
    return t->wait != WAIT_NOTHING && !t->shielded && !frame_is_fault(t->current->frame);
}

void thread_cancel(struct thread *t, bool cancelled)
{
    t->cancelled = cancelled;
    if (cancelled && t->current && wait_ends(t))
        wait_abort(t, L4_ERR_CANCELLED);
}

/* What T waits in, ORPHAN waits in from now on. */
static void wait_move(struct thread *t, struct thread *orphan)
{
    uint64_t key = t->queue.key;
    void *on = t->wait_on;
    enum wait what = (enum wait)t->wait;
    struct list *place = t->receiver.prev;

    if (what == WAIT_DEFERRED)
        cap_move_object(&t->reply, &orphan->reply);
    if (what == WAIT_SEND || what == WAIT_POOL) {
        struct heap *heap = what == WAIT_SEND ? &((struct gate *)on)->callers : &((struct pool *)on)->waiters;

        heap_remove(heap, &t->queue);
        heap_insert(heap, &orphan->queue, key);
    } else if (what == WAIT_EVENT || what == WAIT_REPLY || what == WAIT_DEFERRED) {
        list_remove(&t->receiver);
        list_add(place, &orphan->receiver);
    }
    if (t->deadline.queued) {
        uint64_t at = t->deadline.key;

        sched_no_deadline(t);
        sched_deadline(orphan, at);
    }
    orphan->wait = (uint8_t)what;
    orphan->wait_on = on;
    orphan->shielded = t->shielded;
    orphan->call_gate = t->call_gate;
    orphan->call_badge = t->call_badge;
    orphan->wait_mask = t->wait_mask;
    t->wait = WAIT_NOTHING;
    t->wait_on = NULL;
}

/* The activations above T's home one become ORPHAN's. */
static void chain_move(struct thread *t, struct thread *orphan)
{
    struct activation *a;

    orphan->current = t->current;
    orphan->depth = t->depth;
    orphan->faults = t->faults;
    for (a = t->current; a != t->base; a = a->link) {
        a->thread = orphan;
        if (a->link == t->base) {
            a->link = NULL;
            a->flags |= ACT_BROKEN;
            if (a->pull == t->base)
                a->pull = NULL;
            break;
        }
    }
    t->current = t->base;
    t->depth = 0;
    t->faults = 0;
}

/* Vector state and segment bases are those of what runs, which is the orphan's now. */
static void state_move(struct thread *t, struct thread *orphan)
{
    void *area = orphan->vector_area;

    orphan->vector_area = t->vector_area;
    t->vector_area = area;
    orphan->vector_live = t->vector_live;
    t->vector_live = false;
    orphan->fs = t->fs;
    orphan->gs = t->gs;
    if (cpu_local()->vector_thread == t)
        cpu_local()->vector_thread = orphan;
}

/* Away from home in somebody else's space, by a call: a fault of its own space is answered first. */
static bool can_recall(const struct thread *t)
{
    if (!t->home || !t->current || t->current == t->base || cpu_local()->thread == t)
        return false;
    return t->current->space != t->home && !frame_is_fault(t->base->frame);
}

enum l4_error thread_recall(struct thread *t)
{
    bool was_ready = t->state == L4_THREAD_READY;
    struct space *host;
    struct thread *orphan;

    if (!can_recall(t))
        return L4_ERR_STATE;
    host = t->current->space;
    orphan = thread_alloc(NULL, &host->quota);
    if (!orphan)
        return L4_ERR_QUOTA;
    orphan->payer = host;
    orphan->priority = t->priority;
    orphan->home_priority = t->priority;
    host->thread_count++;
    list_add_tail(&host->threads, &orphan->in_home);
    wait_move(t, orphan);
    chain_move(t, orphan);
    chain_cut_space(orphan, t->home);
    state_move(t, orphan);
    orphan->state = L4_THREAD_BLOCKED;
    if (was_ready)
        sched_ready(orphan);
    else
        sched_ready(t);
    sched_set_priority(t, t->home_priority);
    frame_error(t, L4_ERR_CANCELLED);
    if (wait_ends(orphan) && orphan->wait != WAIT_REPLY && orphan->wait != WAIT_DEFERRED)
        wait_abort(orphan, L4_ERR_OWNER_DIED);
    return L4_OK;
}
