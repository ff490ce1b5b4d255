/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Empty slots: the free list, last in first out, and those that wait for a round, oldest first. An emptied
 * slot keeps what readers on other CPUs may still look at until the round is over. Lock: cap_lock.
 */
#include "kernel/base/assert.h"
#include "kernel/cap/cap_parts.h"
#include "kernel/smp/round.h"

#define COLLECT 32 /* slots that come out of waiting at once */

uint32_t cap_link(const struct cap_cold *cold, enum cap_bracket which)
{
    uint64_t offset = vaddr_of(cold).v - CAP_WINDOW;
    uint64_t slot = (offset % CAP_WINDOW_EACH - CAP_COLD_OFFSET) / L4_SLOT_SIZE;

    return (uint32_t)(offset / CAP_WINDOW_EACH << 17 | slot << 1 | which);
}

struct cap_cold *cap_of_link(uint32_t link)
{
    return (struct cap_cold *)(uintptr_t)(CAP_WINDOW + (link >> 17) * CAP_WINDOW_EACH + CAP_COLD_OFFSET +
                                          (uint64_t)(link >> 1 & (L4_SLOT_COUNT - 1)) * L4_SLOT_SIZE);
}

/* COLD between the slots of two links, of which either may be 0: the end. */
static void list_put(struct cap_list *l, uint32_t before, struct cap_cold *cold, uint32_t behind)
{
    uint32_t link = cap_link(cold, CAP_OPEN);

    cold->prev[0] = before;
    cold->next[0] = behind;
    *(before ? &cap_of_link(before)->next[0] : &l->first) = link;
    *(behind ? &cap_of_link(behind)->prev[0] : &l->last) = link;
}

static void list_take(struct cap_list *l, const struct cap_cold *cold)
{
    *(cold->prev[0] ? &cap_of_link(cold->prev[0])->next[0] : &l->first) = cold->next[0];
    *(cold->next[0] ? &cap_of_link(cold->next[0])->prev[0] : &l->last) = cold->prev[0];
}

static void set_state(struct cap_cold *cold, enum cold_state state)
{
    /* relaxed: read under the lock, or as a hint */
    atomic_store_explicit(&cold->state, state, memory_order_relaxed);
}

static unsigned state_of(struct cap_cold *cold)
{
    /* relaxed: as above */
    return atomic_load_explicit(&cold->state, memory_order_relaxed);
}

static bool in_window(const struct cap_table *t, const struct cap_cold *cold)
{
    uint64_t index = (uint64_t)(cap_hot_of(cold) - t->hot);

    return index - t->window_first < t->window_end - t->window_first;
}

void cap_slot_free(struct cap_table *t, struct cap_cold *cold)
{
    set_state(cold, in_window(t, cold) ? COLD_EMPTY : COLD_FREE);
    if (state_of(cold) == COLD_FREE)
        list_put(&t->free, 0, cold, t->free.first);
}

static uint64_t round_of(const struct cap_cold *cold)
{
    return (uint64_t)cold->prev[1] << 32 | cold->next[1];
}

void cap_slot_emptied(struct cap_table *t, struct cap_cold *cold)
{
    uint64_t number = round_next();

    /* a slot whose generation would wrap is retired: a handle is never valid twice */
    if (cold->generation == UINT32_MAX) {
        set_state(cold, COLD_EMPTY);
    } else if (round_done(number)) {
        cap_slot_free(t, cold);
    } else {
        cold->next[1] = (uint32_t)number;
        cold->prev[1] = (uint32_t)(number >> 32);
        set_state(cold, in_window(t, cold) ? COLD_WAITING : COLD_PENDING);
        if (state_of(cold) == COLD_PENDING)
            list_put(&t->pending, t->pending.last, cold, 0);
    }
}

void cap_slot_take(struct cap_table *t, struct cap_cold *cold)
{
    ASSERT(spin_is_locked(&cap_lock) && !cap_in_use(cold));
    if (state_of(cold) == COLD_FREE)
        list_take(&t->free, cold);
    else if (state_of(cold) == COLD_PENDING)
        list_take(&t->pending, cold);
    set_state(cold, COLD_EMPTY);
}

/* Slots whose round is over join the free list. */
static void collect(struct cap_table *t)
{
    for (unsigned n = 0; n < COLLECT && t->pending.first; n++) {
        struct cap_cold *cold = cap_of_link(t->pending.first);

        if (!round_done(round_of(cold)))
            return;
        cap_slot_take(t, cold);
        cap_slot_free(t, cold);
    }
}

static enum l4_error wait_for(const struct cap_cold *cold)
{
    if (round_done(round_of(cold)))
        return L4_OK;
    round_start(round_of(cold));
    return ROUND_AGAIN;
}

static enum l4_error check_one(struct cap_table *t, uint64_t index)
{
    struct cap_cold *cold = cap_cold_at(t, index);
    unsigned state;

    if (!cap_page_present(t, index))
        return L4_OK;
    state = state_of(cold);
    if (state == COLD_USED)
        return L4_ERR_EXISTS;
    if (state == COLD_PENDING || state == COLD_WAITING)
        return wait_for(cold);
    return cold->generation == UINT32_MAX ? L4_ERR_LIMIT : L4_OK;
}

/* Slots of a window may be on the free list from before they were. They leave it when they come first. */
static bool first_in_window(const struct cap_table *t)
{
    return t->free.first && in_window(t, cap_of_link(t->free.first));
}

/* What is in the way of filling slot INDEX, but for memory. */
static enum l4_error slot_check(struct cap_table *t, uint64_t index)
{
    if (t->closing)
        return L4_ERR_DEAD;
    if (index >= L4_SLOT_COUNT)
        return L4_ERR_RANGE;
    if (index != L4_SLOT_ANY)
        return check_one(t, index);
    for (unsigned n = 0; first_in_window(t); n++) {
        if (n == COLLECT)
            return ROUND_AGAIN;
        cap_slot_take(t, cap_of_link(t->free.first));
    }
    if (!t->free.first)
        collect(t);
    /* sooner a round than a page, which would stay charged */
    return !t->free.first && t->pending.first ? wait_for(cap_of_link(t->pending.first)) : L4_OK;
}

enum l4_error cap_slot_prepare(struct cap_table *t, uint64_t index)
{
    enum l4_error err = slot_check(t, index);

    if (err != L4_OK)
        return err;
    if (index != L4_SLOT_ANY)
        return cap_page_present(t, index) ? L4_OK : cap_page_make(t, index);
    for (uint64_t base = 0; !t->free.first && base < L4_SLOT_COUNT; base += CAP_PAGE_SLOTS) {
        err = cap_page_in_window(t, base) || cap_page_present(t, base) ? L4_OK : cap_page_make(t, base);
        if (err != L4_OK)
            return err;
    }
    return t->free.first ? L4_OK : L4_ERR_LIMIT;
}

enum l4_error cap_check(struct cap_table *t, uint64_t index)
{
    enum l4_error err;

    spin_lock(&cap_lock);
    err = slot_check(t, index);
    spin_unlock(&cap_lock);
    return err;
}

void cap_table_reserve_window(struct cap_table *t, uint32_t first, uint32_t end)
{
    spin_lock(&cap_lock);
    t->window_first = first;
    t->window_end = end;
    spin_unlock(&cap_lock);
}
