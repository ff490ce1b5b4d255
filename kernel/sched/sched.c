/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduler. The ready queue of a CPU is a page of 256 list heads and a bitmap with a bit for each priority
 * with a queued thread; only its own CPU touches either.
 */
#include "kernel/sched/sched.h"

#include <l4/abi/layout.h>

#include "kernel/arch/entry.h"
#include "kernel/arch/timer.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "kernel/mem/frame.h"

_Static_assert(L4_PRIORITIES * sizeof(struct list) == PAGE_SIZE, "the heads of a ready queue fill one frame");
_Static_assert(L4_PRIORITIES == 64 * ARRAY_SIZE(cpu_local()->ready_bitmap), "a bit for each priority");

INIT void sched_init(void)
{
    paddr_t page;

    if (!frame_alloc(&page))
        PANIC("no memory for a ready queue");
    cpu_local()->ready = phys_window(page);
    for (unsigned i = 0; i < L4_PRIORITIES; i++)
        list_init(&cpu_local()->ready[i]);
    timers_init();
    list_init(&cpu_local()->leaving);
    list_init(&cpu_local()->round_waiters);
    list_init(&cpu_local()->reaping);
    list_init(&cpu_local()->windows);
}

int sched_top(void)
{
    const uint64_t *bitmap = cpu_local()->ready_bitmap;

    for (int i = 3; i >= 0; i--)
        if (bitmap[i])
            return i * 64 + 63 - __builtin_clzll(bitmap[i]);
    return -1;
}

static void enqueue(struct thread *t, bool front)
{
    struct list *level = &cpu_local()->ready[t->priority];

    ASSERT(list_empty(&t->ready) && t->state == L4_THREAD_READY);
    if (front)
        list_add(level, &t->ready);
    else
        list_add_tail(level, &t->ready);
    cpu_local()->ready_bitmap[t->priority / 64] |= UINT64_C(1) << (t->priority % 64);
}

static void dequeue(struct thread *t)
{
    list_remove(&t->ready);
    if (list_empty(&cpu_local()->ready[t->priority]))
        cpu_local()->ready_bitmap[t->priority / 64] &= ~(UINT64_C(1) << (t->priority % 64));
}

/* T, on the list of those that leave, stays after all. */
static void stay(struct thread *t)
{
    list_remove(&t->ready);
    t->leaving = false;
    t->travel = TRAVEL_NONE;
}

void sched_leave(struct thread *t, unsigned cpu, enum travel why)
{
    ASSERT(t->state != L4_THREAD_READY && thread_is_mine(t));
    if (!t->leaving)
        list_add_tail(&cpu_local()->leaving, &t->ready);
    t->leaving = true;
    t->travel = (uint8_t)why;
    t->travel_to = (uint8_t)cpu;
}

void sched_flush_leaving(void)
{
    struct cpu_local *c = cpu_local();

    while (!list_empty(&c->leaving)) {
        struct thread *t = LIST_FIRST(&c->leaving, struct thread, ready);
        unsigned to = t->travel_to;

        list_remove(&t->ready);
        t->leaving = false;
        user_state_release(t);
        if (c->thread == t)
            c->thread = NULL;
        /* release: the next CPU to write it sees what this one wrote */
        atomic_store_explicit(&t->custody, (uint8_t)to, memory_order_release);
        mail_post(&t->object.mail, to, MAIL_TAKE);
    }
}

void sched_ready(struct thread *t)
{
    struct thread *running = cpu_local()->thread;

    ASSERT(t->state != L4_THREAD_READY && thread_is_mine(t));
    t->wait = WAIT_NOTHING;
    if (t->cpu != cpu_number()) {
        sched_leave(t, t->cpu, TRAVEL_HOME);
        return;
    }
    if (t->leaving)
        stay(t);
    /* it may be here before the mail that says so: that means nothing any more */
    t->travel = TRAVEL_NONE;
    t->state = L4_THREAD_READY;
    /* it stopped and was woken before the next pick: still the running one, on no queue */
    if (t != running)
        enqueue(t, false);
    if (!running || t->priority >= running->priority)
        cpu_local()->need_pick = true;
    if (running && t->priority == running->priority)
        cpu_local()->shared = true;
}

void sched_stop(struct thread *t, enum l4_thread_state state)
{
    ASSERT(state != L4_THREAD_READY);
    if (t->leaving)
        stay(t);
    else if (!list_empty(&t->ready))
        dequeue(t);
    t->state = (uint8_t)state;
    if (t == cpu_local()->thread)
        cpu_local()->need_pick = true;
}

void sched_go_on(struct thread *t)
{
    t->stopped = false;
    if (t->state == L4_THREAD_SUSPENDED)
        sched_ready(t);
}

void sched_yield(void)
{
    cpu_local()->slice_end = 0;
    cpu_local()->need_pick = true;
}

void sched_switch_to(struct thread *next)
{
    struct cpu_local *c = cpu_local();

    ASSERT(next->cpu == cpu_number() && !next->leaving);
    ASSERT(next->state != L4_THREAD_READY && (!c->thread || c->thread->state != L4_THREAD_READY));
    next->state = L4_THREAD_READY;
    next->wait = WAIT_NOTHING;
    c->thread = next;
    c->switches++;
    c->need_pick = sched_top() > next->priority;
}

void sched_set_priority(struct thread *t, uint8_t priority)
{
    bool queued = !list_empty(&t->ready) && !t->leaving;

    if (queued)
        dequeue(t);
    t->priority = priority;
    if (queued)
        enqueue(t, false);
    if (t->deadline.queued) {
        uint64_t at = t->deadline.key;

        sched_no_deadline(t);
        sched_deadline(t, at);
    }
    cpu_local()->need_pick = true;
}

/*
 * The running thread, still ready, goes into the queue: pushed aside it goes on first, with what is left of
 * its slice (a new one each time would starve its equals); with its slice used up it goes last.
 */
static void put_back(struct thread *t, int top)
{
    uint64_t now = timer_now();
    uint64_t end = cpu_local()->slice_end;
    bool aside = top > t->priority && now < end;

    t->slice_left = aside ? end - now : 0;
    enqueue(t, aside);
}

static void begin_slice(struct thread *t)
{
    cpu_local()->slice_end = timer_now() + (t->slice_left ? t->slice_left : SLICE_NS);
    t->slice_left = 0;
}

void sched_push_aside(void)
{
    struct cpu_local *c = cpu_local();
    struct thread *t = c->thread;
    uint64_t now = timer_now();

    t->slice_left = c->slice_end > now ? c->slice_end - now : 0;
    enqueue(t, t->slice_left);
    c->slice_end = now + SLICE_NS;
}

/* The running thread, still ready, against the queue. */
static bool keep_running(struct thread *t, int top)
{
    if (top > t->priority)
        return false;
    return top < t->priority || timer_now() < cpu_local()->slice_end;
}

struct thread *sched_pick(void)
{
    struct cpu_local *c = cpu_local();
    struct thread *t = c->thread;
    bool ready = t && t->state == L4_THREAD_READY;
    int top;

    if (ready && !c->need_pick)
        return t;
    c->need_pick = false;
    top = sched_top();
    if (ready && keep_running(t, top))
        return t;
    if (ready)
        put_back(t, top);
    c->thread = NULL;
    if (top < 0 && !ready)
        return NULL;
    t = LIST_FIRST(&c->ready[sched_top()], struct thread, ready);
    dequeue(t);
    c->thread = t;
    c->switches++;
    begin_slice(t);
    return t;
}
