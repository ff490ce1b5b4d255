/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events.
 */
#include "kernel/ipc/event.h"

#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mem/slab.h"

static struct slab_cache event_cache = SLAB_CACHE("event", (sizeof(struct event) + 63) / 64 * 64, 64);
static struct slab_cache death_cache = SLAB_CACHE("death binding", sizeof(struct death_binding), 16);

void (*event_unbind_interrupts)(struct event *e);

enum l4_error event_create(struct space *s, struct event **out)
{
    struct event *e;

    if (!quota_charge(&s->quota, sizeof(*e)))
        return L4_ERR_QUOTA;
    e = slab_alloc(&event_cache);
    if (!e) {
        quota_refund(&s->quota, sizeof(*e));
        return L4_ERR_QUOTA;
    }
    object_init(&e->object, L4_KIND_EVENT);
    e->space = s;
    list_init(&e->in_space);
    list_init(&e->waiters);
    list_init(&e->deaths);
    list_init(&e->interrupts);
    list_init(&e->supervised);
    list_add_tail(&s->events, &e->in_space);
    *out = e;
    return L4_OK;
}

static void death_unbind(struct death_binding *b)
{
    list_remove(&b->in_event);
    list_remove(&b->in_object);
    quota_refund(&b->event->space->quota, sizeof(*b));
    slab_free(&death_cache, b);
}

void event_unbind(struct event *e, enum l4_error err)
{
    event_set_timer(e, 0, L4_DEADLINE_NEVER);
    while (!list_empty(&e->deaths))
        death_unbind(LIST_FIRST(&e->deaths, struct death_binding, in_event));
    if (event_unbind_interrupts)
        event_unbind_interrupts(e);
    while (!list_empty(&e->waiters))
        wait_abort(LIST_FIRST(&e->waiters, struct thread, receiver), err);
}

void event_destroy(struct event *e)
{
    cap_bury(&e->object);
    event_unbind(e, L4_ERR_DEAD);
    while (!list_empty(&e->supervised)) {
        struct space *s = LIST_FIRST(&e->supervised, struct space, in_supervisor);

        list_remove(&s->in_supervisor);
        s->supervisor = NULL;
    }
    list_remove(&e->in_space);
    quota_refund(&e->space->quota, sizeof(*e));
    slab_free(&event_cache, e);
}

/* Gives pending bits of its mask to T. */
static void event_take(struct event *e, struct thread *t, uint64_t mask)
{
    uint64_t bits = e->pending & mask;

    e->pending &= ~bits;
    answer_kernel(t->current, L4_OK);
    *act_word(t->current, 0) = bits;
}

void event_signal(struct event *e, uint64_t bits)
{
    struct list *next;

    e->pending |= bits;
    for (struct list *l = e->waiters.next; l != &e->waiters && e->pending; l = next) {
        struct thread *t = CONTAINER_OF(l, struct thread, receiver);
        uint64_t mask = t->wait_mask;

        next = l->next;
        if (!(e->pending & mask))
            continue;
        wait_end(t);
        event_take(e, t, mask);
    }
}

void event_wait(struct thread *t, struct event *e, uint64_t mask)
{
    struct activation *a = t->current;

    if (mask == 0) {
        answer_kernel(a, L4_ERR_ARG);
        return;
    }
    if (e->pending & mask) {
        event_take(e, t, mask);
        return;
    }
    if (!wait_begin(t, WAIT_EVENT, e, call_deadline(a), a->regs[L4_REG_RAX] & L4_FLAG_SHIELD))
        return;
    t->wait_mask = mask;
    list_add_tail(&e->waiters, &t->receiver);
}

void event_set_timer(struct event *e, uint64_t bits, uint64_t ns)
{
    if (e->timer.queued)
        heap_remove(&cpu_local()->timers, &e->timer);
    e->timer_bits = bits;
    if (ns != L4_DEADLINE_NEVER)
        heap_insert(&cpu_local()->timers, &e->timer, ns);
}

void event_timer_fired(struct heap_node *node)
{
    struct event *e = CONTAINER_OF(node, struct event, timer);

    event_signal(e, e->timer_bits);
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
    list_add_tail(&e->deaths, &b->in_event);
    list_add_tail(&o->watchers, &b->in_object);
    return L4_OK;
}

void object_died(struct object *o)
{
    while (!list_empty(&o->watchers)) {
        struct death_binding *b = LIST_FIRST(&o->watchers, struct death_binding, in_object);
        struct event *e = b->event;
        uint64_t bits = b->bits;

        death_unbind(b);
        event_signal(e, bits);
    }
}

uint64_t event_count(void)
{
    return event_cache.in_use;
}
