/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities: filling and emptying slots, revocation. Derivation is cap_tree.c's, empty slots are
 * cap_slots.c's, the memory of tables is cap_table.c's. Order of writes when a slot is filled: everything
 * else first, the handle last; when it is emptied: the handle first.
 */
#include "kernel/arch/pte.h"
#include "kernel/base/assert.h"
#include "kernel/base/counter.h"
#include "kernel/cap/cap_parts.h"
#include "kernel/smp/round.h"

#define HELP 8 /* slots whoever derives deletes for a revocation under way */

struct spinlock cap_lock = SPINLOCK_INIT(RANK_CAP);
void (*cap_reply_deleted)(struct object *o);
void (*cap_irq_deleted)(void);
bool cap_irq_emptied;
static counter_t slots_in_use, last_id;

void object_init(struct object *o, enum l4_kind kind)
{
    *o = (struct object){0};
    /* relaxed: ids are only distinct */
    o->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
    o->kind = kind;
    list_init(&o->watchers);
}

/* Handles in the shared page of null slots are odd, those in a page of the table's own never. */
static bool is_shared(const struct cap *c)
{
    /* relaxed: nothing is read because of it */
    return atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)&c->handle, memory_order_relaxed) & 1;
}

struct cap *cap_lookup_again(struct cap *c, l4_handle_t handle)
{
    if (is_shared(c))
        tlb_flush_page(vaddr_of(c).v);
    c = cap_handle(c) == handle ? c : NULL;
    /* acquire: pairs with the release in fill_slot */
    atomic_thread_fence(memory_order_acquire);
    return c;
}

struct cap *cap_hot_for_writing(const struct cap_cold *cold)
{
    struct cap *c = cap_hot_of(cold);

    if (is_shared(c))
        tlb_flush_page(vaddr_of(c).v);
    ASSERT(!is_shared(c));
    return c;
}

enum l4_error cap_fill_from(const struct cap_table *t, l4_handle_t handle, struct cap_fill *out)
{
    struct cap *c = cap_lookup(t, handle);
    unsigned kind = c ? cap_kind(c) : L4_KIND_NONE;

    if (kind == L4_KIND_NONE)
        return L4_ERR_CAP;
    if (kind == L4_KIND_DEAD)
        return L4_ERR_DEAD;
    /* what was mapped through C is not mapped through its copy */
    *out = (struct cap_fill){.object = cap_object(c),
                             .parent = c,
                             .parent_handle = handle,
                             .badge = c->badge,
                             .entry = kind == L4_KIND_GATE ? c->entry : 0,
                             .record = kind == L4_KIND_GATE ? c->record : 0,
                             .rights = c->rights,
                             .kind = (uint8_t)kind};
    return L4_OK;
}

/* C, out of its tree, becomes an empty slot. */
static void vacate(struct cap *c)
{
    struct cap_table *t = cap_table_of(c);

    /* relaxed: who still finds it goes on as if he came a moment earlier; badge, rights and object stay for
     * him */
    atomic_store_explicit(&c->handle, cap_null_handle((uint64_t)(c - t->hot)), memory_order_relaxed);
    atomic_store_explicit(&c->kind, L4_KIND_NONE, memory_order_relaxed);
    cap_slot_emptied(t, cap_cold_of(c));
    t->in_use--;
    counter_add(&slots_in_use, UINT64_MAX);
}

/* An interrupt is bound no longer than its slot says so. */
static void note_irq(const struct cap *c)
{
    if (cap_kind(c) == L4_KIND_IRQ)
        cap_irq_emptied = true;
}

void cap_unlock(void)
{
    bool tell = cap_irq_emptied;

    cap_irq_emptied = false;
    spin_unlock(&cap_lock);
    if (tell)
        cap_irq_deleted();
}

struct object *cap_empty(struct cap *c)
{
    struct cap_cold *cold = cap_cold_of(c);
    unsigned kind = cap_kind(cap_hot_for_writing(cold));

    note_irq(c);
    while (!cap_unmap_locked(cold))
        ; /* who may do it in steps has done so before */
    cap_tree_remove(cold, kind != L4_KIND_DEAD);
    vacate(c);
    return kind == L4_KIND_REPLY && !cold->object->caps ? cold->object : NULL;
}

/* Deletes what was derived from COLD, at most *BUDGET slots; true when done. */
static bool revoke(struct cap_cold *cold, unsigned *budget)
{
    struct cap_cold *victim;

    while ((victim = cap_tree_child(cold)) != NULL) {
        if (*budget == 0)
            return false;
        --*budget;
        if (!cap_unmap_locked(victim)) {
            *budget = 0; /* a step of that is enough for one */
            return false;
        }
        (void)cap_empty(
            cap_hot_of(victim)); /* no reply capability: nothing is derived from those but moved */
    }
    return true;
}

static bool holds(const struct cap *c, l4_handle_t handle)
{
    return cap_handle(c) == handle;
}

/* May C, which held HANDLE and named NAMED when it was looked up, be derived from? */
static enum l4_error parent_check(struct cap *c, l4_handle_t handle, const struct object *named)
{
    struct object *o;
    unsigned budget = HELP;

    if (!holds(c, handle))
        return L4_ERR_CAP;
    if (cap_kind(c) == L4_KIND_DEAD)
        return L4_ERR_DEAD;
    o = cap_object(c);
    /* one caller, one answer: a reply capability that is moved already is not moved a second time, and one
     * whose caller became an orphan's a moment ago is looked up again */
    if (cap_kind(c) == L4_KIND_REPLY && cap_tree_child(cap_cold_of(c)))
        return L4_ERR_CAP;
    if (o != named)
        return ROUND_AGAIN;
    if (!o->revoking)
        return L4_OK;
    if (revoke(o->revoking, &budget))
        o->revoking = NULL;
    else if (o->revoking == cap_cold_of(c))
        return L4_ERR_BUSY;
    return holds(c, handle) ? L4_OK : L4_ERR_CAP;
}

static enum l4_error fill_check(struct cap_table *t, uint64_t index, const struct cap_fill *fill)
{
    enum l4_error err = fill->parent ? parent_check(fill->parent, fill->parent_handle, fill->object) : L4_OK;

    if (err == L4_OK && fill->object->dying)
        err = L4_ERR_DEAD;
    return err == L4_OK ? cap_slot_prepare(t, index) : err;
}

/* Everything is checked. */
static struct cap *fill_slot(struct cap_table *t, uint64_t index, const struct cap_fill *fill)
{
    struct cap_cold *cold = index == L4_SLOT_ANY ? cap_of_link(t->free.first) : cap_cold_at(t, index);
    struct cap *c = cap_hot_for_writing(cold);
    uint64_t at = (uint64_t)(c - t->hot);
    bool node = fill->kind == L4_KIND_PHYS; /* instead of a record's name: see cap_handle */

    cap_slot_take(t, cold);
    cold->object = fill->object;
    cap_tree_add(cold, fill->parent ? cap_cold_of(fill->parent) : NULL);
    /* relaxed: read under the lock, or as a hint; the kind comes before the handle below */
    atomic_store_explicit(&cold->state, COLD_USED, memory_order_relaxed);
    cold->generation++;
    c->badge = fill->badge;
    c->entry = fill->entry;
    c->record = node ? 0 : RECORD_NULL;
    if (fill->kind == L4_KIND_GATE && fill->rights & L4_RIGHT_CALL)
        c->record = fill->record;
    c->slot = node ? 0 : (uint16_t)at;
    c->rights = fill->rights;
    atomic_store_explicit(&c->kind, fill->kind, memory_order_relaxed);
    /* release: who finds the handle sees all that was written before */
    atomic_store_explicit(&c->handle, (uint64_t)cold->generation << 32 | (at ^ node) * L4_SLOT_SIZE,
                          memory_order_release);
    t->in_use++;
    counter_add(&slots_in_use, 1);
    return c;
}

enum l4_error cap_create(struct cap_table *t, uint64_t index, const struct cap_fill *fill, struct cap **out)
{
    enum l4_error err;

    spin_lock(&cap_lock);
    err = fill_check(t, index, fill);
    if (err == L4_OK)
        *out = fill_slot(t, index, fill);
    cap_unlock();
    return err;
}

/* FRESH, derived from OLD, takes its place. */
static void replace(struct cap *old, struct cap *fresh)
{
    cap_tree_replace(cap_cold_of(old), cap_cold_of(fresh), cap_kind(old) != L4_KIND_DEAD);
    note_irq(old);
    cap_node_move(old, fresh);
    vacate(old);
}

enum l4_error cap_move(struct cap_table *t, uint64_t index, const struct cap_fill *fill, struct cap **out)
{
    enum l4_error err;

    spin_lock(&cap_lock);
    err = fill_check(t, index, fill);
    if (err == L4_OK) {
        *out = fill_slot(t, index, fill);
        replace(fill->parent, *out);
    }
    cap_unlock();
    return err;
}

void cap_replace(struct cap *old, struct cap *fresh)
{
    spin_lock(&cap_lock);
    /* either may have been deleted since */
    if (cap_in_use(cap_cold_of(old)) && cap_in_use(cap_cold_of(fresh)))
        replace(old, fresh);
    cap_unlock();
}

/* Empties C if it is in use; tells a deferred caller that nobody can answer any more. */
bool cap_delete(struct cap *c)
{
    struct object *reply = NULL;
    bool used;

    spin_lock(&cap_lock);
    used = cap_in_use(cap_cold_of(c));
    if (used)
        reply = cap_empty(c);
    cap_unlock();
    if (reply)
        cap_reply_deleted(reply);
    return used;
}

void cap_clear_index(struct cap_table *t, uint64_t index)
{
    if (index < L4_SLOT_COUNT && cap_page_present(t, index) && cap_in_use(cap_cold_at(t, index)))
        (void)cap_delete(t->hot + index);
}

bool cap_revoke(struct cap *c, unsigned *budget)
{
    struct cap_cold *cold = cap_cold_of(c);
    struct object *o = NULL;
    bool done = true;

    spin_lock(&cap_lock);
    if (cap_in_use(cold)) {
        if (cap_kind(c) != L4_KIND_DEAD)
            o = cold->object;
        if (o && !o->revoking)
            o->revoking = cold;
        done = revoke(cold, budget);
        if (o && done && o->revoking == cold)
            o->revoking = NULL;
    }
    cap_unlock();
    return done;
}

uint64_t cap_count(void)
{
    return counter_get(&slots_in_use);
}
