/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability tables: slots, derivation, delete, revoke. Order of writes when a slot is filled: everything
 * else first, the handle last; when it is emptied: the handle first.
 */
#include "kernel/cap/cap.h"

#include "kernel/arch/window.h"
#include "kernel/base/assert.h"
#include "kernel/base/spinlock.h"
#include "kernel/base/string.h"
#include "kernel/mem/frame.h"

static struct spinlock cap_lock;
static paddr_t null_page;
void (*cap_reply_deleted)(struct object *o);
static uint64_t slots_in_use;
static uint64_t last_id;
static uint64_t table_ids[CAP_TABLES_MAX / 64];

/* Whose table a window is, by its number. */
static struct cap_table *tables[CAP_TABLES_MAX];

static struct cap_table *table_of(const struct cap *c)
{
    return tables[(vaddr_of(c).v - CAP_WINDOW) / CAP_WINDOW_EACH];
}

void object_init(struct object *o, enum l4_kind kind)
{
    o->caps = NULL;
    o->id = ++last_id;
    o->kind = kind;
    o->dying = 0;
    list_init(&o->watchers);
}

/* The handle an empty slot holds: it names the neighbour, so looking it up never ends here. */
static uint64_t null_handle(uint64_t index)
{
    return (index ^ 1) * L4_SLOT_SIZE;
}

static void null_page_make(void)
{
    struct cap *c;

    if (!frame_alloc_zeroed(&null_page))
        PANIC("no memory for the page of null slots");
    c = phys_window(null_page);
    for (uint64_t i = 0; i < CAP_PAGE_SLOTS; i++)
        c[i].handle = null_handle(i);
}

static bool id_take(uint32_t *out)
{
    for (uint32_t i = 0; i < CAP_TABLES_MAX / 64; i++) {
        if (~table_ids[i]) {
            uint32_t bit = (uint32_t)__builtin_ctzll(~table_ids[i]);

            table_ids[i] |= UINT64_C(1) << bit;
            *out = i * 64 + bit;
            return true;
        }
    }
    return false;
}

static vaddr_t cold_address(const struct cap_table *t)
{
    return vaddr(vaddr_of(t->hot).v + CAP_COLD_OFFSET);
}

static bool page_charge(struct cap_table *t, paddr_t *out)
{
    if (!quota_charge(t->quota, PAGE_SIZE))
        return false;
    if (frame_alloc_zeroed(out))
        return true;
    quota_refund(t->quota, PAGE_SIZE);
    return false;
}

static void page_return(struct cap_table *t, paddr_t p)
{
    frame_free(p);
    quota_refund(t->quota, PAGE_SIZE);
}

static bool page_present(const struct cap_table *t, uint64_t index)
{
    return window_page(vaddr(cold_address(t).v + align_down(index * L4_SLOT_SIZE, PAGE_SIZE))).v != 0;
}

static uint32_t cold_index(const struct cap_table *t, const struct cap_cold *c)
{
    return (uint32_t)((vaddr_of(c).v - cold_address(t).v) / L4_SLOT_SIZE);
}

/* Slots of receive windows are on no list: only their index gives them out. */
static void free_list_add(struct cap_table *t, struct cap_cold *c)
{
    c->prev = NULL;
    c->next = NULL;
    if (cold_index(t, c) - t->window_first < t->window_end - t->window_first)
        return;
    c->listed = 1;
    c->next = t->free;
    if (t->free)
        t->free->prev = c;
    t->free = c;
}

static void free_list_remove(struct cap_table *t, struct cap_cold *c)
{
    if (!c->listed)
        return;
    c->listed = 0;
    if (c->prev)
        c->prev->next = c->next;
    else
        t->free = c->next;
    if (c->next)
        c->next->prev = c->prev;
}

/* The pair of pages that holds slot INDEX; its slots join the free list. */
static enum l4_error page_make(struct cap_table *t, uint64_t index)
{
    uint64_t offset = align_down(index * L4_SLOT_SIZE, PAGE_SIZE);
    uint64_t base = offset / L4_SLOT_SIZE;
    paddr_t hot;
    paddr_t cold;
    struct cap *h;

    if (!page_charge(t, &hot))
        return L4_ERR_QUOTA;
    if (!page_charge(t, &cold)) {
        page_return(t, hot);
        return L4_ERR_QUOTA;
    }
    h = phys_window(hot);
    for (uint64_t i = 0; i < CAP_PAGE_SLOTS; i++)
        h[i].handle = null_handle(base + i);
    window_map(vaddr(cold_address(t).v + offset), cold);
    window_map(vaddr(vaddr_of(t->hot).v + offset), hot);
    for (uint64_t i = CAP_PAGE_SLOTS; i > 0; i--) {
        struct cap_cold *c = cap_cold_of(t->hot + base + i - 1);

        if (base + i - 1 != 0) /* slot 0 stays empty: index 0 means "any" */
            free_list_add(t, c);
    }
    return L4_OK;
}

static void windows_close(struct cap_table *t, bool hot, bool cold)
{
    if (hot)
        page_return(t, window_close(vaddr_of(t->hot)));
    if (cold)
        page_return(t, window_close(cold_address(t)));
    table_ids[t->id / 64] &= ~(UINT64_C(1) << (t->id % 64));
}

static bool window_make(struct cap_table *t, vaddr_t at, paddr_t fill)
{
    paddr_t table;

    if (!page_charge(t, &table))
        return false;
    if (window_open(at, table, fill))
        return true;
    page_return(t, table);
    return false;
}

enum l4_error cap_table_init(struct cap_table *t, struct quota *quota)
{
    bool hot;
    bool cold;
    enum l4_error err = L4_ERR_QUOTA;

    if (null_page.v == 0)
        null_page_make();
    if (!id_take(&t->id))
        return L4_ERR_LIMIT;
    tables[t->id] = t;
    t->quota = quota;
    t->free = NULL;
    t->in_use = 0;
    t->hot = (struct cap *)(uintptr_t)(CAP_WINDOW + t->id * CAP_WINDOW_EACH);
    hot = window_make(t, vaddr_of(t->hot), null_page);
    cold = hot && window_make(t, cold_address(t), paddr(0));
    if (cold)
        err = page_make(t, 0);
    if (err != L4_OK)
        windows_close(t, hot, cold);
    return err;
}

void cap_table_fini(struct cap_table *t)
{
    /* first all slots, then the pages: an emptied slot is linked to others of the free list */
    for (uint64_t base = 0; base < L4_SLOT_COUNT; base += CAP_PAGE_SLOTS) {
        for (uint64_t i = 0; page_present(t, base) && i < CAP_PAGE_SLOTS; i++)
            cap_clear_index(t, base + i);
    }
    for (uint64_t base = 0; base < L4_SLOT_COUNT; base += CAP_PAGE_SLOTS) {
        if (!page_present(t, base))
            continue;
        page_return(t, window_page(vaddr_of(t->hot + base)));
        page_return(t, window_page(vaddr_of(cap_cold_of(t->hot + base))));
    }
    ASSERT(t->in_use == 0);
    windows_close(t, true, true);
}

void cap_table_reserve_window(struct cap_table *t, uint32_t first, uint32_t end)
{
    t->window_first = first;
    t->window_end = end;
    for (uint32_t i = first; i < end; i++) {
        if (!page_present(t, i))
            i |= CAP_PAGE_SLOTS - 1;
        else
            free_list_remove(t, cap_cold_of(t->hot + i));
    }
}

enum l4_error cap_reserve(struct cap_table *t, uint64_t index)
{
    if (index >= L4_SLOT_COUNT)
        return L4_ERR_RANGE;
    if (index != L4_SLOT_ANY)
        return page_present(t, index) ? L4_OK : page_make(t, index);
    for (uint64_t base = 0; !t->free && base < L4_SLOT_COUNT; base += CAP_PAGE_SLOTS) {
        bool windows = base >= t->window_first && base + CAP_PAGE_SLOTS <= t->window_end;
        enum l4_error err = windows || page_present(t, base) ? L4_OK : page_make(t, base);

        if (err != L4_OK)
            return err;
    }
    return t->free ? L4_OK : L4_ERR_LIMIT;
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
    free_list_remove(t, cold);
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
    c->handle = null_handle(index);
    if (c->kind != L4_KIND_DEAD)
        unlink_cold(cold);
    c->kind = L4_KIND_NONE;
    c->rights = 0;
    /* a slot whose generation would wrap is retired: a handle is never valid twice */
    if (cold->generation != UINT32_MAX)
        free_list_add(t, cold);
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
    if (index < L4_SLOT_COUNT && page_present(t, index) && t->hot[index].kind != L4_KIND_NONE)
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
        cap_delete(table_of(victim), victim);
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
