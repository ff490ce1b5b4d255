/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reaper: the end of spaces and of entry gates, a bounded step at a time, on the CPU where it was asked
 * for. How far it is lies in the object; who asked only waits for the end, and if it is gone nothing changes.
 *
 * A space: mark, with the spaces it funds -> round -> its gates close, its threads end, everybody inside
 * leaves -> its events, memory and capabilities go -> round -> its memory is free. An entry gate: mark ->
 * round -> everybody inside leaves -> its memory is free.
 *
 * What waits for a round lies in the limbo (ipc_end.c); what waits for others to leave lies nowhere and is
 * told by mail.
 */
#include "kernel/sys/reaper.h"

#include "kernel/arch/address.h"
#include "kernel/base/assert.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"

#define BATCH 8 /* slots, activations, frames or the like that are buried or given back in one step */

static void reap(struct ending *e)
{
    if (list_empty(&e->list))
        list_add_tail(&cpu_local()->reaping, &e->list);
}

/*
 * Under no lock: true for the one who destroys O. Its work is done at the priority of the running thread,
 * which asks for it or causes it, but not below LEAST. Who sees that O dies sees where to: the mark comes
 * last. ALONE is set when it is not the space of O that dies.
 */
static bool claim(struct object *o, struct ending *e, unsigned least, bool *alone)
{
    const struct thread *t = cpu_local()->thread;
    bool mine;

    spin_lock(&bind_lock);
    mine = !o->dying;
    if (mine) {
        e->object = o;
        e->cpu = (uint8_t)cpu_number();
        e->priority = (uint8_t)(t && t->priority > least ? t->priority : least);
        if (alone)
            *alone = true;
    }
    o->dying = 1;
    spin_unlock(&bind_lock);
    return mine;
}

enum l4_error space_destroy(struct space *s)
{
    /* none of its threads, nor of those it funds, is better than its maximum: they do not hold up their end
     */
    if (!claim(&s->object, &s->ending, s->max_priority, NULL))
        return L4_ERR_DEAD;
    reap(&s->ending);
    return L4_OK;
}

enum l4_error gate_destroy(struct gate *g)
{
    if (!claim(&g->object, &g->ending, 0, &g->alone))
        return L4_ERR_DEAD;
    gate_end(g);
    if (g->mode == L4_GATE_ENTRY)
        reap(&g->ending);
    return L4_OK;
}

void gate_close(struct gate *g)
{
    if (claim(&g->object, &g->ending, 0, NULL))
        gate_end(g);
}

static void forget_refs(struct space *s)
{
    (void)gate_ref_set(&s->fault_gate[L4_GATE_PAGER], NULL, 0);
    (void)gate_ref_set(&s->fault_gate[L4_GATE_EXCEPTION], NULL, 0);
    event_supervise(NULL, s, 0);
}

/*
 * Nobody puts the marker in any more; who was to be told leaves or ends anyway. And nothing comes into
 * records any more: when those are empty, everybody inside is known. True when they are.
 */
static bool round_is_over(struct space *s)
{
    spin_lock(&s->lock);
    list_remove(&s->stop_marker);
    space_spill(s, UINT64_MAX);
    spin_unlock(&s->lock);
    return !space_armed(s, UINT64_MAX);
}

/* One step. False when S waits for something and will be resumed. */
static bool space_step(struct space *s)
{
    unsigned budget = BATCH;

    switch ((enum reap_phase)s->phase) {
    case REAP_MARK:
        if (!cap_bury(&s->object, &budget))
            return true;
        if (!object_died(&s->object))
            return true;
        s->phase++;
        limbo_return(&s->object); /* after it nobody makes anything new in S */
        return false;
    case REAP_ROUND:
        if (!round_is_over(s))
            return false;
        reap_next_phase(s);
        return true;
    case REAP_WAITERS:
        if (!space_tell_waiters(s))
            return false;
        reap_next_phase(s);
        return true;
    case REAP_CHILDREN:
    case REAP_GATES:
    case REAP_THREADS:
    case REAP_VISITORS:
    case REAP_CLOSED_GATES:
    case REAP_EVENTS:
    case REAP_FUNDED:
        return reap_list_step(s);
    case REAP_REFS:
        forget_refs(s);
        s->phase++;
        return true;
    case REAP_MEMORY:
        /* this CPU may still be on its tables */
        address_space_leave(s->vs.root[cpu_number()]);
        s->phase += space_fini_step(s, &budget);
        return true;
    case REAP_SETTLE:
        /* its frames wait for a round in which every CPU leaves its tables */
        (void)frame_reclaim(BATCH);
        if (space_settled(s)) {
            s->phase++;
            return true;
        }
        limbo_return(&s->object);
        return false;
    case REAP_FREE:
        limbo_add(&s->object);
        return false;
    }
    return false;
}

/* What rests is looked at after its round anyway: who has left meanwhile must not hasten it. */
void reaper_resume(struct object *o)
{
    if (o->resting)
        return;
    if (o->kind == L4_KIND_SPACE)
        reap(&CONTAINER_OF(o, struct space, object)->ending);
    else
        reap(&CONTAINER_OF(o, struct gate, object)->ending);
}

bool reaper_step(void)
{
    struct list *reaping = &cpu_local()->reaping;
    struct ending *e;
    bool more;

    if (list_empty(reaping))
        return false;
    e = LIST_FIRST(reaping, struct ending, list);
    list_remove(&e->list);
    if (e->object->kind == L4_KIND_SPACE)
        more = space_step(CONTAINER_OF(e->object, struct space, object));
    else
        more = gate_end_step(CONTAINER_OF(e->object, struct gate, object));
    /* to the tail: others get their turn */
    if (more)
        reap(e);
    return true;
}

int reaper_priority(void)
{
    if (list_empty(&cpu_local()->reaping))
        return -1;
    return LIST_FIRST(&cpu_local()->reaping, struct ending, list)->priority;
}
