/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed slabs: objects of one size out of pool frames. No variable heap. A frame goes back to the pool when
 * its last object is freed. Lock: the cache's own, ranks above the pool's.
 */
#ifndef QUIRE_MEM_SLAB_H
#define QUIRE_MEM_SLAB_H

#include <stdint.h>

#include "kernel/base/counter.h"
#include "kernel/base/spinlock.h"
#include "kernel/base/types.h"

struct slab_cache {
    const char *name;
    uint32_t size;    /* of an object: at least 16, at most a page */
    uint32_t align;   /* of an object: a power of two that divides the size */
    uint32_t partial; /* pfn of the first frame with a free object */
    struct spinlock lock;
    counter_t in_use; /* changed under the lock, read without it */
};

#define SLAB_CACHE(type_name, object_size, object_align)                     \
    {                                                                        \
        .name = (type_name), .size = (object_size), .align = (object_align), \
        .lock = SPINLOCK_INIT(RANK_SLAB)                                     \
    }

/* A zeroed object, or NULL when the pool is empty. */
void *slab_alloc(struct slab_cache *cache);

/* OBJECT came from this cache. */
void slab_free(struct slab_cache *cache, void *object);

#endif
