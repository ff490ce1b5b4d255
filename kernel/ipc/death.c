/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bindings of deaths: which events hear of the end of an object. Each is on the lists of both, and charged
 * to the space of its event. Lock: bind_lock.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mem/slab.h"

#define STEP 4 /* watchers told before something else has its turn */

static struct slab_cache death_cache = SLAB_CACHE("death binding", sizeof(struct death_binding), 16);

void death_unbind(struct death_binding *b)
{
    list_remove(&b->in_event);
    list_remove(&b->in_object);
    quota_refund(&b->event->space->quota, sizeof(*b));
    slab_free(&death_cache, b);
}

enum l4_error event_bind_death(struct event *e, uint64_t bits, struct object *o)
{
    struct death_binding *b;

    if (!quota_charge(&e->space->quota, sizeof(*b)))
        return L4_ERR_QUOTA;
    b = slab_alloc(&death_cache);
    if (!b) {
        quota_refund(&e->space->quota, sizeof(*b));
        return L4_ERR_QUOTA;
    }
    b->event = e;
    b->bits = bits;
    list_init(&b->in_event);
    list_init(&b->in_object);
    spin_lock(&bind_lock);
    if (o->dying || e->object.dying) {
        death_unbind(b);
        spin_unlock(&bind_lock);
        return L4_ERR_DEAD;
    }
    list_add_tail(&e->deaths, &b->in_event);
    list_add_tail(&o->watchers, &b->in_object);
    spin_unlock(&bind_lock);
    return L4_OK;
}

bool object_died(struct object *o)
{
    ASSERT(o->dying);
    for (unsigned i = 0; i < STEP; i++) {
        struct event *e = NULL;
        uint64_t bits = 0;

        spin_lock(&bind_lock);
        if (!list_empty(&o->watchers)) {
            struct death_binding *b = LIST_FIRST(&o->watchers, struct death_binding, in_object);

            e = b->event;
            bits = b->bits;
            death_unbind(b);
        }
        spin_unlock(&bind_lock);
        if (!e)
            return true;
        event_signal(e, bits);
    }
    return false;
}
