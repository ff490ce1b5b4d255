/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities for physical memory: what is mapped through one hangs from its hot slot, in which the fields
 * of gates serve as a mapping node. A slot is emptied only when nothing hangs from it, so it keeps nothing
 * and pays for nothing: mapping nodes are their holders'. Lock: cap_lock for the slot, map_lock for the list.
 */
#include "kernel/arch/window.h"
#include "kernel/cap/cap_parts.h"
#include "kernel/map/mapdb.h"

_Static_assert(offsetof(struct cap, node) % sizeof(struct map_node) == 0, "room for depths in its address");
_Static_assert(offsetof(struct cap, record) == offsetof(struct cap, node.prev_depth),
               "0 in a fresh slot: of depth 0, and not closed");

struct map_node *cap_node(const struct cap *c)
{
    uint64_t at = vaddr_of(&c->node).v;

    /* not by its address in the window, of which a CPU may hold a stale translation */
    return (struct map_node *)((char *)phys_window(window_page(vaddr(at))) + at % PAGE_SIZE);
}

bool cap_unmap_locked(const struct cap_cold *cold)
{
    const struct cap *c = cap_hot_for_writing(cold);

    return cap_kind(c) != L4_KIND_PHYS || unmap_via(cap_node(c));
}

bool cap_unmap(struct cap *c)
{
    bool done;

    spin_lock(&cap_lock);
    done = !cap_in_use(cap_cold_of(c)) || cap_unmap_locked(cap_cold_of(c));
    spin_unlock(&cap_lock);
    return done;
}

void cap_node_move(const struct cap *old, const struct cap *fresh)
{
    if (cap_kind(old) == L4_KIND_PHYS)
        map_via_move(cap_node(old), cap_node(fresh));
}

bool cap_unmap_index(struct cap_table *t, uint64_t index)
{
    return index >= L4_SLOT_COUNT || !cap_page_present(t, index) || cap_unmap(t->hot + index);
}
