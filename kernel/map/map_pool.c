/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a space that becomes the kernel's. Lock: map_lock.
 */
#include <l4/abi/item.h>
#include <l4/abi/layout.h>
#include <l4/abi/ops.h>

#include "kernel/map/mapdb.h"
#include "kernel/map/node.h"
#include "kernel/map/table.h"
#include "kernel/mem/frame.h"

/* The leaf at VA, if the pool may have it; END is where the range ends. */
static enum l4_error pool_leaf(struct vspace *vs, uint64_t va, uint64_t end, struct leaf *l)
{
    if (!vspace_find(vs, va, l))
        return L4_ERR_RANGE;
    if (l->va != va || level_size(l->level) > end - va)
        return L4_ERR_ALIGN;
    if (pte_is_device(*l->pte) || !(pte_rights(*l->pte) & L4_WRITE))
        return L4_ERR_RIGHTS;
    return node_is_lone(l->node) ? L4_OK : L4_ERR_STATE;
}

/* How much from VA on is as the pool wants it; why it is not more. */
static enum l4_error pool_measure(struct vspace *vs, uint64_t va, uint64_t bytes, paddr_t *base,
                                  uint64_t *fit)
{
    struct leaf l;

    *fit = 0;
    for (unsigned n = 0; n < MAP_BATCH && *fit < bytes; n++) {
        enum l4_error err = pool_leaf(vs, va + *fit, va + bytes, &l);

        if (err != L4_OK)
            return err;
        if (*fit == 0)
            *base = pte_address(*l.pte);
        else if (pte_address(*l.pte).v != base->v + *fit)
            break;
        *fit += level_size(l.level);
    }
    return L4_ERR_RANGE;
}

enum l4_error map_to_pool(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned *range, uint64_t *done)
{
    paddr_t base = {0};
    uint64_t fit;
    struct leaf l;
    enum l4_error err;

    spin_lock(&map_lock);
    err = pool_measure(vs, va, bytes, &base, &fit);
    if (fit >= FRAME_RANGE_LEAST * PAGE_SIZE)
        err = frame_range_add(base, npages(fit / PAGE_SIZE), range) ? L4_OK : L4_ERR_LIMIT;
    /* after this line no error */
    for (uint64_t at = 0; err == L4_OK && at < fit && vspace_find(vs, va + at, &l);
         at += level_size(l.level)) {
        node_unlink(l.node);
        leaf_set(&l, 0);
    }
    /* whoever took something away before has told the CPUs concerned, so the next round is enough for all */
    map_unlock();
    *done = fit;
    return err;
}
