/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is told, by mail, that a space or an entry gate dies: those inside and those that wait to enter. What
 * they do then is thread_check (ipc_abort.c). Called by the reaper, a bounded step at a time. Lock: that of
 * the space.
 */
#include "kernel/ipc/ipc.h"

#define STEP  4  /* threads that are told before something else has its turn */
#define LOOKS 64 /* indices looked at for visitors */

static void tell(struct thread *t)
{
    mail_post(&t->object.mail, thread_custody(t), MAIL_CHECK);
}

/*
 * Under the space's lock. True when one waits for an activation to enter G, or (NULL) any gate of POOL: those
 * told leave, and when they have the next are told.
 */
static bool tell_waiters(struct pool *pool, const struct gate *g)
{
    unsigned told = 0;

    for (struct heap_node *n = pool->waiters.top; n && told < STEP; n = heap_next(n)) {
        struct thread *t = CONTAINER_OF(n, struct thread, queue);

        if (g && t->call_gate != g)
            continue;
        tell(t);
        told++;
    }
    return told > 0;
}

bool space_tell_waiters(struct space *s)
{
    bool any = false;

    spin_lock(&s->lock);
    for (unsigned i = 0; i < L4_POOL_COUNT && !any; i++)
        any = tell_waiters(&s->pools[i], NULL);
    spin_unlock(&s->lock);
    return !any;
}

bool gate_tell_visitors(struct gate *g)
{
    struct space *s = g->space;

    spin_lock(&s->lock);
    for (unsigned i = 0; i < LOOKS && g->told < s->area.indices; i++) {
        const struct activation *a = space_activation(s, g->told++);

        if (a && a->via == g && a->thread)
            tell(a->thread);
    }
    spin_unlock(&s->lock);
    return g->told >= s->area.indices;
}

bool gate_tell_waiters(struct gate *g)
{
    struct space *s = g->space;
    bool waiters;

    spin_lock(&s->lock);
    waiters = tell_waiters(&s->pools[g->pool], g);
    spin_unlock(&s->lock);
    return !waiters && atomic_load_explicit(&g->inside, memory_order_acquire) == 0;
}
