/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recount of page tables and mapping nodes. Every table and page of nodes is used; every present entry has a
 * node; every node is reached exactly once from a root, which for memory of a device hangs from a capability,
 * at a depth at most one more than that of the one before it, maps its root's memory and has no right that
 * its source cannot give.
 */
#include "kernel/base/assert.h"
#include "kernel/map/mapdb.h"
#include "kernel/map/node.h"
#include "kernel/mem/frame.h"
#include "kernel/sys/recount.h"

#define NODES_PER_FRAME 256u

static struct map_node *pointer_of(uint64_t word)
{
    return (struct map_node *)(uintptr_t)(word & ~UINT64_C(15));
}

/* One node behind the root; GIVE[d]: what the last node of depth d can give. */
static void check_derived(const struct recount *r, struct map_node *n, const struct map_node *prev,
                          const struct leaf *root, unsigned *give)
{
    unsigned depth = node_depth(n);
    struct leaf l;

    leaf_of_node(n, &l);
    recount_require(r, "mapping whose neighbours disagree", pointer_of(n->prev_depth) == prev, l.va);
    recount_require(r, "mapping at an impossible depth", depth > 0 && depth <= node_depth(prev) + 1, l.va);
    recount_require(r, "node without a mapping", pte_present(*l.pte) && pte_is_leaf(*l.pte, l.level), l.va);
    recount_require(r, "mapping of other memory than its root's",
                    pte_address(*l.pte).v - pte_address(*root->pte).v < level_size(root->level) &&
                        l.level <= root->level,
                    l.va);
    recount_require(r, "mapping with more rights than its source",
                    (pte_rights(*l.pte) & ~give[depth - 1]) == 0, l.va);
    give[depth] = pte_give_rights(*l.pte);
}

/* ROOT and what was derived from it: it was derived from nothing itself, or hangs from a capability. */
static void check_root(struct recount *r, const struct leaf *root)
{
    unsigned depth = node_depth(root->node);
    unsigned give[MAP_DEPTH_MAX + 1];
    const struct map_node *prev = root->node;

    give[depth] = pte_give_rights(*root->pte);
    if (depth == 0)
        recount_require(r, "root behind another mapping", root->node->prev_depth == 0, root->va);
    else
        recount_require(r, "mapping whose neighbours disagree",
                        pointer_of(pointer_of(root->node->prev_depth)->next) == root->node, root->va);
    r->listed++;
    for (struct map_node *n = pointer_of(prev->next); n && node_depth(n) > depth; n = pointer_of(n->next)) {
        check_derived(r, n, prev, root, give);
        prev = n;
        r->listed++;
    }
}

uint64_t recount_hanging(const struct recount *r, const struct map_node *via, uint64_t index)
{
    const struct map_node *prev = via;
    uint64_t hanging = 0;

    if (!QUIRE_CHECK)
        return 0;
    for (const struct map_node *n = pointer_of(via->next); n; n = pointer_of(n->next)) {
        recount_require(r, "mapping through a capability whose neighbours disagree",
                        pointer_of(n->prev_depth) == prev && node_depth(n) > 0, index);
        hanging += node_depth(n) == 1;
        prev = n;
    }
    return hanging;
}

static void count_leaf(struct recount *r, const struct leaf *l)
{
    const struct area *a = &r->space->area;

    r->leaves++;
    r->mapped += level_size(l->level) / PAGE_SIZE;
    recount_require(r, "mapping without a node", l->node != NULL, l->va);
    if (node_depth(l->node) == (pte_is_device(*l->pte) ? 1 : 0)) {
        check_root(r, l);
        r->hanging += node_depth(l->node);
    }
    if (l->level != 1)
        return;
    if (l->va - a->utcb_base < align_up(a->indices * L4_UTCB_SIZE, PAGE_SIZE))
        r->utcb_pages++;
    else if (l->va - a->stack_base < a->indices * a->stride)
        r->stack_pages++;
}

static struct map_node *node_at(paddr_t table, unsigned index)
{
    const struct frame *f = frame_of(table);
    uint32_t n = index < NODES_PER_FRAME ? f->a : f->b;

    if (n == FRAME_NONE)
        return NULL;
    return (struct map_node *)phys_window(paddr_of(pfn(n))) + index % NODES_PER_FRAME;
}

/* The notes on the table at P say how much of it is in use, and what is not in use is not there. */
static void check_use(const struct recount *r, paddr_t p, unsigned level, uint64_t va)
{
    const pte_t *t = phys_window(p);
    const struct frame *f = frame_of(p);
    unsigned limit = level == PT_LEVELS ? PT_ENTRIES / 2 : PT_ENTRIES;
    uint64_t leaves[2] = {0};
    uint64_t used = 0;

    for (unsigned i = 0; i < limit; i++) {
        used += pte_present(t[i]);
        leaves[i / NODES_PER_FRAME] += pte_present(t[i]) && level <= 2 && pte_is_leaf(t[i], level);
    }
    recount_require(r, "page table with a wrong count", f->used == used, va);
    recount_require(r, "page table without a use", used > 0 || level == PT_LEVELS, va);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t n = i ? f->b : f->a;

        recount_require(r, "nodes without a use", (n != FRAME_NONE) == (leaves[i] > 0), va);
        if (n != FRAME_NONE)
            recount_require(r, "nodes with a wrong count", frame_of(paddr_of(pfn(n)))->used == leaves[i], va);
    }
}

/* The table at P of LEVEL, which covers addresses from VA on, and those below it. Depth: the levels. */
static uint64_t count_table(struct recount *r, paddr_t p, unsigned level, uint64_t va)
{
    pte_t *t = phys_window(p);
    const struct frame *f = frame_of(p);
    unsigned limit = level == PT_LEVELS ? PT_ENTRIES / 2 : PT_ENTRIES;
    uint64_t bytes = PAGE_SIZE * (1u + (f->a != FRAME_NONE) + (f->b != FRAME_NONE));

    recount_require(r, "page table whose notes are wrong",
                    f->kind == FRAME_TABLE && f->owner == &r->space->vs && f->base == (va | level), va);
    check_use(r, p, level, va);
    for (unsigned i = 0; i < limit; i++) {
        struct leaf l = {&r->space->vs, t + i, node_at(p, i), va + i * level_size(level), level};

        if (pte_present(t[i]) && level <= 2 && pte_is_leaf(t[i], level))
            count_leaf(r, &l);
        else if (l.node)
            recount_require(r, "node of no mapping", l.node->prev_depth == 0 && l.node->next == 0, l.va);
        if (pte_present(t[i]) && level > 1 && !pte_is_leaf(t[i], level))
            bytes += count_table(r, pte_address(t[i]), level - 1, l.va);
    }
    return bytes;
}

/* The top-level tables, whose user halves are equal while the space lives. */
static uint64_t count_roots(const struct recount *r)
{
    const struct vspace *vs = &r->space->vs;
    uint64_t bytes = 0;

    for (uint64_t cpus = vs->roots; cpus; cpus &= cpus - 1) {
        const pte_t *root = phys_window(vs->root[__builtin_ctzll(cpus)]);
        const pte_t *top = phys_window(vs->top);

        for (unsigned i = 0; vs->top.v && !r->space->object.dying && i < PT_ENTRIES / 2; i++)
            recount_require(r, "top-level tables that differ", ((root[i] ^ top[i]) & ~PTE_A) == 0, i);
        bytes += PAGE_SIZE;
    }
    return bytes;
}

uint64_t recount_memory(struct recount *r)
{
    uint64_t utcb_pages = r->utcb_pages;
    uint64_t stack_pages = r->stack_pages;
    const struct vspace *vs = &r->space->vs;
    uint64_t bytes;

    if (!QUIRE_CHECK)
        return 0;
    r->mapped = 0;
    bytes = vs->top.v ? count_table(r, vs->top, PT_LEVELS, 0) - PAGE_SIZE : 0;
    bytes += count_roots(r);
    recount_expect(r, "pages mapped", r->mapped, r->space->vs.mapped);
    recount_expect(r, "UTCB pages", r->utcb_pages - utcb_pages, r->space->utcb_pages);
    recount_expect(r, "stack pages", r->stack_pages - stack_pages, r->space->stack_pages);
    return bytes;
}
