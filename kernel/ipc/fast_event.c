/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fast paths of events (arch/x86_64/entry/fast_event.asm) leave to C. On their own CPU, interrupts
 * off.
 */
#include "kernel/arch/entry.h"
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/sched/sched.h"

void fast_settle_woken(void)
{
    struct cpu_local *c = cpu_local();
    struct thread *t;

    if (!c->woken)
        return;
    t = CONTAINER_OF(c->woken, struct thread, receiver);
    c->woken = NULL;
    event_take_in(t->wait_on);
}

/* True when T, which waits on an event of this CPU, may run as soon as it is woken. */
static bool may_run(const struct thread *t)
{
    const struct activation *a = t->base;

    return !t->special && !t->deadline.queued && t->current == a && !a->link && activation_utcb(a) &&
           t->move_to == cpu_number() && !a->space->stopped && space_on_cpu(a->space, cpu_number());
}

bool event_can_interrupt(const struct event *e, uint64_t bits)
{
    const struct cpu_local *c = cpu_local();
    const struct thread *t;

    if (e->cpu != cpu_number() || e->shape != EVENT_ONE)
        return false;
    t = LIST_FIRST(&e->waiters, struct thread, receiver);
    return ((e->pending | bits) & t->wait_mask) && t->priority > c->thread->priority && !c->woken &&
           c->current == c->thread->current && may_run(t);
}

struct list *event_interrupt(struct event *e, uint64_t bits)
{
    struct cpu_local *c = cpu_local();
    struct thread *t = c->thread;
    struct activation *a = c->current;

    a->full = 1;
    a->live = 0;
    a->flags &= (uint8_t)~ACT_FORGOT;
    if (a->link == NULL_ACTIVATION)
        a->link = NULL;
    user_state_save(t);
    c->top_below = t->priority;
    sched_push_aside();
    e->pending |= bits;
    return e->waiters.next;
}
