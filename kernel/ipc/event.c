/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events: made, waited for, bound to timer and deaths, unbound and ended. All of it on the event's own CPU,
 * but for bindings to deaths and supervised spaces, which bind_lock guards.
 */
#include "kernel/ipc/event.h"

#include "kernel/arch/entry.h"
#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mem/slab.h"

static struct slab_cache event_cache = SLAB_CACHE("event", (sizeof(struct event) + 63) / 64 * 64, 64);
static struct slab_cache death_cache = SLAB_CACHE("death binding", sizeof(struct death_binding), 16);

#define STEP 4 /* waiters, bindings or supervised spaces looked at before something else has its turn */

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
    e->cpu = (uint8_t)cpu_number();
    e->shape = EVENT_IDLE;
    list_init(&e->in_space);
    list_init(&e->waiters);
    list_init(&e->scan);
    list_init(&e->deaths);
    list_init(&e->interrupts);
    list_init(&e->supervised);
    space_link(s, &s->events, &e->in_space);
    *out = e;
    return L4_OK;
}

enum event_shape event_shape(const struct event *e)
{
    struct list *first = e->waiters.next;

    if (e->object.dying || event_bound(e) || !list_empty(&e->scan))
        return EVENT_SLOW;
    if (first == &e->waiters)
        return EVENT_IDLE;
    if (first->next == &e->waiters && CONTAINER_OF(first, struct thread, receiver)->cpu == e->cpu)
        return entry_can_switch() ? EVENT_ONE : EVENT_SLOW;
    return EVENT_SLOW;
}

/* Under bind_lock. */
static void death_unbind(struct death_binding *b)
{
    list_remove(&b->in_event);
    list_remove(&b->in_object);
    quota_refund(&b->event->space->quota, sizeof(*b));
    slab_free(&death_cache, b);
}

bool event_unbind(struct event *e, enum l4_error err)
{
    ASSERT(e->cpu == cpu_number());
    event_unbind_thread(event_bound(e));
    sched_no_event_timer(&e->timer);
    list_remove(&e->scan);
    spin_lock(&bind_lock);
    for (unsigned i = 0; i < STEP && !list_empty(&e->deaths); i++)
        death_unbind(LIST_FIRST(&e->deaths, struct death_binding, in_event));
    if (event_unbind_interrupts)
        event_unbind_interrupts(e);
    spin_unlock(&bind_lock);
    for (unsigned i = 0; i < STEP && !list_empty(&e->waiters); i++)
        wait_abort(LIST_FIRST(&e->waiters, struct thread, receiver), err);
    return list_empty(&e->waiters) && list_empty(&e->deaths);
}

/* Under bind_lock. */
static void supervise_no_more(struct space *s)
{
    list_remove(&s->in_supervisor);
    /* relaxed: who finds the event a last time is seen out by the rounds of its end */
    atomic_store_explicit(&s->supervisor, NULL, memory_order_relaxed);
}

void event_supervise(struct event *e, struct space *s, uint64_t bits)
{
    spin_lock(&bind_lock);
    supervise_no_more(s);
    if (e && !e->object.dying) {
        s->supervisor_bits = bits;
        list_add_tail(&e->supervised, &s->in_supervisor);
        /* release: who reads the event finds its bits */
        atomic_store_explicit(&s->supervisor, e, memory_order_release);
    }
    spin_unlock(&bind_lock);
}

struct event *event_supervisor(struct space *s)
{
    /* acquire: pairs with event_supervise */
    return atomic_load_explicit(&s->supervisor, memory_order_acquire);
}

void event_destroy(struct event *e)
{
    e->object.dying = 1;
    event_changed(e);
    sched_no_event_timer(&e->timer);
    limbo_add(&e->object);
}

bool event_wind(struct event *e)
{
    bool done = event_unbind(e, L4_ERR_DEAD);

    spin_lock(&bind_lock);
    for (unsigned i = 0; i < STEP && !list_empty(&e->supervised); i++)
        supervise_no_more(LIST_FIRST(&e->supervised, struct space, in_supervisor));
    done = done && list_empty(&e->supervised);
    spin_unlock(&bind_lock);
    return done;
}

void event_free(struct event *e)
{
    struct space *s = e->space;

    ASSERT(!event_bound(e) && list_empty(&e->deaths) && list_empty(&e->waiters) &&
           list_empty(&e->supervised) && list_empty(&e->interrupts));
    quota_refund(&s->quota, sizeof(*e));
    space_unlink(s, &s->events, &e->in_space);
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

/* The look goes on at L, a waiter or the end, once others had their turn. */
static void scan_later(struct event *e, struct list *l)
{
    list_add_tail(l, &e->scan);
    event_changed(e);
    mail_post(&e->object.mail, e->cpu, MAIL_SIGNAL);
}

/* Takes in what has been signalled; where the look for who wants it goes on. */
static struct list *scan_begin(struct event *e)
{
    /* acquire: pairs with event_signal */
    uint64_t bits = atomic_exchange_explicit(&e->incoming, 0, memory_order_acquire);
    struct list *from = e->waiters.next;

    e->pending |= bits;
    if (list_empty(&e->scan)) {
        e->rescan = false;
        return from;
    }
    e->rescan = e->rescan || bits;
    from = e->scan.next;
    list_remove(&e->scan);
    return from;
}

void event_take_in(struct event *e)
{
    struct list *l = e->object.dying || event_bound(e) ? &e->waiters : scan_begin(e);
    struct list *next;

    for (unsigned i = 0; l != &e->waiters && e->pending; l = next, i++) {
        struct thread *t = CONTAINER_OF(l, struct thread, receiver);
        uint64_t mask = t->wait_mask;

        if (i == STEP) {
            scan_later(e, l);
            return;
        }
        next = l->next;
        if (!(e->pending & mask))
            continue;
        wait_end(t);
        event_take(e, t, mask);
    }
    if (e->rescan && e->pending)
        scan_later(e, e->waiters.next);
    e->rescan = false;
    event_changed(e);
}

void event_level_raise(struct event *e, const struct thread *t)
{
    uint64_t at = e->timer.key;

    if (sched_level(t) <= e->level)
        return;
    e->level = (uint8_t)sched_level(t);
    if (e->timer.queued) {
        sched_no_event_timer(&e->timer);
        sched_event_timer(&e->timer, e->level, at);
    }
}

void event_wait(struct thread *t, struct event *e, uint64_t mask)
{
    struct activation *a = t->current;

    ASSERT(e->cpu == cpu_number());
    if (e->pending & mask) {
        event_take(e, t, mask);
        return;
    }
    if (!wait_begin(t, WAIT_EVENT, e, call_deadline(a), a->regs[L4_REG_RAX] & L4_FLAG_SHIELD))
        return;
    t->wait_mask = mask;
    event_level_raise(e, t);
    list_add_tail(&e->waiters, &t->receiver);
    event_changed(e);
}

void event_set_timer(struct event *e, const struct thread *by, uint64_t bits, uint64_t ns)
{
    sched_no_event_timer(&e->timer);
    event_level_raise(e, by);
    e->timer_bits = bits;
    if (ns != L4_DEADLINE_NEVER)
        sched_event_timer(&e->timer, e->level, ns);
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

uint64_t event_count(void)
{
    return event_cache.in_use;
}
