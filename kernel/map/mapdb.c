/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mapping database: mapping, granting and unmapping of ranges. Who derived what from whom is kept by
 * node.c; a node is linked or a root exactly while its entry is present.
 */
#include "kernel/map/mapdb.h"

#include <l4/abi/item.h>
#include <l4/abi/layout.h>
#include <l4/abi/ops.h>

#include "kernel/base/assert.h"
#include "kernel/base/spinlock.h"
#include "kernel/map/node.h"
#include "kernel/mem/frame.h"

static struct spinlock map_lock;

/* Splits LARGE for a small page at TARGET: nothing has changed if memory for either is short. */
static enum l4_error source_split(const struct map_request *r, uint64_t target, const struct leaf *large)
{
    unsigned budget = MAP_BATCH;
    struct leaf place;
    paddr_t table;
    enum l4_error err = leaf_split_begin(large, &table);

    if (err != L4_OK)
        return err;
    err = vspace_place(r->to, target, 1, &place);
    if (err == L4_ERR_EXISTS) /* is found again by who maps, as small pages */
        err = L4_OK;
    /* the holders of large pages derived from it fault again */
    if (err == L4_OK && !node_remove_derived(large->node, 0, &budget))
        err = L4_ERR_BUSY;
    if (err != L4_OK)
        leaf_split_drop(large, table);
    else
        leaf_split(large, table);
    return err;
}

/* What a source leaf gives and at which size: the pages of a larger one are split off unless both ends fit.
 */
static enum l4_error source_leaf(const struct map_request *r, uint64_t offset, struct leaf *out)
{
    uint64_t source = r->source + offset;
    uint64_t target = r->target + offset;
    struct leaf place;
    enum l4_error err;

    if (!vspace_find(r->from, source, out))
        return L4_ERR_RANGE;
    if (out->level == 1)
        return L4_OK;
    if (is_aligned(source | target, LARGE_PAGE_SIZE) && r->bytes - offset >= LARGE_PAGE_SIZE) {
        err = vspace_place(r->to, target, 2, &place);
        if (err != L4_ERR_EXISTS)
            return err;
    }
    err = source_split(r, target, out);
    if (err != L4_OK)
        return err;
    return vspace_find(r->from, source, out) ? L4_OK : L4_ERR_RANGE;
}

/*
 * The target maps something already. The same page with the same rights stays; with other rights it goes, so
 * that the new one is derived from SRC and no right outlives its source. Never what SRC may come from.
 */
static enum l4_error replace_same(const struct map_request *r, const struct leaf *src, const struct leaf *dst,
                                  unsigned rights)
{
    unsigned budget = MAP_BATCH;

    if (r->grant || pte_address(*dst->pte).v != pte_address(*src->pte).v)
        return L4_ERR_EXISTS;
    if (pte_rights(*dst->pte) == rights)
        return L4_OK;
    if (node_depth(dst->node) <= node_depth(src->node))
        return L4_ERR_EXISTS;
    if (!node_remove_derived(dst->node, 0, &budget))
        return L4_ERR_BUSY;
    node_unlink(dst->node);
    leaf_set(dst, 0);
    return L4_OK;
}

/* The taker's node steps into the giver's place, descendants and all; E is the taker's entry. */
static enum l4_error grant_leaf(const struct leaf *src, const struct leaf *dst, pte_t e)
{
    unsigned budget = MAP_BATCH;

    /* with fewer rights than the giver had, those derived keep no more */
    if (!node_remove_derived(src->node, pte_rights(e), &budget))
        return L4_ERR_BUSY;
    node_replace(src->node, dst->node);
    leaf_set(dst, e);
    leaf_set(src, 0);
    return L4_OK;
}

/* One leaf from SRC to its place; both checked. */
static enum l4_error map_leaf(const struct map_request *r, uint64_t offset, struct leaf *src)
{
    struct leaf dst;
    unsigned rights = pte_give_rights(*src->pte) & (r->rights | L4_READ);
    enum l4_error err = vspace_place(r->to, r->target + offset, src->level, &dst);
    pte_t e;

    if (err != L4_OK)
        return err;
    e = pte_with_rights(*src->pte & ~(PTE_A | PTE_D | PTE_GIVE_X), rights);
    if (dst.pte == src->pte)
        return L4_ERR_EXISTS;
    if (pte_present(*dst.pte)) {
        err = replace_same(r, src, &dst, rights);
        if (err != L4_OK || pte_present(*dst.pte))
            return err;
    }
    if (r->grant)
        return grant_leaf(src, &dst, e);
    if (node_depth(src->node) >= MAP_DEPTH_MAX)
        return L4_ERR_DEPTH;
    node_add_child(src->node, dst.node);
    leaf_set(&dst, e);
    return L4_OK;
}

enum l4_error map_range(const struct map_request *r, uint64_t *done)
{
    enum l4_error err = L4_OK;
    uint64_t offset = 0;

    spin_lock(&map_lock);
    for (unsigned n = 0; n < MAP_BATCH && offset < r->bytes; n++) {
        struct leaf src;

        err = source_leaf(r, offset, &src);
        if (err == L4_OK)
            err = map_leaf(r, offset, &src);
        if (err != L4_OK)
            break;
        offset += level_size(src.level);
    }
    spin_unlock(&map_lock);
    *done = offset;
    return offset > 0 ? L4_OK : err;
}

enum l4_error map_physical(struct vspace *to, uint64_t target, paddr_t from, uint64_t bytes, unsigned rights,
                           unsigned cache, bool device, uint64_t *done)
{
    enum l4_error err = L4_OK;
    uint64_t offset = 0;

    spin_lock(&map_lock);
    for (unsigned n = 0; n < MAP_BATCH && offset < bytes; n++) {
        bool large = cache != L4_CACHE_WC &&
                     is_aligned((from.v + offset) | (target + offset), LARGE_PAGE_SIZE) &&
                     bytes - offset >= LARGE_PAGE_SIZE;
        struct leaf dst;

        err = vspace_place(to, target + offset, large ? 2 : 1, &dst);
        /* a table that small pages left behind may be in the way */
        if (large && err == L4_ERR_EXISTS)
            err = vspace_place(to, target + offset, 1, &dst);
        if (err == L4_OK && pte_present(*dst.pte))
            err = L4_ERR_EXISTS;
        if (err != L4_OK)
            break;
        node_make_root(dst.node);
        leaf_set(&dst, pte_page(paddr(from.v + offset), rights, cache, device, dst.level) |
                           (device ? 0 : PTE_GIVE_X));
        offset += level_size(dst.level);
    }
    spin_unlock(&map_lock);
    *done = offset;
    return offset > 0 ? L4_OK : err;
}

/* One leaf of an unmap. True when finished with it. */
static bool unmap_leaf(const struct leaf *l, unsigned which, unsigned remain, unsigned *budget)
{
    if ((which & L4_UNMAP_DERIVED) && !node_remove_derived(l->node, remain, budget))
        return false;
    if (!(which & L4_UNMAP_OWN))
        return true;
    if (remain) {
        pte_t e = pte_with_rights(*l->pte, pte_rights(*l->pte) & remain);

        /* own alone narrows the derived ones too: no right outlives its source */
        if (!node_remove_derived(l->node, pte_give_rights(e), budget))
            return false;
        leaf_set(l, e);
        return true;
    }
    /* own alone still takes the derived ones along: a mapping without its source does not exist */
    if (!node_remove_derived(l->node, 0, budget))
        return false;
    node_unlink(l->node);
    leaf_set(l, 0);
    return true;
}

bool unmap_range(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned which, unsigned remain,
                 uint64_t *done)
{
    uint64_t end = va + bytes;
    uint64_t at = va;
    unsigned budget = MAP_BATCH;
    bool finished = true;

    spin_lock(&map_lock);
    while (at < end) {
        struct leaf l;

        at = vspace_next(vs, at, end);
        if (at >= end)
            break;
        if (budget == 0 || !vspace_find(vs, at, &l)) {
            finished = budget > 0;
            break;
        }
        budget--;
        if (!unmap_leaf(&l, which, remain, &budget)) {
            finished = false;
            break;
        }
        at = l.va + level_size(l.level);
    }
    spin_unlock(&map_lock);
    *done = (at > end ? end : at) - va;
    return finished;
}

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
    spin_unlock(&map_lock);
    *done = fit;
    return err;
}
