/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is derived from no other mapping: RAM at boot, whose nodes are roots, and memory of devices,
 * which hangs from the node of the capability it is mapped through. That node lies in no table and stands for
 * no entry; what hangs from it is taken away like what is derived from a mapping. Lock: map_lock.
 */
#include <l4/abi/item.h>
#include <l4/abi/ops.h>

#include "kernel/map/mapdb.h"
#include "kernel/map/node.h"
#include "kernel/map/table.h"

enum l4_error map_physical(struct vspace *to, uint64_t target, paddr_t from, uint64_t bytes, unsigned rights,
                           unsigned cache, struct map_node *via, uint64_t *done)
{
    enum l4_error err = L4_OK;
    uint64_t offset = 0;

    spin_lock(&map_lock);
    if (via && node_is_closed(via))
        err = L4_ERR_CAP;
    for (unsigned n = 0; err == L4_OK && n < MAP_BATCH && offset < bytes; n++) {
        bool large = cache != L4_CACHE_WC &&
                     is_aligned((from.v + offset) | (target + offset), LARGE_PAGE_SIZE) &&
                     bytes - offset >= LARGE_PAGE_SIZE;
        struct leaf dst;

        err = vspace_place(to, target + offset, large ? 2 : 1, &dst);
        /* small pages may be in the way */
        if (large && err == L4_ERR_EXISTS)
            err = vspace_place(to, target + offset, 1, &dst);
        if (err == L4_OK && pte_present(*dst.pte))
            err = L4_ERR_EXISTS;
        if (err != L4_OK)
            break;
        if (via)
            node_add_child(via, dst.node);
        else
            node_make_root(dst.node);
        leaf_set(&dst, pte_page(paddr(from.v + offset), rights, cache, via != NULL, dst.level) |
                           (via ? 0 : PTE_GIVE_X));
        offset += level_size(dst.level);
    }
    map_unlock();
    *done = offset;
    return offset > 0 ? L4_OK : err;
}

bool unmap_via(struct map_node *via)
{
    unsigned budget = VIA_BATCH;
    bool done;

    spin_lock(&map_lock);
    node_close(via);
    done = node_remove_derived(via, 0, &budget);
    /* or its holder has taken it away a moment ago */
    map_flush_wait();
    map_unlock();
    return done;
}

void map_via_move(struct map_node *old, struct map_node *fresh)
{
    spin_lock(&map_lock);
    node_close(old);
    node_hand_over(old, fresh);
    map_unlock();
}
