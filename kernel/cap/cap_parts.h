/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of kernel/cap share; nobody else includes it. All of it with cap_lock held.
 */
#ifndef QUIRE_CAP_CAP_PARTS_H
#define QUIRE_CAP_CAP_PARTS_H

#include "kernel/base/spinlock.h"
#include "kernel/cap/cap.h"

extern struct spinlock cap_lock;

/* --- cap_table.c --- */

/* The handle an empty slot holds: it names the neighbour, so looking it up never ends here. */
uint64_t cap_null_handle(uint64_t index);

/* True when the page pair of slot INDEX is there. Also without the lock: pages stay. */
bool cap_page_present(const struct cap_table *t, uint64_t index);

/* The slots from BASE on, a page of them, all lie in receive windows. */
static inline bool cap_page_in_window(const struct cap_table *t, uint64_t base)
{
    return base >= t->window_first && base + CAP_PAGE_SLOTS <= t->window_end;
}

/* Makes that page pair; its slots join the free list. */
enum l4_error cap_page_make(struct cap_table *t, uint64_t index) MUST_CHECK;

/* Gives cap_lock back, and tells what has been emptied meanwhile. */
void cap_unlock(void);
extern bool cap_irq_emptied; /* under cap_lock: a slot with interrupts was emptied */

/* Whose table a slot lies in. */
struct cap_table *cap_table_of(const struct cap *c);

/* --- cap_slots.c --- */

static inline struct cap_cold *cap_cold_at(const struct cap_table *t, uint64_t index)
{
    return cap_cold_of(t->hot + index);
}

static inline struct cap *cap_hot_of(const struct cap_cold *cold)
{
    return (struct cap *)((uint64_t)(uintptr_t)cold - CAP_COLD_OFFSET);
}

static inline bool cap_in_use(struct cap_cold *cold)
{
    /* relaxed: settled under the lock; without it a hint */
    return atomic_load_explicit(&cold->state, memory_order_relaxed) == COLD_USED;
}

/* The empty slot COLD, of a new page or emptied a round ago, joins the free list unless it is of a window. */
void cap_slot_free(struct cap_table *t, struct cap_cold *cold);

/* The slot has been emptied just now: to the free list after a round, or never. */
void cap_slot_emptied(struct cap_table *t, struct cap_cold *cold);

/* Takes the empty slot out of the list it is on; it is COLD_EMPTY. */
void cap_slot_take(struct cap_table *t, struct cap_cold *cold);

/* Sees to it that slot INDEX can be filled, or that the free list is not empty. Errors as cap_create. */
enum l4_error cap_slot_prepare(struct cap_table *t, uint64_t index) MUST_CHECK;

/* --- cap_tree.c --- */

/* COLD, on no list, becomes the first slot derived from PARENT, or the first of its object when that is NULL.
 */
void cap_tree_add(struct cap_cold *cold, struct cap_cold *parent);

/* Takes COLD out; what lies between its brackets stays. LIVE: its object is not buried. */
void cap_tree_remove(struct cap_cold *cold, bool live);

/* FRESH, in the tree, moves to OLD's brackets, and OLD is in no tree. */
void cap_tree_replace(struct cap_cold *old, struct cap_cold *fresh, bool live);

/* The first slot derived from COLD, or NULL. */
struct cap_cold *cap_tree_child(const struct cap_cold *cold);

/* --- cap_phys.c --- */

/* A step of cap_unmap: COLD is in use. */
bool cap_unmap_locked(const struct cap_cold *cold);

/* What is mapped through OLD, which is about to be emptied, is mapped through FRESH, of the same kind. */
void cap_node_move(const struct cap *old, const struct cap *fresh);

/* --- cap.c --- */

/* The hot slot of COLD, of which this CPU may still hold a stale, read-only translation. */
struct cap *cap_hot_for_writing(const struct cap_cold *cold);

/* Empties C. Returns the deferred caller whose last capability that was, or NULL: told without the lock. */
struct object *cap_empty(struct cap *c);

#endif
