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
#include "kernel/map/table.h"

#define SCAN_BATCH 32 /* empty places one unmap looks at */

/* Takes away what was derived from NODE. False when the budget does not suffice. */
static bool remove_derived(struct map_node *node, struct map_budget *budget)
{
    unsigned left = budget->left;
    bool done = node_remove_derived(node, 0, &left);

    budget->lasting |= left < budget->left;
    budget->left = left;
    return done;
}

/* Splits LARGE for a small page at TARGET: nothing has changed if memory for either is short. */
static enum l4_error source_split(const struct map_request *r, uint64_t target, const struct leaf *large,
                                  struct map_budget *budget)
{
    struct leaf place;
    paddr_t table;
    enum l4_error placed;
    enum l4_error err;

    if (budget->left < budget->whole)
        return L4_ERR_BUSY;
    err = leaf_split_begin(large, &table);
    if (err != L4_OK)
        return err;
    placed = vspace_place(r->to, target, 1, &place);
    if (placed == L4_OK)
        (void)leaf_count(&place, 1); /* what is derived may lie beside it */
    else if (placed != L4_ERR_EXISTS)
        err = placed; /* what exists is found again by who maps, as small pages */
    /* the holders of large pages derived from it fault again */
    if (err == L4_OK && !remove_derived(large->node, budget))
        err = L4_ERR_BUSY;
    if (err == L4_OK && budget->left < budget->whole)
        err = L4_ERR_BUSY; /* it is split the next time */
    if (placed == L4_OK)
        (void)leaf_count(&place, UINT64_MAX);
    if (placed == L4_OK && err != L4_OK)
        leaf_settle(&place);
    if (err != L4_OK) {
        table_drop(large->vs, table);
        return err;
    }
    leaf_split(large, table);
    budget->lasting = true;
    budget->left = 1;
    return L4_OK;
}

/* What a source leaf gives and at which size: the pages of a larger one are split off unless both ends fit.
 */
static enum l4_error source_leaf(const struct map_request *r, uint64_t offset, struct leaf *out,
                                 struct map_budget *budget)
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
    err = source_split(r, target, out, budget);
    if (err != L4_OK)
        return err;
    return vspace_find(r->from, source, out) ? L4_OK : L4_ERR_RANGE;
}

/*
 * The target maps something already. The same page with other rights is given up, so that the new one is
 * derived from SRC and no right outlives its source: it has no node then, and is to be written over. Never
 * what SRC may come from.
 */
static enum l4_error replace_same(const struct map_request *r, const struct leaf *src, const struct leaf *dst,
                                  struct map_budget *budget)
{
    if (r->grant || pte_address(*dst->pte).v != pte_address(*src->pte).v ||
        node_depth(dst->node) <= node_depth(src->node))
        return L4_ERR_EXISTS;
    if (!remove_derived(dst->node, budget))
        return L4_ERR_BUSY;
    node_unlink(dst->node);
    return L4_OK;
}

/* The taker's node steps into the giver's place, descendants and all; E is the taker's entry. */
static enum l4_error grant_leaf(const struct leaf *src, const struct leaf *dst, pte_t e,
                                struct map_budget *budget)
{
    /* with fewer rights than the giver had, those derived keep no more */
    if (!node_remove_derived(src->node, pte_rights(e), &budget->left))
        return L4_ERR_BUSY;
    node_replace(src->node, dst->node);
    leaf_set(dst, e);
    leaf_set(src, 0);
    return L4_OK;
}

/* One leaf from SRC to its place; both checked. */
static enum l4_error map_leaf(const struct map_request *r, uint64_t offset, struct leaf *src,
                              struct map_budget *budget)
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
        /* the same again */
        if (!r->grant && pte_address(*dst.pte).v == pte_address(e).v && pte_rights(*dst.pte) == rights)
            return L4_OK;
        err = replace_same(r, src, &dst, budget);
    }
    /* what is replaced was deeper than its new source, so that is not too deep */
    if (err == L4_OK && !r->grant && node_depth(src->node) >= MAP_DEPTH_MAX)
        err = L4_ERR_DEPTH;
    if (err == L4_OK && r->grant) {
        err = grant_leaf(src, &dst, e, budget);
    } else if (err == L4_OK) {
        node_add_child(src->node, dst.node);
        leaf_set(&dst, e);
    }
    if (err != L4_OK)
        leaf_settle(&dst);
    return err;
}

enum l4_error map_range_within(const struct map_request *r, struct map_budget *budget, uint64_t *done)
{
    enum l4_error err = L4_OK;
    uint64_t offset = 0;

    spin_lock(&map_lock);
    while (budget->left > 0 && offset < r->bytes) {
        struct leaf src;

        map_frames_made = 0;
        err = source_leaf(r, offset, &src, budget);
        if (err == L4_OK)
            err = map_leaf(r, offset, &src, budget);
        if (err != L4_OK)
            break;
        budget->lasting |= map_frames_made > 0;
        budget->left -= map_frames_made < budget->left ? map_frames_made + 1 : budget->left;
        offset += level_size(src.level);
    }
    map_unlock();
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

/* Unmaps up to END and says where it came to; map_lock is held. */
static bool unmap_batch(struct vspace *vs, uint64_t *at, uint64_t end, unsigned which, unsigned remain,
                        unsigned budget)
{
    unsigned steps = SCAN_BATCH;

    for (;;) {
        struct leaf l;

        *at = vspace_next(vs, *at, end, &steps);
        if (*at >= end)
            return true;
        if (budget == 0 || steps == 0 || !vspace_find(vs, *at, &l))
            return false;
        budget--;
        if (!unmap_leaf(&l, which, remain, &budget))
            return false;
        *at = l.va + level_size(l.level);
    }
}

bool unmap_within(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned which, unsigned remain,
                  unsigned budget, uint64_t *done)
{
    uint64_t end = va + bytes;
    uint64_t at = va;
    bool finished;

    spin_lock(&map_lock);
    finished = unmap_batch(vs, &at, end, which, remain, budget);
    /* what was derived may have been taken away by its holder a moment ago: that is waited for as well */
    map_flush_wait();
    map_unlock();
    *done = (at > end ? end : at) - va;
    return finished;
}

bool unmap_all_step(struct vspace *vs)
{
    bool finished;

    spin_lock(&map_lock);
    finished = unmap_batch(vs, &vs->ended, L4_USER_END, L4_UNMAP_ALL, 0, END_BATCH);
    map_unlock();
    return finished;
}
