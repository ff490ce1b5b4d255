/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools of activations: what is dealt to gates and home threads. Lock: the space's; of an activation in use
 * only its place on the list of active ones. A space that dies deals none.
 */
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/slab.h"
#include "kernel/space/space_parts.h"

static struct slab_cache activation_cache = SLAB_CACHE("activation", sizeof(struct activation), 128);

struct activation *activation_alloc(struct space *s, uint64_t index)
{
    struct activation *a;

    if (!quota_charge(&s->quota, sizeof(struct activation)))
        return NULL;
    a = slab_alloc(&activation_cache);
    if (!a) {
        quota_refund(&s->quota, sizeof(struct activation));
        return NULL;
    }
    a->space = s;
    a->index = (uint32_t)index;
    a->caps = s->caps.hot;
    list_init(&a->in_space);
    list_init(&a->armed);
    return a;
}

void activation_release(struct activation *a)
{
    quota_refund(&a->space->quota, sizeof(struct activation));
    slab_free(&activation_cache, a);
}

static struct activation *pop(struct activation **list)
{
    struct activation *a = *list;

    if (a)
        *list = a->link;
    return a;
}

/* A free activation of POOL goes to T; NULL when there is none, or the space dies. Its lock is held. */
static struct activation *deal(struct space *s, unsigned pool, struct thread *t)
{
    struct pool *p = &s->pools[pool];
    struct activation *a = NULL;

    if (s->object.dying)
        return NULL;
    a = record_pop(s, pool);
    if (!a) {
        a = pop(p->resident ? &p->resident : &p->absent);
        if (!a)
            return NULL;
        p->in_use++;
    }
    a->thread = t;
    a->live = 0;
    a->link = NULL;
    a->partner = NULL;
    a->via = NULL;
    a->pull = NULL;
    a->frame = FRAME_OPEN;
    a->full = 0;
    a->mapped = 0;
    a->pending = 0;
    memset(a->regs, 0, sizeof(a->regs));
    list_add_tail(&s->active, &a->in_space);
    return a;
}

struct activation *pool_take(struct space *s, unsigned pool, struct thread *t)
{
    struct activation *a;

    spin_lock(&s->lock);
    a = deal(s, pool, t);
    spin_unlock(&s->lock);
    return a;
}

void pool_wait(struct space *s, unsigned pool, struct thread *t, uint64_t key, struct list *same)
{
    spin_lock(&s->lock);
    heap_insert(&s->pools[pool].waiters, &t->queue, key);
    list_add_tail(same, &t->receiver);
    /* as long as somebody waits nothing comes into records: see record_push */
    space_spill(s, UINT64_MAX);
    spin_unlock(&s->lock);
}

void pool_requeue(struct space *s, unsigned pool, struct thread *t, uint64_t key)
{
    spin_lock(&s->lock);
    if (t->queue.queued) {
        heap_remove(&s->pools[pool].waiters, &t->queue);
        heap_insert(&s->pools[pool].waiters, &t->queue, key);
    }
    spin_unlock(&s->lock);
}

bool pool_unwait(struct space *s, unsigned pool, struct thread *t)
{
    bool waited;

    spin_lock(&s->lock);
    waited = t->queue.queued;
    if (waited) {
        heap_remove(&s->pools[pool].waiters, &t->queue);
        list_remove(&t->receiver);
    }
    spin_unlock(&s->lock);
    if (waited && s->object.dying)
        space_tell_reaper(s);
    return waited;
}

struct thread *pool_grant(struct space *s, unsigned pool)
{
    struct pool *p = &s->pools[pool];
    struct activation *a = NULL;
    struct thread *t = NULL;

    spin_lock(&s->lock);
    if (p->waiters.top) {
        t = CONTAINER_OF(p->waiters.top, struct thread, queue);
        a = deal(s, pool, t);
    }
    if (a) {
        heap_remove(&p->waiters, &t->queue);
        list_remove(&t->receiver);
        t->granted = a;
    }
    spin_unlock(&s->lock);
    return a ? t : NULL;
}

struct activation *activation_make_unnumbered(struct space *s, struct thread *t)
{
    struct activation *a = activation_alloc(s, ACT_NO_INDEX);

    if (!a)
        return NULL;
    a->thread = t;
    space_link(s, &s->active, &a->in_space);
    return a;
}

/* A into the list of free ones where it belongs; the space's lock is held. */
void activation_put_free(struct space *s, struct activation *a)
{
    struct pool *p = &s->pools[a->pool];
    struct activation **list = a->flags & ACT_RETIRED ? &p->retired : a->kutcb ? &p->resident : &p->absent;

    ASSERT(p->in_use > 0);
    a->link = *list;
    *list = a;
    p->in_use--;
}

/* A free again; the space's lock is held. */
static void undeal(struct space *s, struct activation *a)
{
    bool visit = a->via != NULL;

    a->thread = NULL;
    a->via = NULL;
    a->frame = FRAME_OPEN;
    /* where a visitor was the next may come soon, and on the same CPU; threads come and go anywhere */
    if (!visit || !record_push(s, a))
        activation_put_free(s, a);
    a->flags = 0;
}

void activation_disown(struct activation *a)
{
    /* who walks the list of active ones under this lock finds a thread twice, or none */
    spin_lock(&a->space->lock);
    a->thread = NULL;
    spin_unlock(&a->space->lock);
}

void pool_return(struct activation *a)
{
    struct space *s = a->space;
    bool numbered = a->index != ACT_NO_INDEX;
    bool last;

    spin_lock(&s->lock);
    list_remove(&a->in_space);
    if (numbered)
        undeal(s, a);
    last = list_empty(&s->active);
    spin_unlock(&s->lock);
    /* before the space hears that it is empty */
    if (!numbered)
        activation_release(a);
    if (last && s->object.dying)
        space_tell_reaper(s);
}

bool activation_make_resident(struct activation *a)
{
    struct l4_utcb *utcb;

    if (a->kutcb)
        return true;
    if (a->index == ACT_NO_INDEX)
        return false;
    /* RAM in a page of its own size, which no other space's pager can take unnoticed */
    utcb = vspace_pin(&a->space->vs, a->utcb, &a->kutcb);
    if (!utcb)
        return false;
    /* another CPU may clear a->kutcb from now on; the page stays until this one has left the kernel */
    utcb->index = a->index;
    utcb->stack_top = a->sp0;
    utcb->stack_limit = a->stack_limit;
    return true;
}

bool space_free_activations_step(struct space *s, unsigned *budget)
{
    for (unsigned pool = 0; pool < L4_POOL_COUNT; pool++) {
        struct pool *p = &s->pools[pool];

        ASSERT(p->in_use == 0);
        while (p->resident || p->absent || p->retired) {
            struct activation *a;

            if (*budget == 0)
                return false;
            --*budget;
            a = pop(p->resident ? &p->resident : p->absent ? &p->absent : &p->retired);
            index_set(s, a->index, NULL);
            p->total--;
            s->activations--;
            counter_add(&space_totals.activations, UINT64_MAX);
            activation_release(a);
        }
    }
    return index_free_step(s, budget);
}
