/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page pool: all memory the kernel ever allocates, in frames of 4 KiB, and 32 bytes of notes on each.
 * Who asks charges a quota first (quota.h); the pool itself only gives and takes.
 * Lock: pool_lock (frame.c), a leaf.
 */
#ifndef QUIRE_MEM_FRAME_H
#define QUIRE_MEM_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/types.h"

struct space;

enum frame_kind {
    FRAME_FREE,
    FRAME_PLAIN, /* nobody keeps notes */
    FRAME_TABLE, /* a page table: space, base, level, nodes */
    FRAME_NODES, /* 256 mapping nodes of half a table: table, half */
    FRAME_SLAB,  /* objects of one type */
    FRAME_LIMBO, /* waits for a round (limbo.h) */
};

struct frame {
    uint32_t kind;
    uint32_t used; /* table: entries that are present; nodes: those of its half; slab: objects in use */
    uint32_t a;    /* free, limbo: next; table: pfn of the nodes of entries 0-255; nodes: pfn of the table */
    uint32_t b;    /* table: pfn of the nodes of entries 256-511; nodes: half; slab: next partial */
    uint64_t base; /* table: first virtual address it covers | level; slab: first free object; limbo: round */
    void *owner;   /* table: its space; slab: its cache; limbo: quota it is charged to */
};
_Static_assert(sizeof(struct frame) == 32, "frame notes");

#define FRAME_NONE UINT32_C(0)

#define FRAME_RANGES      32 /* that can be added at run time */
#define FRAME_RANGE_LEAST 16 /* pages */

/* Takes COUNT pages from boot memory for the pool, and their notes besides. Once, at boot. */
void frame_pool_init(npages_t count);

/*
 * A further range, in two steps. Add: COUNT pages from BASE on, RAM that nobody else will use from now on,
 * are promised to the pool, *RANGE names them; false when there are as many ranges as there can be. Open,
 * when no CPU has a translation left through which somebody could reach them: they can be allocated. Its
 * size is COUNT but for the pages that hold the notes.
 */
MUST_CHECK bool frame_range_add(paddr_t base, npages_t count, unsigned *range);
npages_t frame_range_size(unsigned range);
void frame_range_open(unsigned range);

/* One frame, contents undefined or zeroed; false when the pool is empty. */
MUST_CHECK bool frame_alloc(paddr_t *out);
MUST_CHECK bool frame_alloc_zeroed(paddr_t *out);

void frame_free(paddr_t p);

/* The notes on pool frame P. */
struct frame *frame_of(paddr_t p);

/* True when P lies in the pool. */
bool frame_is_pool(paddr_t p);

npages_t frame_pool_size(void);
npages_t frame_pool_free(void);

#endif
