/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes on each table frame say whose it is and what it covers, notes on each node frame which half of which
 * table it belongs to: so entry and node find each other without a search.
 */
#include "kernel/map/table.h"

#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"

unsigned map_frames_made;

paddr_t table_alloc(struct vspace *vs, uint64_t va, unsigned level)
{
    paddr_t p;
    struct frame *f;

    if (!quota_charge(vs->quota, PAGE_SIZE))
        return paddr(0);
    if (!frame_alloc_zeroed(&p)) {
        quota_refund(vs->quota, PAGE_SIZE);
        return paddr(0);
    }
    map_frames_made++;
    f = frame_of(p);
    f->kind = FRAME_TABLE;
    f->owner = vs;
    f->base = align_down(va, level_size(level) * PT_ENTRIES) | level;
    return p;
}

void table_free(struct vspace *vs, paddr_t p)
{
    struct frame *f = frame_of(p);
    uint32_t a = f->a;
    uint32_t b = f->b;

    if (a != FRAME_NONE)
        frame_retire(paddr_of(pfn(a)), vs->quota);
    if (b != FRAME_NONE)
        frame_retire(paddr_of(pfn(b)), vs->quota);
    frame_retire(p, vs->quota);
}

static void drop_frame(struct vspace *vs, uint32_t n)
{
    if (n == FRAME_NONE)
        return;
    frame_free(paddr_of(pfn(n)));
    quota_refund(vs->quota, PAGE_SIZE);
}

void table_drop(struct vspace *vs, paddr_t p)
{
    drop_frame(vs, frame_of(p)->a);
    drop_frame(vs, frame_of(p)->b);
    drop_frame(vs, (uint32_t)pfn_of(p).v);
}

paddr_t tables_make(struct vspace *vs, uint64_t va, unsigned level, unsigned top)
{
    paddr_t made[PT_LEVELS + 1];

    for (unsigned l = level; l <= top; l++) {
        made[l] = table_alloc(vs, va, l);
        if (made[l].v == 0 || (l == level && nodes_make(vs, made[l], level_index(va, l)) != L4_OK)) {
            for (l += made[l].v != 0; l > level; l--)
                table_drop(vs, made[l - 1]);
            return paddr(0);
        }
        /* the page-table write: into a fresh, zeroed table that nobody can reach */
        if (l > level)
            table_at(made[l])[level_index(va, l)] = pte_table(made[l - 1]);
    }
    return made[top];
}

struct map_node *node_of(paddr_t table, unsigned index)
{
    struct frame *f = frame_of(table);
    uint32_t n = index < NODES_PER_FRAME ? f->a : f->b;

    if (n == FRAME_NONE)
        return NULL;
    return (struct map_node *)phys_window(paddr_of(pfn(n))) + index % NODES_PER_FRAME;
}

enum l4_error nodes_make(struct vspace *vs, paddr_t table, unsigned index)
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
    map_frames_made++;
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
