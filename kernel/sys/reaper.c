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

#define BATCH      8 /* slots, activations, frames or the like that are buried or given back in one step */
#define TELL_BATCH 2 /* objects that are sent mail in one step */

static void reap(struct ending *e)
{
    if (list_empty(&e->list))
        list_add_tail(&cpu_local()->reaping, &e->list);
}

/*
 * Under no lock: true for the one who destroys O. Its work is done at the priority of the running thread,
 * which asks for it or causes it. Who sees that O dies sees where to: the mark comes last. ALONE is set when
 * it is not the space of O that dies.
 */
static bool claim(struct object *o, struct ending *e, bool *alone)
{
    const struct thread *t = cpu_local()->thread;
    bool mine;

    spin_lock(&bind_lock);
    mine = !o->dying;
    if (mine) {
        e->object = o;
        e->cpu = (uint8_t)cpu_number();
        e->priority = t ? t->priority : 0;
        if (alone)
            *alone = true;
    }
    o->dying = 1;
    spin_unlock(&bind_lock);
    return mine;
}

enum l4_error space_destroy(struct space *s)
{
    if (!claim(&s->object, &s->ending, NULL))
        return L4_ERR_DEAD;
    reap(&s->ending);
    return L4_OK;
}

enum l4_error gate_destroy(struct gate *g)
{
    if (!claim(&g->object, &g->ending, &g->alone))
        return L4_ERR_DEAD;
    gate_end(g);
    if (g->mode == L4_GATE_ENTRY)
        limbo_return(&g->object);
    return L4_OK;
}

/*
 * The next object of HEAD that has not been told yet, NULL when all have. Those that have been stand behind
 * the marker, which joins at the tail when a phase begins.
 */
static struct list *next_untold(struct space *s, struct list *head, struct spinlock *lock)
{
    struct list *l;

    spin_lock(lock);
    l = head->next;
    list_remove(l);
    if (l != &s->marker)
        list_add_tail(head, l);
    spin_unlock(lock);
    return l == &s->marker ? NULL : l;
}

static void tell_child(struct list *l)
{
    struct space *child = CONTAINER_OF(l, struct space, sibling);

    /* or somebody else destroys it already; whoever waits for the funder waits for it */
    if (space_destroy(child) == L4_OK)
        child->ending.priority = child->funder->ending.priority;
}

static void tell_gate(struct list *l)
{
    struct gate *g = CONTAINER_OF(l, struct gate, in_space);

    if (g->mode == L4_GATE_QUEUE && g->cpu != cpu_number())
        mail_post(&g->object.mail, g->cpu, MAIL_END);
    else if (claim(&g->object, &g->ending, NULL))
        gate_end(g);
}

/* An entry gate that closed with its space; one that was destroyed before goes its own way. */
static void tell_closed_gate(struct list *l)
{
    struct gate *g = CONTAINER_OF(l, struct gate, in_space);

    if (g->mode == L4_GATE_ENTRY && !g->alone)
        limbo_add(&g->object);
}

static void tell_thread(struct list *l)
{
    struct thread *t = CONTAINER_OF(l, struct thread, in_home);

    mail_post(&t->object.mail, thread_custody(t), MAIL_END);
}

static void tell_visitor(struct list *l)
{
    struct thread *t = CONTAINER_OF(l, struct activation, in_space)->thread;

    if (t)
        mail_post(&t->object.mail, thread_custody(t), MAIL_CHECK);
}

static void tell_event(struct list *l)
{
    struct event *e = CONTAINER_OF(l, struct event, in_space);

    mail_post(&e->object.mail, e->cpu, MAIL_END);
}

/* Each phase that goes through a list: which, what everybody is told, and whether all must have left. */
static const struct {
    size_t list;
    void (*tell)(struct list *l);
    bool until_empty;
} phases[] = {
    [REAP_CHILDREN] = {offsetof(struct space, funded), tell_child, false},
    [REAP_GATES] = {offsetof(struct space, gates), tell_gate, false},
    [REAP_THREADS] = {offsetof(struct space, threads), tell_thread, true},
    [REAP_VISITORS] = {offsetof(struct space, active), tell_visitor, true},
    [REAP_CLOSED_GATES] = {offsetof(struct space, gates), tell_closed_gate, true},
    [REAP_EVENTS] = {offsetof(struct space, events), tell_event, true},
    [REAP_FUNDED] = {offsetof(struct space, funded), NULL, true},
};

static struct spinlock *phase_lock(struct space *s)
{
    return s->phase == REAP_CHILDREN || s->phase == REAP_FUNDED ? &tree_lock : &s->lock;
}

static struct list *phase_list(struct space *s)
{
    return (struct list *)((char *)s + phases[s->phase].list);
}

/* The next phase; one that goes through a list begins. */
static void next_phase(struct space *s)
{
    s->phase++;
    if (s->phase > REAP_FUNDED || !phases[s->phase].tell)
        return;
    spin_lock(phase_lock(s));
    list_add_tail(phase_list(s), &s->marker);
    spin_unlock(phase_lock(s));
}

/* One step of a phase that goes through a list. False when it goes on once somebody has left. */
static bool list_step(struct space *s)
{
    bool wait;

    for (unsigned i = 0; !list_empty(&s->marker) && i < TELL_BATCH; i++) {
        struct list *l = next_untold(s, phase_list(s), phase_lock(s));

        if (l)
            phases[s->phase].tell(l);
    }
    if (!list_empty(&s->marker))
        return true;
    spin_lock(phase_lock(s));
    wait = phases[s->phase].until_empty && !list_empty(phase_list(s));
    spin_unlock(phase_lock(s));
    if (!wait)
        next_phase(s);
    return !wait;
}

static void forget_refs(struct space *s)
{
    (void)gate_ref_set(&s->fault_gate[L4_GATE_PAGER], NULL, 0);
    (void)gate_ref_set(&s->fault_gate[L4_GATE_EXCEPTION], NULL, 0);
    event_supervise(NULL, s, 0);
}

/* One step. False when S waits for something and will be resumed. */
static bool space_step(struct space *s)
{
    unsigned budget = BATCH;

    switch ((enum reap_phase)s->phase) {
    case REAP_MARK:
        if (!cap_bury(&s->object, &budget) || !object_died(&s->object))
            return true;
        s->phase++;
        limbo_return(&s->object); /* after it nobody makes anything new in S */
        return false;
    case REAP_ROUND:
        next_phase(s);
        return true;
    case REAP_WAITERS:
        if (!space_tell_waiters(s))
            return false;
        next_phase(s);
        return true;
    case REAP_CHILDREN:
    case REAP_GATES:
    case REAP_THREADS:
    case REAP_VISITORS:
    case REAP_CLOSED_GATES:
    case REAP_EVENTS:
    case REAP_FUNDED:
        return list_step(s);
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

/* One step of an entry gate's end, after the round. False when somebody is inside still. */
static bool gate_step(struct gate *g)
{
    if (g->gone)
        return false;
    if (!gate_tell_visitors(g))
        return true;
    g->gone = gate_tell_waiters(g);
    if (g->gone)
        limbo_add(&g->object);
    return false;
}

/* What rests is looked at after its round anyway: who has left meanwhile must not hasten it. */
void reaper_resume(struct object *o)
{
    if (o->resting)
        return;
    reap(o->kind == L4_KIND_SPACE ? &CONTAINER_OF(o, struct space, object)->ending
                                  : &CONTAINER_OF(o, struct gate, object)->ending);
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
    more = e->object->kind == L4_KIND_SPACE ? space_step(CONTAINER_OF(e->object, struct space, object))
                                            : gate_step(CONTAINER_OF(e->object, struct gate, object));
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
