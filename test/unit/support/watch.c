// SPDX-License-Identifier: BSD-2-Clause
// See watch.h.
#include "watch.h"

#include <stdbool.h>

#include <l4/abi/tag.h>

#include "kernel/arch/smp.h"
#include "kernel/ipc/event.h"
#include "kernel/space/space.h"

#define SEEN_MAX 4096

struct watch watch;

// T or a visit of it waits until what it hands on, with memory words, is taken.
static bool hands_on(const struct thread *t)
{
    const struct activation *a = t->current;

    while (a && a != t->base && a->frame != FRAME_FORWARD)
        a = a->link;
    return a && a->frame == FRAME_FORWARD;
}

static bool was_told(const struct thread *t)
{
    return t->wait == WAIT_NOTHING && t->current && l4_tag_op(t->current->regs[L4_REG_RAX]) == L4_OP_PENDING;
}

// How each thread was when it was looked at last, by its id; a clash only counts one change too many.
static struct seen {
    uint64_t id;
    unsigned custody;
    unsigned cpu;
    unsigned wait;
    bool granted;
    bool bound;
    bool orphan;
    bool forwards;
} seen[SEEN_MAX];

static void look_at_wait(const struct thread *t, unsigned known_wait)
{
    bool lent = thread_custody(t) != t->cpu;

    watch.handed_on += known_wait == WAIT_DEFERRED && (t->wait == WAIT_SEND || t->wait == WAIT_POOL);
    watch.queued += lent && t->wait == WAIT_SEND;
    watch.served += lent && t->wait == WAIT_REPLY;
    watch.waiting += lent && t->wait == WAIT_EVENT;
    watch.rounds += t->wait == WAIT_ROUND;
    watch.ends += t->wait == WAIT_GONE;
}

static void look_at(const struct thread *t)
{
    struct seen *s = &seen[t->object.id % SEEN_MAX];
    bool known = s->id == t->object.id;

    watch.travels += known && s->custody != thread_custody(t);
    watch.moved += known && s->cpu != t->cpu;
    watch.bound += thread_event(t) && !(known && s->bound);
    watch.told += known && s->wait == WAIT_RECEIVE && was_told(t);
    watch.orphans += !t->home && !(known && s->orphan);
    watch.granted += t->granted && !(known && s->granted);
    watch.forwards += hands_on(t) && !(known && s->forwards);
    if (!known || s->wait != t->wait)
        look_at_wait(t, known ? s->wait : WAIT_NOTHING);
    *s = (struct seen){.id = t->object.id,
                       .custody = thread_custody(t),
                       .cpu = t->cpu,
                       .wait = t->wait,
                       .granted = t->granted != NULL,
                       .bound = thread_event(t) != NULL,
                       .orphan = !t->home,
                       .forwards = hands_on(t)};
}

static void look_at_space(struct space *s)
{
    for (struct list *l = s->threads.next; l != &s->threads; l = l->next)
        if (l != &s->marker)
            look_at(CONTAINER_OF(l, struct thread, in_home));
    for (struct list *l = s->funded.next; l != &s->funded; l = l->next)
        if (l != &s->marker)
            look_at_space(CONTAINER_OF(l, struct space, sibling));
}

void watch_look(void)
{
    look_at_space(space_first);
    for (uint64_t left = cpus_online(); left; left &= left - 1) {
        const struct cpu_local *c = cpu_local_of((unsigned)__builtin_ctzll(left));

        for (const struct object *o = c->limbo; o; o = o->limbo)
            watch.limbo += !o->returns && o->stage == 1;
        for (const struct list *l = c->windows.next; l != &c->windows; l = l->next)
            watch.windows++;
    }
}
