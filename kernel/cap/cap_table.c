/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability tables as memory: the windows they lie in and their pages. A page pair (hot and cold) comes when
 * a slot of it is first wanted and stays as long as the table. A window that closed is opened again only
 * after a round, in which every CPU drops its translations. What the slots say is cap.c's business. Lock:
 * cap_lock.
 */
#include "kernel/arch/smp.h"
#include "kernel/arch/window.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/cap/cap_parts.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"

static paddr_t null_page;
static uint64_t table_ids[CAP_TABLES_MAX / 64];

/* By number; a number that waits for a round: round << 16 | the next such number + 1, or 0. */
static uint64_t tables[CAP_TABLES_MAX];
static uint32_t closed_first; /* number + 1, oldest first; 0: none waits */
static uint32_t closed_last;

struct cap_table *cap_table_of(const struct cap *c)
{
    return (struct cap_table *)(uintptr_t)tables[(vaddr_of(c).v - CAP_WINDOW) / CAP_WINDOW_EACH];
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
    /* odd: so a slot of the shared page is told from an empty one of a table's own (cap_lookup_again) */
    for (uint64_t i = 0; i < CAP_PAGE_SLOTS; i++)
        c[i].handle = cap_null_handle(i) | 1;
}

static void id_free(uint32_t id)
{
    table_ids[id / 64] &= ~(UINT64_C(1) << (id % 64));
}

static bool id_take(uint32_t *out)
{
    while (closed_first && round_done(tables[closed_first - 1] >> 16)) {
        uint32_t id = closed_first - 1;

        closed_first = (uint32_t)(tables[id] & UINT16_MAX);
        id_free(id);
    }
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

/* The window of table ID has closed, and every CPU has been told to flush. */
static void id_closed(uint32_t id)
{
    uint64_t number = round_next();

    if (round_done(number)) {
        id_free(id);
        return;
    }
    tables[id] = number << 16;
    if (closed_first)
        tables[closed_last - 1] |= id + 1;
    else
        closed_first = id + 1;
    closed_last = id + 1;
}

static vaddr_t cold_address(const struct cap_table *t)
{
    return vaddr(vaddr_of(t->hot).v + CAP_COLD_OFFSET);
}

/* Pages nobody has seen yet. */
static void pages_return(struct cap_table *t, const paddr_t *pages, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        frame_free(pages[i]);
        quota_refund(t->quota, PAGE_SIZE);
    }
    t->frames -= n;
}

/* N zeroed pages, or none. */
static bool pages_charge(struct cap_table *t, paddr_t *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        bool charged = quota_charge(t->quota, PAGE_SIZE);

        if (charged && frame_alloc_zeroed(&out[i]))
            continue;
        if (charged)
            quota_refund(t->quota, PAGE_SIZE);
        t->frames += i;
        pages_return(t, out, i);
        return false;
    }
    t->frames += n;
    return true;
}

bool cap_page_present(const struct cap_table *t, uint64_t index)
{
    uint64_t page = index / CAP_PAGE_SLOTS;
    const _Atomic uint64_t *word = &t->pages[page / 64];

    /* acquire: pairs with the release in cap_page_make, for those without the lock */
    return atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)word, memory_order_acquire) >> page % 64 & 1;
}

/* The page pair in frames HOT and COLD for the slots from BASE on. */
static void page_install(struct cap_table *t, uint64_t base, paddr_t hot, paddr_t cold)
{
    uint64_t page = base / CAP_PAGE_SLOTS;
    struct cap *h = phys_window(hot);

    /* relaxed: nobody sees the page yet */
    for (uint64_t i = 0; i < CAP_PAGE_SLOTS; i++)
        atomic_store_explicit(&h[i].handle, cap_null_handle(base + i), memory_order_relaxed);
    window_map(vaddr(cold_address(t).v + base * L4_SLOT_SIZE), cold);
    window_map(vaddr(vaddr_of(t->hot).v + base * L4_SLOT_SIZE), hot);
    /* in a window wholly, they are as they must be: empty and on no list */
    for (uint64_t i = cap_page_in_window(t, base) ? 0 : CAP_PAGE_SLOTS; i > 0; i--)
        if (base + i - 1 != 0) /* slot 0 stays empty: index 0 means "any" */
            cap_slot_free(t, cap_cold_at(t, base + i - 1));
    /* release: pairs with cap_page_present */
    atomic_fetch_or_explicit(&t->pages[page / 64], UINT64_C(1) << page % 64, memory_order_release);
}

enum l4_error cap_page_make(struct cap_table *t, uint64_t index)
{
    paddr_t pair[2];

    ASSERT(spin_is_locked(&cap_lock));
    if (!pages_charge(t, pair, 2))
        return L4_ERR_QUOTA;
    page_install(t, align_down(index, CAP_PAGE_SLOTS), pair[0], pair[1]);
    return L4_OK;
}

static enum l4_error table_open(struct cap_table *t)
{
    paddr_t frames[4]; /* page tables of both halves, first page pair */

    if (null_page.v == 0)
        null_page_make();
    if (!pages_charge(t, frames, 4))
        return L4_ERR_QUOTA;
    if (!id_take(&t->id)) {
        pages_return(t, frames, 4);
        return L4_ERR_LIMIT;
    }
    t->hot = (struct cap *)(uintptr_t)(CAP_WINDOW + t->id * CAP_WINDOW_EACH);
    if (!window_open(vaddr_of(t->hot), frames[0], null_page)) {
        id_free(t->id);
        pages_return(t, frames, 4);
        return L4_ERR_QUOTA;
    }
    /* the halves are neighbours below one table of level 2, which is there now: after this line no error */
    if (!window_open(cold_address(t), frames[1], paddr(0)))
        PANIC("half a window");
    tables[t->id] = (uint64_t)(uintptr_t)t;
    page_install(t, 0, frames[2], frames[3]);
    return L4_OK;
}

/* P, which is mapped, is given back once the window is closed. */
static void frame_collect(struct cap_table *t, paddr_t p)
{
    frame_of(p)->a = t->fini_frames;
    t->fini_frames = (uint32_t)pfn_of(p).v;
}

/* Pages [fini_at - L4_SLOT_COUNT, ...) are taken out. */
static void pages_collect(struct cap_table *t, unsigned *budget)
{
    for (; t->fini_at<L4_SLOT_COUNT + L4_SLOT_COUNT / CAP_PAGE_SLOTS && * budget> 0; --*budget) {
        uint64_t base = (uint64_t)(t->fini_at - L4_SLOT_COUNT) * CAP_PAGE_SLOTS;

        t->fini_at++;
        if (!cap_page_present(t, base))
            continue;
        frame_collect(t, window_page(vaddr_of(t->hot + base)));
        frame_collect(t, window_page(vaddr_of(cap_cold_at(t, base))));
    }
}

/* After this line no address leads to the table any more. */
static void window_end(struct cap_table *t)
{
    frame_collect(t, window_close(vaddr_of(t->hot)));
    frame_collect(t, window_close(cold_address(t)));
    t->closed = true;
    round_flush(cpus_online());
    id_closed(t->id);
}

static bool frames_free(struct cap_table *t, unsigned *budget)
{
    for (; t->fini_frames != FRAME_NONE && *budget > 0; --*budget) {
        paddr_t p = paddr_of(pfn(t->fini_frames));

        t->fini_frames = frame_of(p)->a;
        t->frames--;
        frame_retire(p, t->quota);
    }
    return t->fini_frames == FRAME_NONE;
}

/* Empties slots from fini_at on; ends early with a deferred caller who is to be told. */
static struct object *slots_empty(struct cap_table *t, unsigned *budget)
{
    for (; t->fini_at<L4_SLOT_COUNT && * budget> 0; --*budget) {
        struct cap *c = t->hot + t->fini_at;
        struct object *reply = NULL;

        if (!cap_page_present(t, t->fini_at)) {
            t->fini_at += CAP_PAGE_SLOTS;
            continue;
        }
        if (cap_in_use(cap_cold_of(c))) {
            if (!cap_unmap_locked(cap_cold_of(c))) {
                *budget = 0;
                return NULL;
            }
            reply = cap_empty(c);
        }
        t->fini_at++;
        if (reply)
            return reply;
    }
    return NULL;
}

bool cap_table_fini_step(struct cap_table *t, unsigned *budget)
{
    struct object *reply;
    bool done = false;

    spin_lock(&cap_lock);
    t->closing = true;
    reply = slots_empty(t, budget);
    /* first all slots, then the pages: an emptied slot is linked to others of its lists */
    if (!reply && !cap_irq_emptied && t->fini_at >= L4_SLOT_COUNT) {
        pages_collect(t, budget);
        if (!t->closed && *budget > 0)
            window_end(t);
        done = t->closed && frames_free(t, budget);
    }
    cap_unlock();
    if (reply)
        cap_reply_deleted(reply);
    return done;
}

enum l4_error cap_table_init(struct cap_table *t, struct quota *quota)
{
    enum l4_error err;

    memset(t, 0, sizeof(*t));
    t->quota = quota;
    spin_lock(&cap_lock);
    err = table_open(t);
    spin_unlock(&cap_lock);
    return err;
}
