/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes on each table frame say whose it is and what it covers, notes on each node frame which half of which
 * table it belongs to: so entry and node find each other without a search. They also count what is in use,
 * and with the last of it the frame goes: between operations there is no table below the top and no page of
 * nodes without a present entry.
 */
#include "kernel/map/table.h"

#include "kernel/base/assert.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"

unsigned map_frames_made;

/* A zeroed frame, charged to VS; 0 when quota or memory is short. */
static paddr_t frame_make(struct vspace *vs)
{
    paddr_t p;

    if (!quota_charge(vs->quota, PAGE_SIZE))
        return paddr(0);
    if (frame_alloc_zeroed(&p)) {
        map_frames_made++;
        return p;
    }
    quota_refund(vs->quota, PAGE_SIZE);
    return paddr(0);
}

paddr_t table_alloc(struct vspace *vs, uint64_t va, unsigned level)
{
    paddr_t p = frame_make(vs);
    struct frame *f;

    if (p.v == 0)
        return p;
    f = frame_of(p);
    f->kind = FRAME_TABLE;
    f->owner = vs;
    f->base = align_down(va, level_size(level) * PT_ENTRIES) | level;
    return p;
}

struct frame *notes_of(const void *p)
{
    return frame_of(phys_of(p));
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

/*
 * Only processors use a table without the lock, and only those that are on the space: a CPU that comes onto
 * it later finds the entry gone (vspace_enter). Without any others nobody has to be waited for, unless this
 * CPU has left the space's set just now: the top-level table it is still on is written no more
 * (vspace_drop_cpus).
 */
void table_free(struct vspace *vs, paddr_t p)
{
    uint64_t others = vspace_others(vs);

    if (others == 0 && vs->root[cpu_local()->number].v != 0) {
        drop_frame(vs, (uint32_t)pfn_of(p).v);
        return;
    }
    /* the flags before the number of the round is drawn: map_unlock would be too late */
    round_flush(others);
    frame_retire(p, vs->quota);
}

/* Where the table with notes F keeps the number of the frame with the nodes of HALF. */
static uint32_t *nodes_number(struct frame *f, unsigned half)
{
    return half ? &f->b : &f->a;
}

void nodes_settle(struct vspace *vs, const struct map_node *node)
{
    const struct frame *n = notes_of(node);

    if (n->used > 0)
        return;
    *nodes_number(frame_of(paddr_of(pfn(n->a))), n->b) = FRAME_NONE;
    /* no processor reads nodes, and all others do under the lock */
    drop_frame(vs, (uint32_t)pfn_of(phys_of(node)).v);
}

void table_link(struct vspace *vs, paddr_t p, unsigned level, uint64_t va, pte_t entry)
{
    unsigned index = level_index(va, level);

    frame_of(p)->used += pte_present(entry) ? 1 : UINT32_MAX;
    /* the page-table write: exchanged, because what follows may read who is on the space (vspace_enter), and
     * processors set accessed bits; the top-level tables get the same */
    ASSERT(!pte_present(table_at(p)[index]) || !pte_present(entry));
    (void)pte_exchange(table_at(p) + index, entry);
    for (uint64_t cpus = level == PT_LEVELS ? vs->roots : 0; cpus; cpus &= cpus - 1)
        (void)pte_exchange(table_at(vs->root[__builtin_ctzll(cpus)]) + index, entry);
}

paddr_t tables_make(struct vspace *vs, uint64_t va, unsigned level, unsigned top)
{
    paddr_t made[PT_LEVELS + 1];

    for (unsigned l = level; l <= top; l++) {
        made[l] = table_alloc(vs, va, l);
        if (made[l].v == 0 || (l == level && !nodes_make(vs, made[l], level_index(va, l)))) {
            for (l += made[l].v != 0; l > level; l--)
                table_drop(vs, made[l - 1]);
            return paddr(0);
        }
        if (l == level)
            continue;
        /* the page-table write: into a fresh, zeroed table that nobody can reach */
        table_at(made[l])[level_index(va, l)] = pte_table(made[l - 1]);
        frame_of(made[l])->used = 1;
    }
    return made[top];
}

static struct map_node *node_in(uint32_t number, unsigned index)
{
    return (struct map_node *)phys_window(paddr_of(pfn(number))) + index % NODES_PER_FRAME;
}

struct map_node *node_of(paddr_t table, unsigned index)
{
    uint32_t n = *nodes_number(frame_of(table), index / NODES_PER_FRAME);

    return n == FRAME_NONE ? NULL : node_in(n, index);
}

struct map_node *nodes_make(struct vspace *vs, paddr_t table, unsigned index)
{
    uint32_t *number = nodes_number(frame_of(table), index / NODES_PER_FRAME);
    paddr_t p;
    struct frame *n;

    if (*number == FRAME_NONE) {
        p = frame_make(vs);
        if (p.v == 0)
            return NULL;
        n = frame_of(p);
        n->kind = FRAME_NODES;
        n->a = (uint32_t)pfn_of(table).v;
        n->b = index / NODES_PER_FRAME;
        *number = (uint32_t)pfn_of(p).v;
    }
    return node_in(*number, index);
}
