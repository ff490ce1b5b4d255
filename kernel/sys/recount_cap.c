/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recount of capability tables: slots in use, the lists of their objects, the lists of empty slots.
 */
#include "kernel/arch/window.h"
#include "kernel/base/assert.h"
#include "kernel/sys/recount.h"

#define WINDOW_TABLES 2 /* page tables of the hot and the cold half */

/* What LINK leads to, when it is not the end, leads back to BACK. */
static bool agrees(uint32_t link, bool next, uint32_t back)
{
    const struct cap_cold *c = cap_of_link(link);

    return link == 0 || (next ? c->prev : c->next)[link & 1] == back;
}

/* The brackets of O: properly nested. LIVE: all of slots that name it. */
static void check_tree(const struct recount *r, const struct object *o)
{
    uint64_t depth = 0;

    for (uint32_t link = cap_link(o->caps, CAP_OPEN); link; link = cap_of_link(link)->next[link & 1]) {
        const struct cap_cold *c = cap_of_link(link);

        recount_require(r, "slot of another object in the list", c->object == o, link);
        recount_require(r, "bracket that closes nothing", depth > 0 || (link & 1) == CAP_OPEN, link);
        depth += (link & 1) == CAP_OPEN ? 1 : UINT64_MAX;
    }
    recount_require(r, "bracket that is never closed", depth == 0, o->id);
}

/* C, in use, in the list of its object. */
static void check_links(const struct recount *r, const struct cap *c, uint64_t index)
{
    const struct cap_cold *cold = cap_cold_of(c);
    const struct object *o = cold->object;

    for (unsigned i = CAP_OPEN; i <= CAP_CLOSE; i++) {
        uint32_t own = cap_link(cold, (enum cap_bracket)i);

        recount_require(r, "slot whose neighbours disagree",
                        agrees(cold->next[i], true, own) && agrees(cold->prev[i], false, own), index);
    }
    if (cap_kind(c) == L4_KIND_DEAD)
        return;
    recount_require(r, "slot that names nothing", o != NULL, index);
    recount_require(r, "slot of another kind than its object", cap_kind(c) == o->kind, index);
    if (cold->prev[CAP_OPEN])
        return;
    recount_require(r, "slot that is not its object's first", o->caps == cold, index);
    check_tree(r, o);
}

/* Slot INDEX; true when it is in use. */
static bool check_slot(struct recount *r, uint64_t index, uint64_t *listed)
{
    const struct cap_table *t = &r->space->caps;
    const struct cap *c = t->hot + index;
    const struct cap_cold *cold = cap_cold_of(c);

    *listed += cold->state == COLD_FREE || cold->state == COLD_PENDING;
    if (cold->state != COLD_USED) {
        recount_require(r, "empty slot with a handle",
                        cap_kind(c) == L4_KIND_NONE && c->handle == (index ^ 1) * L4_SLOT_SIZE, index);
        return false;
    }
    recount_require(r, "slot with a wrong handle",
                    cap_handle(c) == ((uint64_t)cold->generation << 32 | index * L4_SLOT_SIZE), index);
    check_links(r, c, index);
    if (cap_kind(c) == L4_KIND_PHYS)
        r->held += recount_hanging(r, cap_node(c), index);
    return true;
}

static uint64_t count_list(const struct recount *r, const struct cap_list *l, enum cold_state state)
{
    uint32_t prev = 0;
    uint64_t n = 0;

    for (uint32_t link = l->first; link; link = cap_of_link(link)->next[0]) {
        const struct cap_cold *c = cap_of_link(link);

        recount_require(r, "empty slot whose neighbours disagree", c->prev[0] == prev && c->state == state,
                        link);
        prev = link;
        n++;
    }
    recount_require(r, "list of empty slots with another end", l->last == prev, prev);
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
    /* a table that ends gives its frames back one by one */
    for (uint64_t base = 0; !t->closed && base < L4_SLOT_COUNT; base += CAP_PAGE_SLOTS) {
        if (window_page(vaddr_of(cap_cold_of(t->hot + base))).v == 0)
            continue;
        pages += 2;
        for (uint64_t i = base; i < base + CAP_PAGE_SLOTS; i++)
            used += check_slot(r, i, &listed);
    }
    if (!t->closed) {
        recount_expect(r, "pages of slots", pages, t->frames);
        recount_expect(r, "empty slots on lists", listed,
                       count_list(r, &t->free, COLD_FREE) + count_list(r, &t->pending, COLD_PENDING));
    }
    recount_expect(r, "slots in use", used, t->in_use);
    r->caps += used;
    return t->frames * PAGE_SIZE;
}
