/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recount of capability tables: slots in use, the lists of their objects, the free list.
 */
#include "kernel/arch/window.h"
#include "kernel/base/assert.h"
#include "kernel/sys/recount.h"

#define WINDOW_TABLES 2 /* page tables of the hot and the cold half */

/* C, in use, in the preorder list of its object. */
static void check_links(const struct recount *r, const struct cap *c, uint64_t index)
{
    const struct cap_cold *cold = cap_cold_of(c);
    const struct object *o = cold->object;

    if (c->kind == L4_KIND_DEAD) {
        recount_require(r, "dead slot that names an object", o == NULL, index);
        return;
    }
    recount_require(r, "slot that names nothing", o != NULL, index);
    recount_require(r, "slot of another kind than its object", c->kind == o->kind, index);
    if (cold->prev) {
        recount_require(r, "slot whose neighbours disagree",
                        cold->prev->next == cold && cold->prev->object == o, index);
        recount_require(r, "slot at an impossible depth", cold->depth <= cold->prev->depth + 1, index);
    } else {
        recount_require(r, "slot that is not its object's first", o->caps == cold && cold->depth == 0, index);
    }
    recount_require(r, "slot whose successor disagrees", !cold->next || cold->next->prev == cold, index);
}

/* Slot INDEX; true when it is in use. */
static bool check_slot(const struct recount *r, uint64_t index, uint64_t *listed)
{
    const struct cap_table *t = &r->space->caps;
    const struct cap *c = t->hot + index;
    const struct cap_cold *cold = cap_cold_of(c);

    *listed += cold->listed;
    if (c->kind == L4_KIND_NONE) {
        recount_require(r, "empty slot with a handle", c->handle == (index ^ 1) * L4_SLOT_SIZE, index);
        return false;
    }
    recount_require(r, "slot with a wrong handle",
                    c->handle == ((uint64_t)cold->generation << 32 | index * L4_SLOT_SIZE), index);
    recount_require(r, "slot in use on the free list", !cold->listed, index);
    check_links(r, c, index);
    return true;
}

static uint64_t count_free(const struct recount *r)
{
    const struct cap_table *t = &r->space->caps;
    const struct cap_cold *prev = NULL;
    uint64_t n = 0;

    for (const struct cap_cold *c = t->free; c; c = c->next) {
        uint64_t index = ((uint64_t)(uintptr_t)c & (CAP_COLD_OFFSET - 1)) / L4_SLOT_SIZE;

        recount_require(r, "free slot whose neighbours disagree", c->prev == prev && c->listed, index);
        recount_require(r, "free slot of a receive window",
                        index - t->window_first >= t->window_end - t->window_first, index);
        prev = c;
        n++;
    }
    return n;
}

uint64_t recount_caps(struct recount *r)
{
    const struct cap_table *t = &r->space->caps;
    uint64_t pages = WINDOW_TABLES;
    uint64_t used = 0;
    uint64_t listed = 0;

    if (!QUIRE_CHECK)
        return 0;
    for (uint64_t base = 0; base < L4_SLOT_COUNT; base += CAP_PAGE_SLOTS) {
        if (window_page(vaddr_of(cap_cold_of(t->hot + base))).v == 0)
            continue;
        pages += 2;
        for (uint64_t i = base; i < base + CAP_PAGE_SLOTS; i++)
            used += check_slot(r, i, &listed);
    }
    recount_expect(r, "slots in use", used, t->in_use);
    recount_expect(r, "slots on the free list", listed, count_free(r));
    r->caps += used;
    return pages * PAGE_SIZE;
}
