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
    entry_gate_gone(&s->pools[g->pool], g);
    for (struct list *l = s->active.next; l != &s->active; l = next) {
        struct activation *a = CONTAINER_OF(l, struct activation, in_space);

        next = l->next;
        if (a->via != g)
            continue;
        if (a->thread->base == a) {
            a->via = NULL; /* a receiver that was about to wait here again */
            answer_kernel(a, L4_ERR_DEAD);
            continue;
        }
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

/* Takes all activations of T that lie in space S, except one on top, out of its chain. */
static void chain_cut_space(struct thread *t, struct space *s)
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

/* The visits on top of T that lie in the space that pays for it end; those below hear L4_ERR_DEAD. */
static void leave_payer(struct thread *t)
{
    while (t->current && t->current != t->base && t->current->space == t->payer) {
        wait_forget(t);
        if (visit_leave(t) && t->current != t->base)
            frame_error(t, L4_ERR_DEAD);
    }
}

/* Unwinds what is left of T's chain and frees it. */
static void thread_finish(struct thread *t)
{
    wait_forget(t);
    while (t->current) {
        struct activation *a = t->current;

        if (a != t->base) {
            (void)visit_leave(t);
            continue;
        }
        t->base = NULL;
        t->current = NULL;
        a->link = NULL;
        give_back(a);
    }
    thread_release(t);
}

void thread_destroy(struct thread *t)
{
    struct space *owner = t->payer;

    cap_bury(&t->object);
    object_died(&t->object);
    if (t->base)
        queue_drop_caller(t->base, L4_ERR_DEAD);
    leave_payer(t);
    if (!t->current || t->current == t->base || !orphan(t)) {
        thread_finish(t);
        return;
    }
    chain_cut_space(t, owner);
    if (t->wait != WAIT_NOTHING && t->wait != WAIT_REPLY && !t->shielded &&
        !frame_is_fault(t->current->frame))
        wait_abort(t, L4_ERR_OWNER_DIED);
}

void space_evict(struct space *s)
{
    while (!list_empty(&s->active)) {
        struct activation *a = LIST_FIRST(&s->active, struct activation, in_space);

        ASSERT(a->thread && a->thread->base != a);
        visit_end(a, L4_ERR_DEAD);
    }
}
