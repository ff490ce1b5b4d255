/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines of threads and timers of events of a CPU: a heap for each priority, so that what is due for a
 * better thread never waits behind what is due for many others. Only the own CPU touches them. An interrupt
 * fires a few; what is left over makes the timer fire again at once, unless the running thread is better.
 */
#include <l4/abi/layout.h>

#include "kernel/arch/timer.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/mem/frame.h"
#include "kernel/sched/sched.h"
#include "kernel/smp/cpus.h"

#define WAKE_BATCH  8      /* fired by one interrupt */
#define LEVEL_BATCH 4      /* of them of one level */
#define BUSY_NS     20000U /* for threads, between two turns of work that nobody must wait for */
#define LEVEL_MAX   (L4_PRIORITIES - 1)

_Static_assert(L4_PRIORITIES * sizeof(struct heap) <= PAGE_SIZE, "the heaps fit into one frame");

struct sched_callbacks sched_callbacks;

INIT void timers_init(void)
{
    paddr_t page;

    if (!frame_alloc_zeroed(&page))
        PANIC("no memory for timers");
    cpu_local()->timed = phys_window(page);
    cpu_local()->timer_at = TIMER_OFF;
}

static void insert(struct heap_node *n, unsigned level, uint64_t ns)
{
    ASSERT(!n->queued && level <= LEVEL_MAX);
    n->level = (uint8_t)level;
    heap_insert(&cpu_local()->timed[level], n, ns);
    cpu_local()->timed_bitmap[level / 64] |= UINT64_C(1) << (level % 64);
}

static void take(struct heap_node *n)
{
    unsigned level = n->level;

    heap_remove(&cpu_local()->timed[level], n);
    if (!cpu_local()->timed[level].top)
        cpu_local()->timed_bitmap[level / 64] &= ~(UINT64_C(1) << (level % 64));
}

unsigned sched_level(const struct thread *t)
{
    /* one that runs elsewhere does not wait for those who run here */
    return t->cpu == cpu_number() ? t->priority : LEVEL_MAX;
}

void sched_deadline(struct thread *t, uint64_t ns)
{
    insert(&t->deadline, sched_level(t), ns);
}

void sched_no_deadline(struct thread *t)
{
    if (t->deadline.queued)
        take(&t->deadline);
}

void sched_event_timer(struct heap_node *node, unsigned level, uint64_t ns)
{
    node->is_event = 1;
    insert(node, level, ns);
}

void sched_no_event_timer(struct heap_node *node)
{
    if (node->queued)
        take(node);
}

/* The best level below LIMIT with something in its heap, -1 when there is none. */
static int level_below(int limit)
{
    const uint64_t *bitmap = cpu_local()->timed_bitmap;

    for (int i = (limit + 63) / 64 - 1; i >= 0; i--) {
        uint64_t word = bitmap[i];

        if (limit - i * 64 < 64)
            word &= (UINT64_C(1) << (limit - i * 64)) - 1;
        if (word)
            return i * 64 + 63 - __builtin_clzll(word);
    }
    return -1;
}

static void fire(struct heap_node *n)
{
    take(n);
    if (n->is_event)
        sched_callbacks.event_timer(n);
    else
        sched_callbacks.thread_timeout(CONTAINER_OF(n, struct thread, deadline));
}

void sched_timer(void)
{
    struct cpu_local *c = cpu_local();
    uint64_t now = timer_now();
    unsigned fired = 0;

    c->timer_at = TIMER_OFF;
    c->shared = false;
    for (int level = level_below(L4_PRIORITIES); level >= 0 && fired < WAKE_BATCH;
         level = level_below(level)) {
        unsigned i = 0;

        for (; i < LEVEL_BATCH && c->timed[level].top && c->timed[level].top->key <= now; i++)
            fire(c->timed[level].top);
        fired += i;
    }
    c->need_pick = true;
}

void sched_arm(void)
{
    struct cpu_local *c = cpu_local();
    int floor = c->thread ? c->thread->priority : 0;
    uint64_t at = TIMER_OFF;

    for (int level = level_below(L4_PRIORITIES); level >= floor; level = level_below(level))
        if (c->timed[level].top->key < at)
            at = c->timed[level].top->key;
    /* a slice ends only where somebody waits for it, or did a moment ago and may again by a fast signal */
    if (c->thread && (c->shared || sched_top() >= (int)c->thread->priority) && c->slice_end < at)
        at = c->slice_end;
    if (c->busy && timer_now() + BUSY_NS < at)
        at = timer_now() + BUSY_NS;
    if (at == c->timer_at)
        return;
    c->timer_at = at;
    timer_arm(at);
}
