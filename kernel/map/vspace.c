/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables. Notes on each table frame say whose it is and what it covers, notes on each node frame which
 * half of which table it belongs to: so entry and node find each other without a search.
 */
#include "kernel/map/vspace.h"

#include <l4/abi/layout.h>

#include "kernel/arch/kmap.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/map/node.h"
#include "kernel/mem/frame.h"

#define NODES_PER_FRAME 256u

static pte_t *table_at(paddr_t p)
{
    return phys_window(p);
}

static paddr_t table_alloc(struct vspace *vs, uint64_t va, unsigned level)
{
    paddr_t p;
    struct frame *f;

    if (!quota_charge(vs->quota, PAGE_SIZE))
        return paddr(0);
    if (!frame_alloc_zeroed(&p)) {
        quota_refund(vs->quota, PAGE_SIZE);
        return paddr(0);
    }
    f = frame_of(p);
    f->kind = FRAME_TABLE;
    f->owner = vs;
    f->base = align_down(va, level_size(level) * PT_ENTRIES) | level;
    return p;
}

enum l4_error vspace_init(struct vspace *vs, struct quota *quota)
{
    paddr_t p;
    pte_t *top;

    vs->quota = quota;
    p = table_alloc(vs, 0, PT_LEVELS);
    if (p.v == 0)
        return L4_ERR_QUOTA;
    top = table_at(p);
    /* the kernel half never changes after boot, so a copy stays right */
    ASSERT(kmap_root != NULL);
    memcpy(top + PT_ENTRIES / 2, kmap_root + PT_ENTRIES / 2, PAGE_SIZE / 2);
    vs->root[0] = p;
    return L4_OK;
}

static void free_frame_of(struct vspace *vs, paddr_t p)
{
    frame_free(p);
    quota_refund(vs->quota, PAGE_SIZE);
}

/* Frees the table at P of LEVEL and all below it. Recursion: the levels. */
static void table_free(struct vspace *vs, paddr_t p, unsigned level)
{
    pte_t *t = table_at(p);
    struct frame *f = frame_of(p);
    unsigned limit = level == PT_LEVELS ? PT_ENTRIES / 2 : PT_ENTRIES;

    for (unsigned i = 0; level > 1 && i < limit; i++)
        if (pte_present(t[i]) && !pte_is_leaf(t[i], level))
            table_free(vs, pte_address(t[i]), level - 1);
    if (f->a != FRAME_NONE)
        free_frame_of(vs, paddr_of(pfn(f->a)));
    if (f->b != FRAME_NONE)
        free_frame_of(vs, paddr_of(pfn(f->b)));
    free_frame_of(vs, p);
}

void vspace_fini(struct vspace *vs)
{
    ASSERT(vs->mapped == 0);
    if (vs->root[0].v)
        table_free(vs, vs->root[0], PT_LEVELS);
    vs->root[0] = paddr(0);
}

/* The node of entry INDEX of the table at P, or NULL when its half has none yet. */
static struct map_node *node_of(paddr_t table, unsigned index)
{
    struct frame *f = frame_of(table);
    uint32_t n = index < NODES_PER_FRAME ? f->a : f->b;

    if (n == FRAME_NONE)
        return NULL;
    return (struct map_node *)phys_window(paddr_of(pfn(n))) + index % NODES_PER_FRAME;
}

/* Makes the node frame for entry INDEX of the table at P. */
static enum l4_error nodes_make(struct vspace *vs, paddr_t table, unsigned index)
{
    struct frame *f = frame_of(table);
    paddr_t p;
    struct frame *n;

    if (node_of(table, index))
        return L4_OK;
    if (!quota_charge(vs->quota, PAGE_SIZE))
        return L4_ERR_QUOTA;
    if (!frame_alloc_zeroed(&p)) {
        quota_refund(vs->quota, PAGE_SIZE);
        return L4_ERR_QUOTA;
    }
    n = frame_of(p);
    n->kind = FRAME_NODES;
    n->a = (uint32_t)pfn_of(table).v;
    n->b = index / NODES_PER_FRAME;
    if (index < NODES_PER_FRAME)
        f->a = (uint32_t)pfn_of(p).v;
    else
        f->b = (uint32_t)pfn_of(p).v;
    return L4_OK;
}

/* Tables of LEVEL up to TOP for VA, with the node of its leaf: all or none, and nobody sees them yet. */
static paddr_t tables_make(struct vspace *vs, uint64_t va, unsigned level, unsigned top)
{
    paddr_t below = paddr(0);

    for (unsigned l = level; l <= top; l++) {
        paddr_t p = table_alloc(vs, va, l);

        if (p.v == 0 || (l == level && nodes_make(vs, p, level_index(va, l)) != L4_OK)) {
            if (p.v || below.v)
                table_free(vs, p.v ? p : below, p.v ? l : l - 1);
            return paddr(0);
        }
        /* the page-table write: into a fresh, zeroed table that nobody can reach */
        if (below.v)
            table_at(p)[level_index(va, l)] = pte_table(below);
        below = p;
    }
    return below;
}

bool vspace_find(struct vspace *vs, uint64_t va, struct leaf *out)
{
    paddr_t table = vs->root[0];

    if (va >= L4_USER_END)
        return false;
    for (unsigned level = PT_LEVELS; level > 0; level--) {
        pte_t *e = table_at(table) + level_index(va, level);

        if (!pte_present(*e))
            return false;
        if (level <= 2 && pte_is_leaf(*e, level)) {
            *out = (struct leaf){vs, e, node_of(table, level_index(va, level)),
                                 align_down(va, level_size(level)), level};
            return true;
        }
        table = pte_address(*e);
    }
    return false;
}

enum l4_error vspace_place(struct vspace *vs, uint64_t va, unsigned level, struct leaf *out)
{
    paddr_t table = vs->root[0];
    enum l4_error err;
    pte_t *e;

    ASSERT(va < L4_USER_END && level <= 2);
    for (unsigned l = PT_LEVELS; l > level; l--) {
        e = table_at(table) + level_index(va, l);
        if (!pte_present(*e)) {
            paddr_t p = tables_make(vs, va, level, l - 1);

            if (p.v == 0)
                return L4_ERR_QUOTA;
            /* the page-table write: fresh tables that nobody else can see before this store */
            ASSERT(frame_of(p)->kind == FRAME_TABLE);
            *(volatile pte_t *)e = pte_table(p);
        } else if (l <= 2 && pte_is_leaf(*e, l)) {
            return L4_ERR_EXISTS;
        }
        table = pte_address(*e);
    }
    e = table_at(table) + level_index(va, level);
    if (pte_present(*e) && !pte_is_leaf(*e, level))
        return L4_ERR_EXISTS;
    err = nodes_make(vs, table, level_index(va, level));
    if (err != L4_OK)
        return err;
    *out = (struct leaf){vs, e, node_of(table, level_index(va, level)), align_down(va, level_size(level)),
                         level};
    return L4_OK;
}

uint64_t vspace_next(struct vspace *vs, uint64_t va, uint64_t end)
{
    while (va < end) {
        paddr_t table = vs->root[0];
        unsigned level = PT_LEVELS;

        for (; level > 0; level--) {
            pte_t e = table_at(table)[level_index(va, level)];

            if (!pte_present(e))
                break;
            if (level <= 2 && pte_is_leaf(e, level))
                return va;
            table = pte_address(e);
        }
        va = align_down(va, level_size(level)) + level_size(level);
    }
    return end;
}

void leaf_of_node(struct map_node *node, struct leaf *out)
{
    paddr_t p = phys_of(node);
    struct frame *n = frame_of(paddr(align_down(p.v, PAGE_SIZE)));
    paddr_t table = paddr_of(pfn(n->a));
    struct frame *t = frame_of(table);
    unsigned index = n->b * NODES_PER_FRAME + (unsigned)((p.v & (PAGE_SIZE - 1)) / sizeof(struct map_node));
    unsigned level = (unsigned)(t->base & 7);

    ASSERT(n->kind == FRAME_NODES && t->kind == FRAME_TABLE);
    *out = (struct leaf){t->owner, table_at(table) + index, node,
                         align_down(t->base, PAGE_SIZE) + index * level_size(level), level};
}

static void watch_call(struct vspace *vs, uint64_t va, bool present, bool was_present)
{
    if (vs->watch && va - vs->watch_begin < vs->watch_end - vs->watch_begin)
        vs->watch(vs, va, present, was_present);
}

void leaf_set(const struct leaf *leaf, pte_t entry)
{
    struct vspace *vs = leaf->vs;
    pte_t old = *leaf->pte;
    uint64_t pages = level_size(leaf->level) / PAGE_SIZE;

    /* the page-table write: the processor may set accessed and dirty bits in the old entry meanwhile; they
     * are not read, because no operation reports them yet */
    ASSERT(!pte_present(entry) || pte_is_leaf(entry, leaf->level));
    *(volatile pte_t *)leaf->pte = entry;
    vs->mapped += pte_present(entry) ? pages : 0;
    vs->mapped -= pte_present(old) ? pages : 0;
    if (pte_present(old) && vs->root[cpu_local()->number].v == cpu_local()->cr3)
        tlb_flush_page(leaf->va);
    if (leaf->level == 1 && pte_present(old) + pte_present(entry) > 0)
        watch_call(vs, leaf->va, pte_present(entry), pte_present(old));
}

enum l4_error leaf_split_begin(const struct leaf *large, paddr_t *table)
{
    struct vspace *vs = large->vs;

    *table = table_alloc(vs, large->va, 1);
    if (table->v && nodes_make(vs, *table, 0) == L4_OK && nodes_make(vs, *table, PT_ENTRIES - 1) == L4_OK)
        return L4_OK;
    if (table->v)
        table_free(vs, *table, 1);
    return L4_ERR_QUOTA;
}

void leaf_split_drop(const struct leaf *large, paddr_t table)
{
    table_free(large->vs, table, 1);
}

void leaf_split(const struct leaf *large, paddr_t table)
{
    struct vspace *vs = large->vs;
    pte_t e = *large->pte;
    struct map_node *last = large->node;

    for (unsigned i = 0; i < PT_ENTRIES; i++) {
        struct map_node *n = node_of(table, i);

        /* the page-table write: not reachable before the large entry is replaced below */
        table_at(table)[i] = pte_page(paddr(pte_address(e).v + i * PAGE_SIZE), pte_rights(e), pte_cache(e, 2),
                                      pte_is_device(e), 1) |
                             (e & PTE_GIVE_X);
        watch_call(vs, large->va + i * PAGE_SIZE, true, false);
        node_insert_sibling(last, n);
        if (node_depth(n) > 0)
            last = n;
    }
    node_unlink(large->node);
    /* the page-table write: the same memory with the same rights, in small pages */
    ASSERT(pte_is_leaf(e, 2));
    *(volatile pte_t *)large->pte = pte_table(table);
    if (vs->root[cpu_local()->number].v == cpu_local()->cr3)
        tlb_flush_page(large->va);
}
