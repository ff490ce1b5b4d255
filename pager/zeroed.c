// SPDX-License-Identifier: BSD-2-Clause
// Pool of zeroed frames: see zeroed.h. Last in, first out.
#include "pager/zeroed.h"

bool zeroed_take(struct zeroed *pool, uint64_t *frame)
{
    if (pool->count == 0) {
        pool->misses++;
        return false;
    }
    pool->hits++;
    *frame = pool->frame[--pool->count];
    return true;
}

bool zeroed_put(struct zeroed *pool, uint64_t frame)
{
    if (zeroed_full(pool))
        return false;
    pool->frame[pool->count++] = frame;
    return true;
}
