/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities: filling and emptying slots, derivation, revocation. The tables they lie in are cap_table.c's.
 * Order of writes when a slot is filled: everything else first, the handle last; when it is emptied: the
 * handle first.
 */
#include "kernel/cap/cap.h"

#include "kernel/base/assert.h"
#include "kernel/base/spinlock.h"
#include "kernel/cap/cap_parts.h"

static struct spinlock cap_lock = SPINLOCK_INIT(RANK_CAP);
void (*cap_reply_deleted)(struct object *o);
static uint64_t slots_in_use;
static uint64_t last_id;

void object_init(struct object *o, enum l4_kind kind)
{
    *o = (struct object){0};
    o->id = ++last_id;
    o->kind = kind;
    list_init(&o->watchers);
}

static void link_cold(struct cap_cold *c, struct cap_cold *parent, struct object *object)
{
    c->object = object;
    if (parent) {
        c->depth = (uint16_t)(parent->depth + 1);
        c->prev = parent;
        c->next = parent->next;
    } else {
        c->depth = 0;
        c->prev = NULL;
        c->next = object->caps;
        object->caps = c;
    }
    if (c->next)
        c->next->prev = c;
    if (c->prev)
        c->prev->next = c;
}

enum l4_error cap_create(struct cap_table *t, uint64_t index, const struct cap_fill *fill, struct cap **out)
{
    enum l4_error err = cap_reserve(t, index);
    struct cap_cold *cold;
    struct cap *c;

    if (err != L4_OK)
        return err;
    c = index == L4_SLOT_ANY ? (struct cap *)((char *)t->free - CAP_COLD_OFFSET) : t->hot + index;
    cold = cap_cold_of(c);
    index = (uint64_t)(c - t->hot);
    if (c->kind != L4_KIND_NONE)
        return L4_ERR_EXISTS;
    if (cold->generation == UINT32_MAX)
        return L4_ERR_LIMIT;
    if (fill->parent && cap_cold_of(fill->parent)->depth >= CAP_DEPTH_MAX)
        return L4_ERR_DEPTH;
    spin_lock(&cap_lock);
    cap_list_remove(t, cold);
    link_cold(cold, fill->parent ? cap_cold_of(fill->parent) : NULL, fill->object);
    cold->generation++;
    c->badge = fill->badge;
    c->entry = fill->entry;
    c->record = fill->record;
    c->gate = fill->gate;
    c->rights = fill->rights;
    c->kind = fill->kind;
    c->handle = (uint64_t)cold->generation << 32 | index * L4_SLOT_SIZE;
    t->in_use++;
    slots_in_use++;
    spin_unlock(&cap_lock);
    *out = c;
    return L4_OK;
}

/* Takes COLD out of its object's list; its descendants come one step nearer to the root. */
static void unlink_cold(struct cap_cold *cold)
{
    for (struct cap_cold *d = cold->next; d && d->depth > cold->depth; d = d->next)
        d->depth--;
    if (cold->prev)
        cold->prev->next = cold->next;
    else if (cold->object)
        cold->object->caps = cold->next;
    if (cold->next)
        cold->next->prev = cold->prev;
    cold->object = NULL;
}

void cap_delete(struct cap_table *t, struct cap *c)
{
    struct cap_cold *cold = cap_cold_of(c);
    uint64_t index = (uint64_t)(c - t->hot);
    struct object *reply = c->kind == L4_KIND_REPLY ? cold->object : NULL;

    ASSERT(c->kind != L4_KIND_NONE);
    spin_lock(&cap_lock);
    c->handle = cap_null_handle(index);
    if (c->kind != L4_KIND_DEAD)
        unlink_cold(cold);
    c->kind = L4_KIND_NONE;
    c->rights = 0;
    /* a slot whose generation would wrap is retired: a handle is never valid twice */
    if (cold->generation != UINT32_MAX)
        cap_list_add(t, cold);
    t->in_use--;
    slots_in_use--;
    spin_unlock(&cap_lock);
    if (reply && !reply->caps)
        cap_reply_deleted(reply);
}

void cap_replace(struct cap_table *t, struct cap *old, struct cap *fresh)
{
    /* FRESH stands before all that is deeper; at OLD's depth it is their ancestor, and they keep theirs */
    cap_cold_of(fresh)->depth = cap_cold_of(old)->depth;
    cap_delete(t, old);
}

void cap_clear_index(struct cap_table *t, uint64_t index)
{
    if (index < L4_SLOT_COUNT && cap_page_present(t, index) && t->hot[index].kind != L4_KIND_NONE)
        cap_delete(t, t->hot + index);
}

static struct cap *hot_of(struct cap_cold *cold)
{
    return (struct cap *)((uint64_t)(uintptr_t)cold - CAP_COLD_OFFSET);
}

bool cap_revoke(struct cap *c, unsigned *budget)
{
    struct cap_cold *cold = cap_cold_of(c);

    if (c->kind == L4_KIND_DEAD)
        return true;
    while (cold->next && cold->next->depth > cold->depth) {
        struct cap *victim = hot_of(cold->next);

        if ((*budget)-- == 0)
            return false;
        cap_delete(cap_table_of(victim), victim);
    }
    return true;
}

void cap_move_object(struct object *from, struct object *to)
{
    spin_lock(&cap_lock);
    to->caps = from->caps;
    from->caps = NULL;
    for (struct cap_cold *c = to->caps; c; c = c->next)
        c->object = to;
    spin_unlock(&cap_lock);
}

void cap_bury(struct object *object)
{
    spin_lock(&cap_lock);
    for (struct cap_cold *c = object->caps; c;) {
        struct cap_cold *next = c->next;

        hot_of(c)->kind = L4_KIND_DEAD;
        hot_of(c)->record = 0;
        c->object = NULL;
        c->next = NULL;
        c->prev = NULL;
        c = next;
    }
    object->caps = NULL;
    spin_unlock(&cap_lock);
}

uint64_t cap_count(void)
{
    return slots_in_use;
}
