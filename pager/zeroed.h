// SPDX-License-Identifier: BSD-2-Clause
// A small pool of zeroed frames that all tasks draw from, filled ahead of demand. Pure; the caller has the
// lock.
#ifndef PAGER_ZEROED_H
#define PAGER_ZEROED_H

#include <stdbool.h>
#include <stdint.h>

#define ZEROED_MAX 64 // frames it holds
#define ZEROED_LOW 32 // below this it should be filled again

struct zeroed {
    unsigned count;
    uint64_t frame[ZEROED_MAX];
    uint64_t hits, misses; // taken from here, or asked for in vain
};

bool zeroed_take(struct zeroed *pool, uint64_t *frame);
bool zeroed_put(struct zeroed *pool, uint64_t frame); // false: full
static inline bool zeroed_low(const struct zeroed *pool)
{
    return pool->count < ZEROED_LOW;
}
static inline bool zeroed_full(const struct zeroed *pool)
{
    return pool->count == ZEROED_MAX;
}

#endif
