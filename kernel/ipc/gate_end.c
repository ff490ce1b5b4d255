/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of gates, in steps: who waits at a queue gate hears of it on the gate's CPU, who is inside an entry
 * gate or waits to be is sent mail. Progress lies in the gate. Callers: the reaper, and the limbo
 * (ipc_end.c). Lock: the space's, for those who wait for its activations.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/ipc/ipc.h"

#define STEP  4  /* threads that hear of an end before something else has its turn */
#define LOOKS 64 /* indices looked at for visitors */
#define BURY  16 /* brackets */

void gate_end(struct gate *g)
{
    ASSERT(g->object.dying);
    if (g->mode == L4_GATE_ENTRY)
        return;
    ASSERT(g->cpu == cpu_number());
    queue_arm(g);
    limbo_add(&g->object);
}

bool gate_wind(struct gate *g)
{
    /* who finds G by one of these sees that it dies; the rounds come when the last is cleared */
    if (!gate_refs_clear(g))
        return false;
    for (unsigned i = 0; i < STEP; i++) {
        struct thread *t = NULL;

        if (g->callers.top)
            t = CONTAINER_OF(g->callers.top, struct thread, queue);
        else if (!list_empty(&g->receivers))
            t = LIST_FIRST(&g->receivers, struct thread, receiver);
        else if (!list_empty(&g->served))
            t = LIST_FIRST(&g->served, struct thread, receiver);
        if (!t)
            return true;
        wait_abort(t, L4_ERR_DEAD);
    }
    return false;
}

static void tell(struct thread *t)
{
    mail_post(&t->object.mail, thread_custody(t), MAIL_CHECK);
}

/* Under the space's lock. True when one waits for an activation of POOL: those told leave, and when they have
 * the next are told. */
static bool tell_waiters(struct pool *pool)
{
    unsigned told = 0;

    for (struct heap_node *n = pool->waiters.top; n && told < STEP; n = heap_next(n), told++)
        tell(CONTAINER_OF(n, struct thread, queue));
    return told > 0;
}

bool space_tell_waiters(struct space *s)
{
    bool any = false;

    spin_lock(&s->lock);
    for (unsigned i = 0; i < L4_POOL_COUNT && !any; i++)
        any = tell_waiters(&s->pools[i]);
    spin_unlock(&s->lock);
    return !any;
}

/* Posts to some of those inside entry gate G. True when all have been told. */
static bool tell_visitors(struct gate *g)
{
    struct space *s = g->space;

    /* acquire: pairs with gate_leave. Nobody has come in since the round, so who is not counted is not there
     */
    if (atomic_load_explicit(&g->inside, memory_order_acquire) == 0)
        return true;
    spin_lock(&s->lock);
    for (unsigned i = 0; i < LOOKS && g->told < s->area.indices; i++) {
        const struct activation *a = space_activation(s, g->told++);

        if (a && a->via == g && a->thread)
            tell(a->thread);
    }
    spin_unlock(&s->lock);
    return g->told >= s->area.indices;
}

/* Posts to some of those who wait to enter G; those who leave post back. True when nobody is left. */
static bool nobody_left(struct gate *g)
{
    struct space *s = g->space;
    unsigned told = 0;

    spin_lock(&s->lock);
    for (struct list *l = g->served.next; l != &g->served && told < STEP; l = l->next, told++)
        tell(CONTAINER_OF(l, struct thread, receiver));
    spin_unlock(&s->lock);
    /* acquire: pairs with gate_leave */
    return told == 0 && atomic_load_explicit(&g->inside, memory_order_acquire) == 0;
}

bool gate_end_step(struct gate *g)
{
    unsigned budget = BURY;

    if (g->gone)
        return false;
    if (!g->buried) {
        /* no capability leads a fast call in any more; then the round, and everybody inside is known */
        if (!cap_bury(&g->object, &budget))
            return true;
        g->buried = true;
        limbo_return(&g->object);
        return false;
    }
    if (!tell_visitors(g))
        return true;
    g->gone = nobody_left(g);
    if (g->gone)
        limbo_add(&g->object);
    return false;
}
