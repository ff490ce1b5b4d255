/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Death. Whatever goes, everybody who waited for it gets an error, and nobody hangs. What is cut out of the
 * middle of a chain marks the activation above as broken: its reply goes on downwards as L4_ERR_DEAD.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/ipc.h"

/* Ends what T waits for without an answer, so that its chain can change. */
static void wait_forget(struct thread *t)
{
    if (t->wait != WAIT_NOTHING)
        wait_end(t);
}

/* A goes back to its pool, and to whoever waits for one of those. */
static void give_back(struct activation *a)
{
    struct pool *pool = &a->space->pools[a->pool];

    pool_return(a);
    entry_pool_freed(pool);
}

/* Takes A, which is not on top, out of T's chain. */
static void chain_cut(struct thread *t, struct activation *a)
{
    struct activation *above = t->current;

    while (above->link != a)
        above = above->link;
    above->link = a->link;
    above->flags |= ACT_BROKEN;
    if (above->pull == a)
        above->pull = NULL;
    if (frame_is_fault(a->frame))
        t->faults--;
    if (a == t->base) {
        t->base = NULL;
    } else {
        window_clean(a);
        a->space->visitors--;
        t->depth--;
        above->priority = a->priority;
    }
    give_back(a);
}

/* The visit of A ends; whoever called gets ERR. */
static void visit_end(struct activation *a, enum l4_error err)
{
    struct thread *t = a->thread;

    if (t->current != a) {
        chain_cut(t, a);
        return;
    }
    wait_forget(t);
    visit_abort(t, err);
}

void gate_destroy(struct gate *g)
{
    struct space *s = g->space;
    struct list *next;

    cap_bury(&g->object);
    object_died(&g->object);
    while (!list_empty(&g->refs))
        gate_ref_set(LIST_FIRST(&g->refs, struct gate_ref, in_gate), NULL, 0);
    while (g->callers.top)
        wait_abort(CONTAINER_OF(g->callers.top, struct thread, queue), L4_ERR_DEAD);
    while (!list_empty(&g->receivers))
        wait_abort(LIST_FIRST(&g->receivers, struct thread, receiver), L4_ERR_DEAD);
    while (!list_empty(&g->served))
        wait_abort(LIST_FIRST(&g->served, struct thread, receiver), L4_ERR_DEAD);
    entry_gate_gone(&s->pools[g->pool], g);
    for (struct list *l = s->active.next; l != &s->active; l = next) {
        struct activation *a = CONTAINER_OF(l, struct activation, in_space);

        next = l->next;
        if (a->via != g)
            continue;
        visit_end(a, L4_ERR_DEAD);
        next = s->active.next; /* ending a visit may have ended others */
    }
    gate_free(g);
}

/* Frees T, whose chain is empty. */
static void thread_release(struct thread *t)
{
    struct space *payer = t->payer;

    sched_no_deadline(t);
    if (t->state == L4_THREAD_READY || !list_empty(&t->ready))
        sched_stop(t, L4_THREAD_HALTED);
    if (cpu_local()->thread == t) {
        cpu_local()->thread = NULL;
        cpu_local()->current = NULL;
    }
    if (cpu_local()->vector_thread == t)
        cpu_local()->vector_thread = NULL;
    list_remove(&t->in_home);
    payer->thread_count--;
    thread_free(t);
    quota_refund(&payer->quota, thread_charge());
}

/* T, away from home, loses its owner. False when the space it is in cannot pay for it. */
static bool orphan(struct thread *t)
{
    struct space *host = t->current->space;

    if (host == t->payer || !quota_charge(&host->quota, thread_charge()))
        return false;
    quota_refund(&t->payer->quota, thread_charge());
    t->payer->thread_count--;
    t->payer = host;
    host->thread_count++;
    list_remove(&t->in_home);
    list_add_tail(&host->threads, &t->in_home);
    t->home = NULL;
    return true;
}

void chain_cut_space(struct thread *t, struct space *s)
{
    struct activation *a = t->current->link;

    while (a) {
        struct activation *below = a->link;

        if (a == t->base) {
            if (a->space == s)
                chain_cut(t, a);
            return; /* its link is a caller in hand, not part of the chain */
        }
        if (a->space == s)
            chain_cut(t, a);
        a = below;
    }
}

/* Frees T, which has no visits. */
static void thread_finish(struct thread *t)
{
    struct activation *a = t->base;

    wait_forget(t);
    t->base = NULL;
    t->current = NULL;
    if (a) {
        a->link = NULL;
        give_back(a);
    }
    thread_release(t);
}

void thread_destroy(struct thread *t)
{
    struct space *owner = t->payer;

    t->object.dying = 1; /* visit_abort leaves the end to this function */
    cap_bury(&t->object);
    object_died(&t->object);
    if (t->base)
        queue_drop_caller(t->base, L4_ERR_DEAD);
    /* a visit where the owner itself or nobody pays for it ends; the next one down hears L4_ERR_DEAD */
    while (t->current != t->base) {
        if (orphan(t)) {
            t->object.dying = 0;
            chain_cut_space(t, owner);
            if (t->wait != WAIT_NOTHING && t->wait != WAIT_REPLY && t->wait != WAIT_DEFERRED &&
                !t->shielded && !frame_is_fault(t->current->frame))
                wait_abort(t, L4_ERR_OWNER_DIED);
            return;
        }
        wait_forget(t);
        if (visit_leave(t) && t->current != t->base)
            frame_error(t, L4_ERR_DEAD);
    }
    thread_finish(t);
}

void space_evict(struct space *s)
{
    while (!list_empty(&s->active)) {
        struct activation *a = LIST_FIRST(&s->active, struct activation, in_space);

        ASSERT(a->thread && a->thread->base != a);
        visit_end(a, L4_ERR_DEAD);
    }
}
