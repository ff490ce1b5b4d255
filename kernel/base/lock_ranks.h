/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ranks of all spinlocks. A CPU takes locks in strictly ascending rank; debug and check builds assert it.
 * No lock is held across a round, a wait, or where interrupts are let in.
 */
#ifndef QUIRE_BASE_LOCK_RANKS_H
#define QUIRE_BASE_LOCK_RANKS_H

enum lock_rank {
    RANK_NONE,
    RANK_TREE,   /* who funds whom (space/space.c) */
    RANK_BIND,   /* deaths, supervisors, fault gates, interrupts: who hears of what (ipc/event.c) */
    RANK_SPACE,  /* of each space: its lists, pools and areas */
    RANK_CAP,    /* derivation of capabilities, and filling slots (cap/cap.c) */
    RANK_MAP,    /* page tables below the top level, and mapping nodes (map/mapdb.c) */
    RANK_RECORD, /* the window of records (space/record.c) */
    RANK_LIMBO,  /* frames that wait for a round (mem/limbo.c) */
    RANK_SLAB,   /* of each slab cache (mem/slab.c) */
    RANK_FRAME,  /* the page pool (mem/frame.c) */
    RANK_KMAP,   /* tables of the kernel half (arch/x86_64/mm/kmap.c, window.c) */
    RANK_DEVICE, /* index registers of the I/O APICs (arch/x86_64/dev/irq.c) */
    RANK_LOG,    /* log ring and consoles (base/log.c) */
    RANK_COUNT,
};

#endif
