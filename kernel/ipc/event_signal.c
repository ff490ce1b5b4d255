/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where bits go that are signalled: to the event, whose CPU gives them to its waiters (event.c); or, while
 * the event is bound to a thread, to that one, when it waits for callers at home. They stay in `incoming`
 * then until its CPU takes them. Lock: bind_lock, for the two pointers of a binding and for taking what is
 * bound. Bindings begin on the event's CPU only; they end there, or where the thread ends.
 *
 * No bit is slept over. A signal writes the bits first and reads whose they are then; who binds or unbinds
 * writes whose they are first and signals then. Of the two writes to `incoming` one comes later, and sees
 * what was written before the other. Mail for the thread comes after the bits, so a wait that began without
 * them is seen, wherever the thread is by then. Model: test/models/wake.pml.
 *
 * A receiver may be called by the fast path while such mail is on its way: it finds the bits at its next
 * wait, which is no fast one, since mail is a slow entry.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/ipc.h"

void event_signal(struct event *e, uint64_t bits)
{
    struct thread *t;

    /* acq_rel: see above; and whoever takes the bits sees what was written before */
    atomic_fetch_or_explicit(&e->incoming, bits, memory_order_acq_rel);
    t = event_bound(e);
    if (t)
        pending_tell(t);
    else if (e->cpu == cpu_number())
        event_take_in(e);
    else
        mail_post(&e->object.mail, e->cpu, MAIL_SIGNAL);
}

void event_timer_fired(struct heap_node *node)
{
    struct event *e = CONTAINER_OF(node, struct event, timer);

    event_signal(e, e->timer_bits);
}

void event_unbind_thread(struct thread *t)
{
    struct event *e;

    if (!t)
        return;
    spin_lock(&bind_lock);
    e = thread_event(t);
    if (e) {
        /* relaxed: who finds one of them a last time is seen out by the rounds of its end */
        atomic_store_explicit(&e->bound, NULL, memory_order_relaxed);
        atomic_store_explicit(&t->bound, NULL, memory_order_relaxed);
        event_signal(e, 0); /* nobody waits there */
    }
    spin_unlock(&bind_lock);
}

bool event_receive(struct thread *t)
{
    struct event *e = thread_event(t);
    uint64_t bits = 0;

    /* relaxed: a look, so that the lock is not for every wait; mail follows on what it misses */
    if (!e || !atomic_load_explicit(&e->incoming, memory_order_relaxed))
        return false;
    spin_lock(&bind_lock);
    if (thread_event(t) == e)
        /* acquire: pairs with event_signal */
        bits = atomic_exchange_explicit(&e->incoming, 0, memory_order_acquire);
    spin_unlock(&bind_lock);
    return pending_deliver(t->current, bits);
}
