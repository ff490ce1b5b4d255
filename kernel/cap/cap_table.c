/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability tables as memory: the windows they lie in, their pages, the list of free slots. A page pair (hot
 * and cold) comes when a slot of it is first wanted and stays as long as the table. What the slots say is
 * cap.c's business. Lock: cap_lock of cap.c for the lists; a table is made and ended by one thread at a time.
 */
#include "kernel/arch/window.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/cap/cap_parts.h"
#include "kernel/mem/frame.h"

static paddr_t null_page;
static uint64_t table_ids[CAP_TABLES_MAX / 64];
static struct cap_table *tables[CAP_TABLES_MAX]; /* by number */

struct cap_table *cap_table_of(const struct cap *c)
{
    return tables[(vaddr_of(c).v - CAP_WINDOW) / CAP_WINDOW_EACH];
}

uint64_t cap_null_handle(uint64_t index)
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
        c[i].handle = cap_null_handle(i);
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

bool cap_page_present(const struct cap_table *t, uint64_t index)
{
    return window_page(vaddr(cold_address(t).v + align_down(index * L4_SLOT_SIZE, PAGE_SIZE))).v != 0;
}

static uint32_t cold_index(const struct cap_table *t, const struct cap_cold *c)
{
    return (uint32_t)((vaddr_of(c).v - cold_address(t).v) / L4_SLOT_SIZE);
}

void cap_list_add(struct cap_table *t, struct cap_cold *c)
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

void cap_list_remove(struct cap_table *t, struct cap_cold *c)
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
        h[i].handle = cap_null_handle(base + i);
    window_map(vaddr(cold_address(t).v + offset), cold);
    window_map(vaddr(vaddr_of(t->hot).v + offset), hot);
    for (uint64_t i = CAP_PAGE_SLOTS; i > 0; i--) {
        struct cap_cold *c = cap_cold_of(t->hot + base + i - 1);

        if (base + i - 1 != 0) /* slot 0 stays empty: index 0 means "any" */
            cap_list_add(t, c);
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
        for (uint64_t i = 0; cap_page_present(t, base) && i < CAP_PAGE_SLOTS; i++)
            cap_clear_index(t, base + i);
    }
    for (uint64_t base = 0; base < L4_SLOT_COUNT; base += CAP_PAGE_SLOTS) {
        if (!cap_page_present(t, base))
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
        if (!cap_page_present(t, i))
            i |= CAP_PAGE_SLOTS - 1;
        else
            cap_list_remove(t, cap_cold_of(t->hot + i));
    }
}

enum l4_error cap_reserve(struct cap_table *t, uint64_t index)
{
    if (index >= L4_SLOT_COUNT)
        return L4_ERR_RANGE;
    if (index != L4_SLOT_ANY)
        return cap_page_present(t, index) ? L4_OK : page_make(t, index);
    for (uint64_t base = 0; !t->free && base < L4_SLOT_COUNT; base += CAP_PAGE_SLOTS) {
        bool windows = base >= t->window_first && base + CAP_PAGE_SLOTS <= t->window_end;
        enum l4_error err = windows || cap_page_present(t, base) ? L4_OK : page_make(t, base);

        if (err != L4_OK)
            return err;
    }
    return t->free ? L4_OK : L4_ERR_LIMIT;
}
