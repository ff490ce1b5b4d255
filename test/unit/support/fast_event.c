// SPDX-License-Identifier: BSD-2-Clause
// Signal and wait of arch/x86_64/entry/fast_event.asm in C; see fast_twin.h.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <l4/abi/ops.h>

#include "fast_twin.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/smp/cpus.h"

// The event that HANDLE names with RIGHT, if it is one of this CPU and not to be kept away from.
static struct event *find(const struct activation *a, uint64_t handle, unsigned right)
{
    struct cap *c = (struct cap *)((char *)a->caps + ((uint32_t)handle & L4_SLOT_MASK));
    struct event *e;

    if (c->handle != handle || c->kind != L4_KIND_EVENT || !(c->rights & right))
        return NULL;
    e = CONTAINER_OF(cap_object(c), struct event, object);
    if (e->cpu != cpu_number())
        return NULL;
    assert_true(e->shape == event_shape(e) || e->shape == EVENT_SLOW);
    return e->shape == EVENT_SLOW ? NULL : e;
}

// What is not looked at of the thread that waits on E.
static void check_waiter(const struct event *e, const struct thread *t)
{
    assert_ptr_equal(e->waiters.prev, &t->receiver);
    assert_int_equal(t->state, L4_THREAD_BLOCKED);
    assert_int_equal(t->wait, WAIT_EVENT);
    assert_ptr_equal(t->wait_on, e);
    assert_int_equal(t->custody, cpu_number());
    assert_int_equal(t->current->frame, FRAME_OPEN);
}

static bool event_signal_fast(const struct activation *a, struct event *e, uint64_t bits)
{
    struct cpu_local *c = cpu_local();

    if (e->shape == EVENT_ONE) {
        struct thread *t = LIST_FIRST(&e->waiters, struct thread, receiver);

        check_waiter(e, t);
        if ((e->pending | bits) & t->wait_mask) {
            if (c->woken || a->thread != c->thread || t->priority > c->thread->priority ||
                (t->priority == c->thread->priority && c->timer_at > c->slice_end) || t->priority <= c->top)
                return false;
            assert_ptr_equal(c->thread->current, a);
            assert_int_equal(t->cpu, cpu_number());
            c->woken = &t->receiver;
            c->top_below = c->top;
            c->top = t->priority;
            fast_twin_counts.wakes++;
        }
    }
    e->pending |= bits;
    fast_twin_counts.signals++;
    return true;
}

static void link_waiter(struct event *e, struct thread *t)
{
    e->waiters.next = e->waiters.prev = &t->receiver;
    t->receiver.next = t->receiver.prev = &e->waiters;
    e->shape = EVENT_ONE;
}

static void unlink_waiter(struct event *e, struct thread *t)
{
    list_init(&e->waiters);
    list_init(&t->receiver);
    e->shape = EVENT_IDLE;
}

// T has waited on E for MASK since the caller ran last.
static bool may_switch(const struct activation *a, const struct event *e, const struct thread *t)
{
    const struct thread *caller = cpu_local()->thread;
    const struct activation *b = t->base;

    if (caller->base != a || caller->special || a->link != NULL_ACTIVATION || caller->priority > e->level ||
        caller->priority != t->priority || t->special || t->deadline.queued || b != t->current || b->link ||
        !b->kutcb || t->move_to != cpu_number())
        return false;
    return !b->space->stopped && space_on_cpu(b->space, cpu_number());
}

// The caller waits on E.
static void switch_from(struct activation *a, struct event *e, uint64_t mask)
{
    struct thread *t = cpu_local()->thread;

    assert_int_equal(t->state, L4_THREAD_READY);
    assert_int_equal(t->faults, 0);
    assert_non_null(t->home);
    assert_false(t->object.dying || e->object.dying);
    t->state = L4_THREAD_BLOCKED;
    t->wait = WAIT_EVENT;
    t->wait_on = e;
    t->wait_mask = mask;
    link_waiter(e, t);
    a->live = 0;
    a->link = NULL;
    a->full = 0;
    a->flags |= ACT_FORGOT;
}

// event_switch: T, which has waited, runs.
static void switch_to(struct thread *t)
{
    struct cpu_local *c = cpu_local();
    struct event *e = t->wait_on;
    struct activation *b = t->base;
    uint64_t bits = e->pending & t->wait_mask;

    check_waiter(e, t);
    assert_ptr_not_equal(t, c->thread);
    assert_int_not_equal(bits, 0);
    assert_int_equal(t->faults, 0);
    assert_false(t->object.dying || e->object.dying);
    assert_int_equal(b->cost == COST_UNUSABLE || !b->cached, 1);
    unlink_waiter(e, t);
    t->wait_on = NULL;
    t->state = L4_THREAD_READY;
    t->wait = WAIT_NOTHING;
    e->pending &= ~bits;
    c->woken = NULL;
    c->top = c->top_below;
    c->thread = c->vector_thread = t;
    c->switches++;
    b->link = NULL_ACTIVATION;
    b->depth = FAST_NESTED;
    b->live = b->utcb;
    b->cr3 = b->space->vs.root[cpu_number()].v;
    assert_int_not_equal(b->cr3, 0);
    assert_true(b->space->vs.cpus >> cpu_number() & 1); // it has run here before
    c->current = b;
}

static bool event_wait_fast(struct activation *a, struct event *e, uint64_t mask)
{
    struct thread *t;

    if (e->shape != EVENT_IDLE)
        return false;
    if (e->pending & mask) {
        e->pending &= ~mask;
        fast_twin_counts.takes++;
        return true;
    }
    if (!cpu_local()->woken)
        return false;
    t = CONTAINER_OF(cpu_local()->woken, struct thread, receiver);
    if (!may_switch(a, e, t))
        return false;
    switch_from(a, e, mask);
    switch_to(t);
    fast_twin_counts.switches++;
    return true;
}

bool fast_event_twin(uint64_t label, uint64_t handle, uint64_t bits)
{
    struct activation *a = cpu_local()->current;
    struct event *e = find(a, handle, label == L4_EVENT_SIGNAL ? L4_RIGHT_CALL : L4_RIGHT_WAIT);

    if (!e)
        return false;
    return label == L4_EVENT_SIGNAL ? event_signal_fast(a, e, bits) : event_wait_fast(a, e, bits);
}

bool fast_irq_twin(struct event *e, uint64_t bits)
{
    if (!event_can_interrupt(e, bits))
        return false;
    memset(cpu_local()->current->regs, 0, sizeof(cpu_local()->current->regs));
    switch_to(CONTAINER_OF(event_interrupt(e, bits), struct thread, receiver));
    fast_twin_counts.interrupts++;
    return true;
}
