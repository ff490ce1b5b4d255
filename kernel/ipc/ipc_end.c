/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends: memory of destroyed objects, and the threads that wait for rounds and ends. An object that nobody can
 * find any more lies in the limbo of the CPU in whose custody it was for three rounds: after the first nobody
 * uses a pointer found before; after the second mail that such a use has sent, for it or for a thread that
 * travels to it, lies in no other CPU's box; after the third not in the own one either. Model:
 * test/models/mail.pml. One lock, bind_lock, for who waits for the end of what.
 */
#include "kernel/base/assert.h"
#include "kernel/base/counter.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"

#define LIMBO_ROUNDS 3
#define BURY_BATCH   64 /* brackets */
#define LIMBO_BATCH  2  /* objects freed before the kernel looks at something else */

struct spinlock bind_lock = SPINLOCK_INIT(RANK_BIND);

void end_wait(struct thread *t, struct object *o)
{
    if (t->ended)
        return;
    sched_stop(t, L4_THREAD_BLOCKED);
    t->wait = WAIT_GONE;
    t->wait_on = NULL;
    spin_lock(&bind_lock);
    t->ends = o;
    o->ender = t;
    spin_unlock(&bind_lock);
}

void end_wait_forget(struct thread *t)
{
    spin_lock(&bind_lock);
    if (t->ends)
        t->ends->ender = NULL;
    t->ends = NULL;
    spin_unlock(&bind_lock);
}

void end_tell(struct object *o)
{
    struct thread *t;

    spin_lock(&bind_lock);
    t = o->ender;
    o->ender = NULL;
    if (t)
        t->ends = NULL;
    spin_unlock(&bind_lock);
    if (t)
        mail_post(&t->object.mail, thread_custody(t), MAIL_GONE);
}

void end_arrived(struct thread *t)
{
    /* forgotten, or waiting for something else by now */
    if (t->wait == WAIT_GONE && !t->ends)
        wait_end(t);
}

static void object_free(struct object *o)
{
    switch ((enum l4_kind)o->kind) {
    case L4_KIND_THREAD:
        thread_gone(CONTAINER_OF(o, struct thread, object));
        break;
    case L4_KIND_GATE:
        gate_free(CONTAINER_OF(o, struct gate, object));
        break;
    case L4_KIND_EVENT:
        event_free(CONTAINER_OF(o, struct event, object));
        break;
    case L4_KIND_SPACE:
        space_free(CONTAINER_OF(o, struct space, object));
        break;
    default:
        ASSERT(o->kind == L4_KIND_NONE);
        break;
    }
}

static counter_t limbo_objects; /* of all CPUs */

bool limbo_holds_memory(void)
{
    return counter_get(&limbo_objects) != 0 || frame_retired() != ROUND_NONE;
}

static void limbo_append(struct object *o)
{
    struct cpu_local *c = cpu_local();

    ASSERT(!o->resting);
    o->resting = 1;
    o->limbo = NULL;
    if (c->limbo)
        c->limbo_last->limbo = o;
    else
        c->limbo = o;
    c->limbo_last = o;
    o->round = round_next();
}

void limbo_add(struct object *o)
{
    ASSERT(o->dying && o->stage == 0);
    counter_add(&limbo_objects, 1);
    limbo_append(o);
}

void limbo_return(struct object *o)
{
    o->returns = 1;
    limbo_append(o);
}

/* A step of the end of O, which nobody finds any more but who has found it already. True when all is done. */
static bool object_wind(struct object *o)
{
    unsigned budget = BURY_BATCH;

    if (!cap_bury(o, &budget) || !object_died(o))
        return false;
    if (o->kind == L4_KIND_GATE)
        return gate_wind(CONTAINER_OF(o, struct gate, object));
    return o->kind != L4_KIND_EVENT || event_wind(CONTAINER_OF(o, struct event, object));
}

/* The first one, O, rests no more. */
static void limbo_take(struct object *o)
{
    cpu_local()->limbo = o->limbo;
    o->resting = 0;
}

bool limbo_run(void)
{
    struct cpu_local *c = cpu_local();

    for (unsigned i = 0; c->limbo && i < LIMBO_BATCH; i++) {
        struct object *o = c->limbo;

        if (!o->returns && o->stage == 0) {
            if (!object_wind(o))
                return true;
            o->stage = 1;
            limbo_take(o);
            limbo_append(o);
            continue;
        }
        round_start(o->round);
        if (!round_done(o->round))
            return round_behind(o->round);
        limbo_take(o);
        if (o->returns) {
            o->returns = 0;
            reaper_resume(o);
            continue;
        }
        if (!round_alone() && ++o->stage <= LIMBO_ROUNDS) {
            limbo_append(o);
            continue;
        }
        /* with one CPU no round waits for mail that was left for later */
        if (mail_is_queued(&o->mail)) {
            limbo_append(o);
            continue;
        }
        end_tell(o);
        object_free(o);
        counter_add(&limbo_objects, UINT64_MAX);
    }
    return c->limbo != NULL;
}

void round_wait(struct thread *t, uint64_t number)
{
    sched_stop(t, L4_THREAD_BLOCKED);
    t->wait = WAIT_ROUND;
    t->wait_on = NULL;
    t->round = number;
    round_start(number);
    list_add_tail(&cpu_local()->round_waiters, &t->receiver);
}

void round_retry(struct thread *t)
{
    t->current->frame = FRAME_OPEN;
    t->current->flags |= ACT_AGAIN;
    round_wait(t, round_current());
}

bool round_waiters_run(void)
{
    struct list *waiters = &cpu_local()->round_waiters;

    for (unsigned i = 0; !list_empty(waiters); i++) {
        struct thread *t = LIST_FIRST(waiters, struct thread, receiver);

        if (i == LIMBO_BATCH)
            return true;
        if (!round_done(t->round))
            return round_behind(t->round);
        wait_end(t);
    }
    return false;
}
