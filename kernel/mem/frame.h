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
    uint32_t used; /* table: entries vspace_fini has been through; slab: objects in use */
    uint32_t a;    /* free, limbo: next; table: pfn of the nodes of entries 0-255; nodes: pfn of the table */
    uint32_t b;    /* table: pfn of the nodes of entries 256-511; nodes: half; slab: next partial */
    uint64_t base; /* table: first virtual address it covers | level; slab: first free object; limbo: round */
    void *owner;   /* table: its space; slab: its cache; limbo: quota it is charged to */
};
_Static_assert(sizeof(struct frame) == 32, "frame notes");

#define FRAME_NONE UINT32_C(0)

/* Takes COUNT pages from boot memory for the pool, notes included. Once, at boot. */
void frame_pool_init(npages_t count);

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
