/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A turn of the way back to user mode. At its beginning no pointer to an object is held: it is this CPU's
 * quiescent point. The unit tests of the whole core run the same turns.
 */
#include "kernel/sys/work.h"

#include "kernel/base/assert.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"
#include "kernel/sys/reaper.h"
#include "kernel/sys/recount.h"

#define RECLAIM_BATCH 8 /* frames */
#define MAIL_BATCH    2 /* pieces of mail before interrupts are let in */

/* A long operation goes on after interrupts had their chance; it holds no object pointer meanwhile. */
static void call_again(struct thread *t)
{
    t->current->flags &= (uint8_t)~ACT_AGAIN;
    cpu_local()->current = t->current;
    ipc_decode(t);
}

/* True when there is more to do before the kernel is left. */
static bool serve(void)
{
    uint64_t round = round_current();
    bool more;

    sched_flush_leaving();
    /* what was in the box when ROUND was the current one is done before ROUND is acknowledged */
    if (mail_take())
        cpu_local()->round_taken = round;
    more = !mail_drain(MAIL_BATCH);
    sched_flush_leaving();
    if (!more)
        round_acknowledge(cpu_local()->round_taken);
    if (limbo_run())
        more = true;
    if (windows_run())
        more = true;
    if (frame_retired() != ROUND_NONE)
        (void)frame_reclaim(RECLAIM_BATCH);
    if (round_waiters_run())
        more = true;
    /* a round is still to be acknowledged when the box was not emptied in this turn, because mail was left
     * from the one before, or when it has begun here since: nobody will interrupt this CPU for it again */
    return more || mail_waiting() || round_behind(round_current());
}

/* Tells the other CPUs whether somebody here waits for them. */
static bool waits_for_rounds(void)
{
    struct cpu_local *c = cpu_local();
    bool waits = c->limbo || !list_empty(&c->round_waiters);

    if (waits == c->waits)
        return false;
    c->waits = waits;
    if (waits)
        round_wait_begin();
    else
        round_wait_end();
    return waits;
}

/* The best priority that wants to run, -1 when nobody does. */
static int ready_priority(void)
{
    const struct thread *t = cpu_local()->thread;
    int running = t && t->state == L4_THREAD_READY ? t->priority : -1;
    int top = sched_top();

    return top > running ? top : running;
}

/*
 * What asks for more work lets interrupts in between. True when it goes before any thread; what only keeps
 * this CPU busy shares it with those who are ready and not worse than who asked for it.
 */
static bool work(void)
{
    struct cpu_local *c = cpu_local();
    int ready = ready_priority();
    bool more;

    recount_park();
    /* what a trap or mail has unmapped: nobody waits for it, but a CPU that computes would go on using it */
    round_start(map_flush_finish());
    if (reaper_priority() > c->busy_for)
        c->busy_for = reaper_priority();
    c->busy = serve();
    /* a round may have ended before they were told */
    more = waits_for_rounds();
    if (reaper_priority() >= ready)
        more |= reaper_step();
    /* mail alone has no priority: it must not inherit that of work which is done */
    if (reaper_priority() < 0 && !c->limbo && list_empty(&c->windows))
        c->busy_for = 0;
    return more || (c->busy && ready_priority() < c->busy_for);
}

/* Nothing has come up on this CPU that a turn would have to do. */
static bool no_work(void)
{
    const struct cpu_local *c = cpu_local();

    return !c->busy && !mail_waiting() && !c->limbo && !c->flush_mask && list_empty(&c->leaving) &&
           list_empty(&c->round_waiters) && list_empty(&c->reaping) && list_empty(&c->windows) &&
           !frame_retired_here();
}

/* T needs nothing before it runs: thread_prepare would find nothing to do. */
static bool is_prepared(const struct thread *t)
{
    const struct activation *a = t->current;

    if ((a->flags & (ACT_AGAIN | ACT_ASIDE | ACT_TRIED)) || a->pull || !activation_utcb(a) ||
        a->space->stopped)
        return false;
    return a != t->base || (!t->suspended && t->move_to == t->cpu && space_on_cpu(t->home, t->cpu));
}

struct thread *kernel_quick(void)
{
    struct thread *t = no_work() ? sched_pick() : NULL;

    return t && is_prepared(t) ? t : NULL;
}

struct thread *kernel_turn(enum turn *turn)
{
    struct cpu_local *c = cpu_local();
    struct thread *t;

    ASSERT(spin_none_held());
    *turn = TURN_MORE;
    if (work())
        return NULL;
    t = sched_pick();
    if (!t) {
        if (!c->busy)
            *turn = TURN_IDLE;
        return NULL;
    }
    /* A program whose switch faults cause more of them keeps the kernel at work without ever running: no
     * object pointer is held between turns, so interrupts come in and others get theirs. */
    if (!thread_prepare(t))
        return NULL;
    /* preparing may have readied a better one */
    if (t != sched_pick())
        return NULL;
    if (t->current->flags & ACT_AGAIN) {
        /* its last piece of work may have been a moment ago: interrupts come in before the next */
        if (c->rested == t)
            call_again(t);
        c->rested = c->rested == t ? NULL : t;
        return NULL;
    }
    *turn = TURN_RUN;
    return t;
}
