/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies in a space that dies is told, list by list. A part of the reaper: on the CPU where the space
 * dies.
 */
#include "kernel/base/assert.h"
#include "kernel/sys/reaper.h"

#define TELL_BATCH 2 /* objects that are sent mail in one step */

/*
 * Who is to be told of what is found in a list of a space: under its lock, because what has ended already
 * lies in it until its memory goes, which only that lock keeps. NULL: nobody. Who is told has not ended yet,
 * so it stays until this CPU's quiescent point, and the mail comes before the rounds of its end.
 */
static struct object *find_child(struct list *l)
{
    struct space *child = CONTAINER_OF(l, struct space, sibling);

    return child->object.dying ? NULL : &child->object;
}

static struct object *find_gate(struct list *l)
{
    struct gate *g = CONTAINER_OF(l, struct gate, in_space);

    return g->object.dying ? NULL : &g->object;
}

/* An entry gate that closed with its space; one that was destroyed before goes its own way. */
static struct object *find_closed_gate(struct list *l)
{
    struct gate *g = CONTAINER_OF(l, struct gate, in_space);

    return g->mode == L4_GATE_ENTRY && !g->alone ? &g->object : NULL;
}

static struct object *find_thread(struct list *l)
{
    struct thread *t = CONTAINER_OF(l, struct thread, in_home);

    return t->ended ? NULL : &t->object;
}

static struct object *find_visitor(struct list *l)
{
    struct thread *t = CONTAINER_OF(l, struct activation, in_space)->thread;

    return t ? &t->object : NULL;
}

static struct object *find_event(struct list *l)
{
    struct event *e = CONTAINER_OF(l, struct event, in_space);

    return e->object.dying ? NULL : &e->object;
}

static void tell_child(struct object *o)
{
    struct space *child = CONTAINER_OF(o, struct space, object);

    /* or somebody else destroys it already; whoever waits for the funder waits for it */
    if (space_destroy(child) == L4_OK)
        child->ending.priority = child->funder->ending.priority;
}

static void tell_gate(struct object *o)
{
    struct gate *g = CONTAINER_OF(o, struct gate, object);

    if (g->mode == L4_GATE_QUEUE && g->cpu != cpu_number())
        mail_post(&o->mail, g->cpu, MAIL_END);
    else
        gate_close(g);
}

static void tell_thread(struct object *o)
{
    mail_post(&o->mail, thread_custody(CONTAINER_OF(o, struct thread, object)), MAIL_END);
}

static void tell_visitor(struct object *o)
{
    mail_post(&o->mail, thread_custody(CONTAINER_OF(o, struct thread, object)), MAIL_CHECK);
}

static void tell_event(struct object *o)
{
    mail_post(&o->mail, CONTAINER_OF(o, struct event, object)->cpu, MAIL_END);
}

/* Each phase that goes through a list: which, what everybody is told, and whether all must have left. */
static const struct {
    size_t list;
    struct object *(*find)(struct list *l);
    void (*tell)(struct object *o);
    bool until_empty;
} phases[] = {
    [REAP_CHILDREN] = {offsetof(struct space, funded), find_child, tell_child, false},
    [REAP_GATES] = {offsetof(struct space, gates), find_gate, tell_gate, false},
    [REAP_THREADS] = {offsetof(struct space, threads), find_thread, tell_thread, true},
    [REAP_VISITORS] = {offsetof(struct space, active), find_visitor, tell_visitor, true},
    [REAP_CLOSED_GATES] = {offsetof(struct space, gates), find_closed_gate, limbo_add, true},
    [REAP_EVENTS] = {offsetof(struct space, events), find_event, tell_event, true},
    [REAP_FUNDED] = {offsetof(struct space, funded), NULL, NULL, true},
};

static struct spinlock *phase_lock(struct space *s)
{
    return s->phase == REAP_CHILDREN || s->phase == REAP_FUNDED ? &tree_lock : &s->lock;
}

static struct list *phase_list(struct space *s)
{
    return (struct list *)((char *)s + phases[s->phase].list);
}

/*
 * Tells the next one of the list; there is one while the marker is in it. Those that have been told stand
 * behind the marker, which joins at the tail when a phase begins.
 */
static void tell_next(struct space *s)
{
    struct list *head = phase_list(s);
    struct object *o = NULL;
    struct list *l;

    spin_lock(phase_lock(s));
    l = head->next;
    list_remove(l);
    if (l != &s->marker) {
        list_add_tail(head, l);
        o = phases[s->phase].find(l);
    }
    spin_unlock(phase_lock(s));
    if (o)
        phases[s->phase].tell(o);
}

void reap_next_phase(struct space *s)
{
    s->phase++;
    if (s->phase > REAP_FUNDED || !phases[s->phase].tell)
        return;
    spin_lock(phase_lock(s));
    list_add_tail(phase_list(s), &s->marker);
    spin_unlock(phase_lock(s));
}

bool reap_list_step(struct space *s)
{
    bool wait;

    for (unsigned i = 0; !list_empty(&s->marker) && i < TELL_BATCH; i++)
        tell_next(s);
    if (!list_empty(&s->marker))
        return true;
    spin_lock(phase_lock(s));
    wait = phases[s->phase].until_empty && !list_empty(phase_list(s));
    spin_unlock(phase_lock(s));
    if (!wait)
        reap_next_phase(s);
    return !wait;
}
