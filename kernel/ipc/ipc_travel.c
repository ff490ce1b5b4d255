/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Travel: a thread goes to the CPU that may write what it wants to use. It is blocked meanwhile and in the
 * custody of that CPU, where everything is done to it that would be done to a thread that runs there; as soon
 * as it is ready it goes home. So no code below ever acts on an object of another CPU.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"

#define HOPS_MAX 8 /* after so many it starts over at home, so that two that chase each other part */

static void depart(struct thread *t, unsigned cpu, enum travel why)
{
    if (t->state == L4_THREAD_READY || t->leaving)
        sched_stop(t, L4_THREAD_BLOCKED);
    t->wait = WAIT_TRAVEL;
    t->wait_on = NULL;
    sched_leave(t, cpu, why);
}

void travel_gate(struct thread *t, unsigned cpu, struct gate *g, uint64_t badge)
{
    t->call_gate = g;
    t->call_badge = badge;
    depart(t, cpu, TRAVEL_GATE);
}

void travel_call(struct thread *t, unsigned cpu)
{
    if (++t->hops < HOPS_MAX) {
        depart(t, cpu, TRAVEL_CALL);
        return;
    }
    t->hops = 0;
    t->current->flags |= ACT_AGAIN;
    if (t->state != L4_THREAD_READY)
        sched_ready(t);
}

/* It has been dealt with here: unless it waits, it goes on. */
static void settle(struct thread *t)
{
    if (!t->ended && t->state == L4_THREAD_BLOCKED && t->wait == WAIT_NOTHING && !t->leaving)
        sched_ready(t);
}

void travel_arrive(struct thread *t)
{
    enum travel why = (enum travel)t->travel;

    /* what was done to it on the way, by the same custody, may have changed its mind */
    if (t->ended || t->leaving)
        return;
    t->travel = TRAVEL_NONE;
    switch (why) {
    case TRAVEL_NONE:
        return;
    case TRAVEL_HOME:
        if (t->state != L4_THREAD_READY)
            sched_ready(t);
        return;
    case TRAVEL_GATE:
        t->wait = WAIT_NOTHING;
        gate_send(t, t->call_gate, t->call_badge);
        break;
    case TRAVEL_CALL:
        t->wait = WAIT_NOTHING;
        ipc_decode(t);
        break;
    case TRAVEL_END:
        t->wait = WAIT_NOTHING;
        thread_destroy(t);
        break;
    }
    settle(t);
}
