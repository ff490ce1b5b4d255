/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of a space: making and ending them, and finding places in them.
 */
#include "kernel/map/vspace.h"

#include <l4/abi/layout.h>

#include "kernel/arch/address.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/arch/smp.h"
#include "kernel/map/table.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"

#define ROW \
    16 /* empty entries side by side, of which looking at one more takes no longer than at the first */

struct spinlock map_lock = SPINLOCK_INIT(RANK_MAP);

/* The top-level table for CPU: its own kernel half, which never changes after boot, and the user half of all.
 */
static enum l4_error root_make(struct vspace *vs, unsigned cpu)
{
    const pte_t *kernel = phys_window(paddr(cpu_local_of(cpu)->kernel_cr3));
    paddr_t p = table_alloc(vs, 0, PT_LEVELS);

    if (p.v == 0)
        return L4_ERR_QUOTA;
    memcpy(table_at(p) + PT_ENTRIES / 2, kernel + PT_ENTRIES / 2, PAGE_SIZE / 2);
    if (vs->top.v)
        memcpy(table_at(p), table_at(vs->top), PAGE_SIZE / 2);
    else
        vs->top = p;
    vs->root[cpu] = p;
    return L4_OK;
}

static void free_frame_of(struct vspace *vs, paddr_t p)
{
    frame_free(p);
    quota_refund(vs->quota, PAGE_SIZE);
}

enum l4_error vspace_add_cpus(struct vspace *vs, uint64_t mask)
{
    enum l4_error err = L4_OK;

    spin_lock(&map_lock);
    mask &= ~vs->roots;
    for (uint64_t m = mask; m && err == L4_OK; m &= m - 1)
        err = root_make(vs, (unsigned)__builtin_ctzll(m));
    if (err == L4_OK)
        vs->roots |= mask;
    else /* the one that failed has none; nobody has seen those before it */
        for (paddr_t *p; (p = &vs->root[__builtin_ctzll(mask)])->v; mask &= mask - 1) {
            free_frame_of(vs, *p);
            *p = paddr(0);
        }
    spin_unlock(&map_lock);
    return err;
}

void vspace_drop_cpus(struct vspace *vs, uint64_t mask)
{
    spin_lock(&map_lock);
    /* a CPU that still has its table loaded leaves it in the round the frame waits for; this one here */
    mask &= vs->roots;
    round_flush(mask);
    for (; mask; mask &= mask - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(mask);
        paddr_t p = vs->root[cpu];

        address_space_leave(p);
        vs->root[cpu] = paddr(0);
        vs->roots &= ~(UINT64_C(1) << cpu);
        ASSERT(vs->roots != 0);
        if (vs->top.v == p.v) {
            vs->top = vs->root[__builtin_ctzll(vs->roots)];
            frame_of(vs->top)->used = frame_of(p)->used; /* that is counted in one of them only */
        }
        frame_retire(p, vs->quota);
    }
    spin_unlock(&map_lock);
}

enum l4_error vspace_init(struct vspace *vs, struct quota *quota, uint64_t mask)
{
    enum l4_error err;

    ASSERT(mask != 0);
    vs->quota = quota;
    err = vspace_add_cpus(vs, mask);
    if (err != L4_OK)
        vspace_undo(vs);
    return err;
}

void vspace_undo(struct vspace *vs)
{
    for (; vs->roots; vs->roots &= vs->roots - 1)
        table_drop(vs, vs->root[__builtin_ctzll(vs->roots)]);
    vs->top = paddr(0);
}

bool vspace_fini_step(struct vspace *vs, unsigned *budget)
{
    ASSERT(vs->mapped == 0 && (vs->top.v == 0 || frame_of(vs->top)->used == 0));
    vs->top = paddr(0);
    /* seq_cst: a CPU that still holds translations of tables drops them in the round the frames wait for */
    round_flush(atomic_load_explicit(&vs->cpus, memory_order_seq_cst));
    for (; vs->roots && *budget > 0; --*budget, vs->roots &= vs->roots - 1)
        frame_retire(vs->root[__builtin_ctzll(vs->roots)], vs->quota);
    return vs->roots == 0;
}

bool vspace_find(struct vspace *vs, uint64_t va, struct leaf *out)
{
    paddr_t table = vs->top;

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
    paddr_t table = vs->top;
    pte_t *e;

    ASSERT(va < L4_USER_END && level <= 2);
    for (unsigned l = PT_LEVELS; l > level; l--) {
        e = table_at(table) + level_index(va, l);
        if (!pte_present(*e)) {
            paddr_t p = tables_make(vs, va, level, l - 1);

            if (p.v == 0)
                return L4_ERR_QUOTA;
            /* release: a processor that follows the entry finds what it leads to */
            atomic_thread_fence(memory_order_release);
            ASSERT(frame_of(p)->kind == FRAME_TABLE);
            table_link(vs, table, l, va, pte_table(p));
        } else if (l <= 2 && pte_is_leaf(*e, l)) {
            return L4_ERR_EXISTS;
        }
        table = pte_address(*e);
    }
    e = table_at(table) + level_index(va, level);
    if (pte_present(*e) && !pte_is_leaf(*e, level))
        return L4_ERR_EXISTS;
    *out = (struct leaf){vs, e, nodes_make(vs, table, level_index(va, level)),
                         align_down(va, level_size(level)), level};
    return out->node ? L4_OK : L4_ERR_QUOTA;
}

uint64_t vspace_next(struct vspace *vs, uint64_t va, uint64_t end, unsigned *steps)
{
    while (va<end && * steps> 0) {
        paddr_t table = vs->top;
        unsigned level = PT_LEVELS;
        unsigned empty = 0;

        for (; level > 0; level--) {
            pte_t e = table_at(table)[level_index(va, level)];

            if (!pte_present(e))
                break;
            if (level <= 2 && pte_is_leaf(e, level))
                return va;
            table = pte_address(e);
        }
        for (unsigned i = level_index(va, level); i + empty < PT_ENTRIES; empty++)
            if (pte_present(table_at(table)[i + empty]))
                break;
        va = align_down(va, level_size(level)) + empty * level_size(level);
        *steps -= *steps > empty / ROW ? empty / ROW + 1 : *steps;
    }
    return va < end ? va : end;
}
