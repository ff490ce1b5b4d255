/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orphans. When a thread is recalled or destroyed away from home, its visits go on as those of a new thread
 * without a home, charged to the space they are in. No capability names that one and nobody watches it, so
 * what did can be told at leisure that the old one died. On the CPU that has both in custody.
 */
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/ipc.h"

#define UNPAID 8 /* visits that end before something else has its turn */

/* T's way to another CPU becomes ORPHAN's. */
static void travel_move(struct thread *t, struct thread *orphan)
{
    enum travel why = (enum travel)t->travel;

    if (t->leaving)
        sched_stop(t, L4_THREAD_BLOCKED);
    t->travel = TRAVEL_NONE;
    orphan->wait = WAIT_TRAVEL;
    sched_leave(orphan, why == TRAVEL_GATE ? t->call_gate->cpu : orphan->cpu, why);
}

/* T's place in a queue becomes ORPHAN's. */
static void place_move(struct thread *t, struct thread *orphan, enum wait what)
{
    struct list *place = t->receiver.prev;

    if (what == WAIT_DEFERRED)
        cap_reply_rename(&t->reply, &orphan->reply);
    switch (what) {
    case WAIT_SEND:
        heap_remove(&((struct gate *)t->wait_on)->callers, &t->queue);
        heap_insert(&((struct gate *)t->wait_on)->callers, &orphan->queue, t->queue.key);
        break;
    case WAIT_POOL:
        /* as soon as ORPHAN waits, another CPU may reserve something for it */
        if (pool_unwait(t->call_gate->space, t->call_gate->pool, t)) {
            pool_wait(t->call_gate->space, t->call_gate->pool, orphan, t->queue.key, &t->call_gate->served);
        } else if (t->granted) {
            orphan->granted = t->granted;
            t->granted = NULL;
            orphan->granted->thread = orphan;
        }
        break;
    case WAIT_DEFERRED:
    case WAIT_EVENT:
    case WAIT_REPLY:
    case WAIT_ROUND:
        list_remove(&t->receiver);
        list_add(place, &orphan->receiver);
        break;
    default:
        break;
    }
}

/* What T waits in, ORPHAN waits in from now on. */
static void wait_move(struct thread *t, struct thread *orphan)
{
    enum wait what = (enum wait)t->wait;

    orphan->call_gate = t->call_gate;
    orphan->call_badge = t->call_badge;
    orphan->wait_mask = t->wait_mask;
    orphan->round = t->round;
    /* it has been answered, or is on its way to its own end */
    if (what == WAIT_GONE || (what == WAIT_TRAVEL && t->travel == TRAVEL_END)) {
        wait_end(t);
        what = WAIT_NOTHING;
    }
    place_move(t, orphan, what);
    if (t->deadline.queued) {
        uint64_t at = t->deadline.key;

        sched_no_deadline(t);
        sched_deadline(orphan, at);
    }
    orphan->wait = (uint8_t)what;
    orphan->wait_on = t->wait_on;
    orphan->shielded = t->shielded;
    if (what == WAIT_TRAVEL)
        travel_move(t, orphan);
    t->wait = WAIT_NOTHING;
    t->wait_on = NULL;
}

/* The activations above T's home one become ORPHAN's. */
static void chain_move(struct thread *t, struct thread *orphan)
{
    uint32_t own = t->base && frame_is_fault(t->base->frame);
    struct activation *a;

    orphan->current = t->current;
    orphan->depth = t->depth;
    orphan->faults = t->faults - own;
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
    t->faults = own;
}

/* Vector state and segment bases are those of what runs, which is the orphan's now. */
static void state_move(struct thread *t, struct thread *orphan)
{
    void *area = orphan->vector_area;

    orphan->vector_area = t->vector_area;
    t->vector_area = area;
    orphan->vector_live = t->vector_live;
    t->vector_live = false;
    memcpy(orphan->selectors, t->selectors, sizeof(t->selectors));
    orphan->fs = t->fs;
    orphan->gs = t->gs;
    if (cpu_local()->vector_thread == t)
        cpu_local()->vector_thread = orphan;
}

/* A thread for the visits of T, charged to the space it is in; NULL when that cannot pay, dies or is the
 * owner.
 */
static struct thread *orphan_make(const struct thread *t)
{
    struct space *host = t->current->space;
    struct thread *orphan = NULL;

    if (host != t->payer && !host->object.dying)
        orphan = thread_alloc(NULL, &host->quota);
    if (!orphan)
        return NULL;
    orphan->payer = host;
    orphan->cpu = t->cpu;
    orphan->move_to = t->cpu;
    orphan->priority = t->priority;
    orphan->home_priority = t->priority;
    space_add_thread(host, orphan);
    return orphan;
}

/* T, which visits a space that pays for no orphan, leaves it; the frame below is treated likewise. */
static void leave_unpaid(struct thread *t)
{
    if (t->wait != WAIT_NOTHING)
        wait_end(t);
    if (visit_leave(t) && t->current != t->base)
        frame_error(t, L4_ERR_DEAD);
}

/* ORPHAN takes over the visits of T and what T waits for. */
static void take_over(struct thread *t, struct thread *orphan)
{
    bool ready = t->state == L4_THREAD_READY;

    orphan->state = L4_THREAD_BLOCKED;
    wait_move(t, orphan);
    ready |= orphan->wait == WAIT_NOTHING;
    chain_move(t, orphan);
    chain_cut_space(orphan, t->payer);
    state_move(t, orphan);
    /* one that waited for an activation may have been given that of the chain which was cut, and be ready */
    if (ready)
        sched_ready(orphan);
}

struct thread *orphan_take(struct thread *t)
{
    struct thread *orphan = NULL;

    for (unsigned i = 0; i < UNPAID && t->current != t->base && !(orphan = orphan_make(t)); i++)
        leave_unpaid(t);
    if (orphan)
        take_over(t, orphan);
    return orphan;
}

/*
 * Mail for ORPHAN may have gone to the thread in whose hands its visits were a moment ago, where it means
 * nothing any more: so what each request is about is looked at here.
 */
void orphan_look(struct thread *orphan)
{
    if (orphan->wait == WAIT_POOL) {
        entry_granted(orphan);
        /* one may have come free while neither waited */
        entry_pool_freed(orphan->call_gate->space, orphan->call_gate->pool);
    }
    /* the rounds of its end count the way of the old thread only */
    if (orphan->wait == WAIT_TRAVEL && orphan->travel == TRAVEL_GATE && orphan->call_gate->object.dying)
        wait_abort(orphan, L4_ERR_DEAD);
    pending_look(orphan);
    ipc_reply_check(orphan);
    /* who comes home to die takes a fault back that is not answered yet (ipc_abort.c) */
    if (orphan->wait == WAIT_NOTHING && frame_is_fault(orphan->current->frame))
        fault_send(orphan);
    if (wait_ends(orphan) && orphan->wait != WAIT_REPLY && orphan->wait != WAIT_DEFERRED)
        wait_abort(orphan, L4_ERR_OWNER_DIED);
    if (!orphan->ended)
        thread_check(orphan);
}
