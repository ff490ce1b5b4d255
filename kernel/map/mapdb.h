/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mapping database: who derived which mapping from whom, and the operations on ranges of memory.
 * Lock: map_lock (mapdb.c), held by every function below while it changes anything.
 */
#ifndef QUIRE_MAP_MAPDB_H
#define QUIRE_MAP_MAPDB_H

#include "kernel/map/vspace.h"

#define MAP_DEPTH_MAX 15

/* Entries one call handles at most; the caller of a system call repeats it for the rest. */
#define MAP_BATCH 128

struct map_request {
    struct vspace *from;
    uint64_t source;
    struct vspace *to;
    uint64_t target;
    uint64_t bytes;
    unsigned rights; /* enum l4_access */
    bool grant;
};

/*
 * Maps or grants part of one space's memory into another (or the same). Stops at the first error, at a hole
 * in the source or after MAP_BATCH entries; *done says how many bytes were mapped. Both ranges are
 * page-aligned and below L4_USER_END. Who pays: TO for its tables, FROM for a split.
 */
enum l4_error map_range(const struct map_request *r, uint64_t *done) MUST_CHECK;

/*
 * Maps physical memory that nobody derived from: at boot, and device memory. RAM may be mapped on as
 * executable even where it is not executable itself: the root pager never runs what it hands out.
 */
enum l4_error map_physical(struct vspace *to, uint64_t target, paddr_t from, uint64_t bytes, unsigned rights,
                           unsigned cache, bool device, uint64_t *done) MUST_CHECK;

/*
 * Takes memory out of VS for the page pool: RAM that VS can write, derived from nothing, from which nothing
 * was derived, side by side in physical memory. Stops where that ends, or after MAP_BATCH entries; *done says
 * how many bytes went, *range is that of frame_range_add: open it after a round.
 */
enum l4_error map_to_pool(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned *range,
                          uint64_t *done) MUST_CHECK;

/*
 * Removes (rights 0) or narrows mappings of a range: the space's own, those derived from it, or both (enum
 * l4_unmap). Never allocates, never fails; *done says how far it came in at most MAP_BATCH entries, and the
 * answer is true when the range is finished.
 */
bool unmap_range(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned which, unsigned remain,
                 uint64_t *done);

#endif
