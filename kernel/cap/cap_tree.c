/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Derivation as a list of brackets: for each object one list, in which every slot has an opening and a
 * closing bracket, properly nested. Adding, removing and replacing a slot take a fixed number of steps; the
 * first bracket of a list is an opening one. Burial walks a list in steps and keeps its place here. Lock:
 * cap_lock.
 */
#include "kernel/base/assert.h"
#include "kernel/cap/cap_parts.h"

/* One burial at a time: the next bracket to look at, and whose. */
static uint32_t bury_at;
static struct object *bury_object;

static uint32_t *next_of(uint32_t link)
{
    return &cap_of_link(link)->next[link & 1];
}

static uint32_t *prev_of(uint32_t link)
{
    return &cap_of_link(link)->prev[link & 1];
}

static void join(uint32_t before, uint32_t behind)
{
    if (before)
        *next_of(before) = behind;
    if (behind)
        *prev_of(behind) = before;
}

void cap_tree_add(struct cap_cold *cold, struct cap_cold *parent)
{
    struct object *o = cold->object;
    uint32_t open = cap_link(cold, CAP_OPEN);
    uint32_t close = cap_link(cold, CAP_CLOSE);
    uint32_t before = parent ? cap_link(parent, CAP_OPEN) : 0;
    uint32_t behind = parent ? parent->next[CAP_OPEN] : o->caps ? cap_link(o->caps, CAP_OPEN) : 0;

    join(before, open);
    join(open, close);
    join(close, behind);
    if (!parent)
        o->caps = cold;
}

static void bracket_remove(uint32_t link)
{
    if (bury_at == link)
        bury_at = *next_of(link);
    join(*prev_of(link), *next_of(link));
}

void cap_tree_remove(struct cap_cold *cold, bool live)
{
    bool first = cold->prev[CAP_OPEN] == 0;
    uint32_t behind;

    bracket_remove(cap_link(cold, CAP_OPEN));
    behind = cold->next[CAP_OPEN] == cap_link(cold, CAP_CLOSE) ? cold->next[CAP_CLOSE] : cold->next[CAP_OPEN];
    bracket_remove(cap_link(cold, CAP_CLOSE));
    /* a buried object may be gone */
    if (!live)
        return;
    if (first)
        cold->object->caps = behind ? cap_of_link(behind) : NULL;
    if (cold->object->revoking == cold)
        cold->object->revoking = NULL;
}

/* Bracket OLD gives its place to FRESH. */
static void bracket_replace(uint32_t old, uint32_t fresh)
{
    if (bury_at == old)
        bury_at = fresh;
    join(*prev_of(old), fresh);
    join(fresh, *next_of(old));
}

void cap_tree_replace(struct cap_cold *old, struct cap_cold *fresh, bool live)
{
    cap_tree_remove(fresh, live);
    /* one after the other: where they are neighbours, the second finds the first's new one before it */
    bracket_replace(cap_link(old, CAP_OPEN), cap_link(fresh, CAP_OPEN));
    bracket_replace(cap_link(old, CAP_CLOSE), cap_link(fresh, CAP_CLOSE));
    if (!live)
        return;
    if (old->object->caps == old)
        old->object->caps = fresh;
    if (old->object->revoking == old)
        old->object->revoking = NULL;
}

struct cap_cold *cap_tree_child(const struct cap_cold *cold)
{
    uint32_t next = cold->next[CAP_OPEN];

    return next == cap_link(cold, CAP_CLOSE) ? NULL : cap_of_link(next);
}

/* The next step of the burial under way. The brackets stay: what was derived from a dead slot can be revoked.
 */
static void bury_step(void)
{
    uint32_t link = bury_at;

    struct cap *c;

    bury_at = *next_of(link);
    if ((link & 1) != CAP_OPEN)
        return;
    c = cap_hot_for_writing(cap_of_link(link));
    if (cap_kind(c) == L4_KIND_GATE)
        *(volatile int32_t *)&c->record = RECORD_NULL;
    /* relaxed: who misses it goes on as if the object had died a moment later */
    atomic_store_explicit(&c->kind, L4_KIND_DEAD, memory_order_relaxed);
}

bool cap_bury(struct object *object, unsigned *budget)
{
    bool done;

    spin_lock(&cap_lock);
    /* another burial that is under way is finished first */
    while (*budget > 0 && (bury_object || object->caps)) {
        if (!bury_object) {
            bury_object = object;
            bury_at = cap_link(object->caps, CAP_OPEN);
            object->revoking = NULL;
        }
        for (; bury_at && *budget > 0; --*budget)
            bury_step();
        if (bury_at)
            break;
        bury_object->caps = NULL;
        bury_object = NULL;
    }
    done = !object->caps && bury_object != object;
    spin_unlock(&cap_lock);
    return done;
}

void cap_reply_rename(struct object *from, struct object *to)
{
    struct cap_cold *cold;

    spin_lock(&cap_lock);
    cold = from->caps;
    from->caps = NULL;
    if (to)
        to->caps = cold;
    /* the slot, and one that is to take its place; both opening brackets come first */
    for (; cold; cold = cap_tree_child(cold)) {
        if (to)
            cold->object = to;
        else /* relaxed: as in bury_step */
            atomic_store_explicit(&cap_hot_for_writing(cold)->kind, L4_KIND_DEAD, memory_order_relaxed);
    }
    spin_unlock(&cap_lock);
}
