/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaf entries: the one place where they are written, and everything that must hear of it. Lock: map_lock.
 */
#include <l4/abi/item.h>

#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
#include "kernel/map/mapdb.h"
#include "kernel/map/node.h"
#include "kernel/map/table.h"
#include "kernel/mem/frame.h"
#include "kernel/smp/round.h"

#define WATCH_SCAN 160 /* rows of empty places looked at before something is watched (vspace_next) */

void leaf_of_node(struct map_node *node, struct leaf *out)
{
    const struct frame *n = notes_of(node);
    paddr_t table = paddr_of(pfn(n->a));
    const struct frame *t = frame_of(table);
    unsigned index =
        n->b * NODES_PER_FRAME + (unsigned)(vaddr_of(node).v % PAGE_SIZE / sizeof(struct map_node));
    unsigned level = (unsigned)(t->base & 7);

    ASSERT(n->kind == FRAME_NODES && t->kind == FRAME_TABLE);
    *out = (struct leaf){t->owner, table_at(table) + index, node,
                         align_down(t->base, PAGE_SIZE) + index * level_size(level), level};
}

static void watch_call(struct vspace *vs, uint64_t va, uint64_t bytes, bool present, bool was_present)
{
    if (vs->watch && va < vs->watch_end && va + bytes > vs->watch_begin)
        vs->watch(vs, va, bytes, present, was_present);
}

/*
 * Who may hold a translation of VA drops it: this CPU now, the others before the operation ends. Both drop
 * what they keep of page tables as well, whatever they cover (SDM vol. 3, 4.10.4.1).
 */
static void translation_gone(struct vspace *vs, uint64_t va)
{
    struct cpu_local *c = cpu_local();

    c->flush_mask |= vspace_others(vs);
    if (vs->root[c->number].v == c->cr3)
        tlb_flush_page(va);
}

/*
 * LEAF is not present, nor is any other with a node in its frame of nodes. From the bottom up, what is left
 * without a use is unlinked; only then translations go, because until the last entry is cleared a processor
 * may fetch those above it again; and only then memory, because from then on it is somebody else's.
 */
static bool leaf_end(const struct leaf *leaf)
{
    struct vspace *vs = leaf->vs;
    paddr_t table[PT_LEVELS + 1];
    unsigned end = leaf->level;

    table[PT_LEVELS] = vs->top;
    nodes_settle(vs, leaf->node);
    for (unsigned l = PT_LEVELS; l > leaf->level; l--)
        table[l - 1] = pte_address(table_at(table[l])[level_index(leaf->va, l)]);
    for (; end < PT_LEVELS && frame_of(table[end])->used == 0; end++)
        table_link(vs, table[end + 1], end + 1, leaf->va, 0);
    translation_gone(vs, leaf->va);
    for (unsigned l = leaf->level; l < end; l++)
        table_free(vs, table[l]);
    return end > leaf->level;
}

uint32_t leaf_count(const struct leaf *leaf, uint64_t more)
{
    notes_of(leaf->pte)->used += (uint32_t)more;
    return notes_of(leaf->node)->used += (uint32_t)more;
}

void leaf_settle(const struct leaf *leaf)
{
    if (leaf_count(leaf, 0) == 0)
        (void)leaf_end(leaf);
}

bool leaf_set(const struct leaf *leaf, pte_t entry)
{
    struct vspace *vs = leaf->vs;
    uint64_t pages = level_size(leaf->level) / PAGE_SIZE;
    uint64_t more;
    bool ended = false;
    pte_t old;

    ASSERT(spin_is_locked(&map_lock));
    /* the page-table write: exchanged, because processors set accessed and dirty bits in the old entry up to
     * this moment; no operation reports them yet */
    ASSERT(!pte_present(entry) || pte_is_leaf(entry, leaf->level));
    old = pte_exchange(leaf->pte, entry);
    more = (uint64_t)pte_present(entry) - (uint64_t)pte_present(old);
    vs->mapped += more * pages;
    if (leaf_count(leaf, more) == 0)
        ended = leaf_end(leaf);
    else if (pte_present(old))
        translation_gone(vs, leaf->va);
    if (leaf->level == 1 && pte_present(old) + pte_present(entry) > 0)
        watch_call(vs, leaf->va, PAGE_SIZE, pte_present(entry), pte_present(old));
    return ended;
}

enum l4_error leaf_split_begin(const struct leaf *large, paddr_t *table)
{
    struct vspace *vs = large->vs;

    *table = table_alloc(vs, large->va, 1);
    if (table->v == 0)
        return L4_ERR_QUOTA;
    if (nodes_make(vs, *table, 0) && nodes_make(vs, *table, PT_ENTRIES - 1))
        return L4_OK;
    table_drop(vs, *table);
    return L4_ERR_QUOTA;
}

void leaf_split(const struct leaf *large, paddr_t table)
{
    pte_t e = *large->pte;
    pte_t small =
        pte_page(pte_address(e), pte_rights(e), pte_cache(e, 2), pte_is_device(e), 1) | (e & PTE_GIVE_X);

    for (unsigned i = 0; i < PT_ENTRIES; i++)
        /* the page-table write: not reachable before the large entry is replaced below */
        table_at(table)[i] = small + i * PAGE_SIZE;
    frame_of(table)->used = PT_ENTRIES;
    notes_of(node_of(table, 0))->used = NODES_PER_FRAME;
    notes_of(node_of(table, NODES_PER_FRAME))->used = NODES_PER_FRAME;
    node_split(large->node, node_of(table, 0), node_of(table, NODES_PER_FRAME));
    notes_of(large->node)->used--;
    nodes_settle(large->vs, large->node);
    watch_call(large->vs, large->va, LARGE_PAGE_SIZE, true, false);
    /* release: as in vspace_place */
    atomic_thread_fence(memory_order_release);
    /* the page-table write: the same memory with the same rights, in small pages */
    ASSERT(pte_is_leaf(e, 2));
    *(volatile pte_t *)large->pte = pte_table(table);
    translation_gone(large->vs, large->va);
}

static uint64_t map_round; /* under map_lock: after it nobody uses what was taken away so far */

/*
 * CPUs are told to drop translations while the lock is held: whoever finds the entries gone afterwards, and
 * has nobody to tell himself, may take the next round for enough.
 */
void map_unlock(void)
{
    struct cpu_local *c = cpu_local();

    if (c->flush_mask) {
        round_flush(c->flush_mask);
        c->flush_mask = 0;
        map_round = round_next();
        c->flush_round = map_round;
    }
    spin_unlock(&map_lock);
}

void map_flush_wait(void)
{
    cpu_local()->flush_round = map_round;
}

void map_flush_all(void)
{
    cpu_local()->flush_mask |= cpus_online() & ~(UINT64_C(1) << cpu_local()->number);
}

uint64_t map_flush_finish(void)
{
    uint64_t number = cpu_local()->flush_round;

    cpu_local()->flush_round = ROUND_NONE;
    return round_done(number) ? ROUND_NONE : number;
}

bool vspace_watch_set(struct vspace *vs, const struct vspace_range *ranges, unsigned count,
                      vspace_watch_fn watch)
{
    unsigned steps = WATCH_SCAN;
    bool empty = true;

    spin_lock(&map_lock);
    vs->watch_begin = UINT64_MAX;
    vs->watch_end = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct vspace_range *r = ranges + i;

        empty = empty && vspace_next(vs, r->begin, r->end, &steps) == r->end;
        vs->watch_begin = r->begin < vs->watch_begin ? r->begin : vs->watch_begin;
        vs->watch_end = r->end > vs->watch_end ? r->end : vs->watch_end;
    }
    if (empty)
        vs->watch = watch;
    map_unlock();
    return empty;
}

bool vspace_access(struct vspace *vs, uint64_t va, unsigned rights)
{
    struct leaf leaf;
    bool allowed;

    spin_lock(&map_lock);
    allowed = vspace_find(vs, va, &leaf) && (pte_rights(*leaf.pte) & rights) == rights;
    map_unlock();
    return allowed;
}

struct l4_utcb *vspace_pin(struct vspace *vs, uint64_t va, struct l4_utcb **out)
{
    struct l4_utcb *utcb = NULL;
    struct leaf leaf;

    spin_lock(&map_lock);
    if (vspace_find(vs, va, &leaf) && leaf.level == 1 && (pte_rights(*leaf.pte) & L4_WRITE) &&
        pte_cache(*leaf.pte, 1) == 0 && !pte_is_device(*leaf.pte)) {
        utcb = (struct l4_utcb *)((char *)phys_window(pte_address(*leaf.pte)) + (va & (PAGE_SIZE - 1)));
        *out = utcb;
    }
    map_unlock();
    return utcb;
}
