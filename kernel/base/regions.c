/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of address ranges; see regions.h. Pure: no globals, no machine. Callers: boot code. All loops run over
 * at most REGIONS_MAX ranges.
 */
#include "kernel/base/compiler.h"
#include "kernel/base/regions.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"

static INIT void erase(struct region_set *set, size_t i)
{
    memmove(&set->at[i], &set->at[i + 1], (set->count - i - 1) * sizeof set->at[0]);
    set->count--;
}

static INIT uint64_t size_of(struct region r)
{
    return r.end - r.base;
}

static INIT size_t smallest(const struct region_set *set)
{
    size_t best = 0;

    for (size_t i = 1; i < set->count; i++)
        if (size_of(set->at[i]) < size_of(set->at[best]))
            best = i;
    return best;
}

/* Puts R, which touches no other range, at its place; a full set loses its smallest range or R. */
static INIT void insert(struct region_set *set, struct region r)
{
    size_t i = 0;

    if (set->count == REGIONS_MAX) {
        size_t victim = smallest(set);

        if (size_of(r) <= size_of(set->at[victim])) {
            set->lost += size_of(r);
            return;
        }
        set->lost += size_of(set->at[victim]);
        erase(set, victim);
    }
    while (i < set->count && set->at[i].base < r.base)
        i++;
    memmove(&set->at[i + 1], &set->at[i], (set->count - i) * sizeof set->at[0]);
    set->at[i] = r;
    set->count++;
}

INIT void regions_add(struct region_set *set, uint64_t base, uint64_t end)
{
    struct region r = {base, end};
    size_t i = 0;

    if (base >= end)
        return;
    /* swallow all that overlap or touch, then put the union in */
    while (i < set->count) {
        if (set->at[i].end < r.base || set->at[i].base > r.end) {
            i++;
            continue;
        }
        if (set->at[i].base < r.base)
            r.base = set->at[i].base;
        if (set->at[i].end > r.end)
            r.end = set->at[i].end;
        erase(set, i);
    }
    insert(set, r);
}

INIT void regions_remove(struct region_set *set, uint64_t base, uint64_t end)
{
    size_t i = 0;

    if (base >= end)
        return;
    while (i < set->count) {
        struct region r = set->at[i];

        if (r.end <= base || r.base >= end) {
            i++;
            continue;
        }
        if (r.base < base && r.end > end) {
            /* a hole in the middle: no other range can overlap it */
            set->at[i].end = base;
            insert(set, (struct region){end, r.end});
            return;
        }
        if (r.base < base)
            set->at[i++].end = base;
        else if (r.end > end)
            set->at[i++].base = end;
        else
            erase(set, i);
    }
}

INIT void regions_align(struct region_set *set, uint64_t align)
{
    size_t i = 0;

    while (i < set->count) {
        struct region *r = &set->at[i];
        uint64_t base = (r->base + align - 1) & ~(align - 1);
        uint64_t end = r->end & ~(align - 1);

        /* base < r->base: rounding up went past the end of the address space */
        if (base < r->base || base >= end) {
            erase(set, i);
            continue;
        }
        r->base = base;
        r->end = end;
        i++;
    }
}

INIT bool regions_contain(const struct region_set *set, uint64_t base, uint64_t end)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->at[i].base <= base && end <= set->at[i].end)
            return true;
    return false;
}

INIT bool regions_take(struct region_set *set, uint64_t size, uint64_t align, uint64_t limit, uint64_t *base)
{
    ASSERT(size != 0 && align != 0 && (align & (align - 1)) == 0);
    for (size_t i = set->count; i-- > 0;) {
        struct region r = set->at[i];
        uint64_t end = r.end < limit ? r.end : limit;
        uint64_t at;

        if (end <= r.base || end - r.base < size)
            continue;
        at = (end - size) & ~(align - 1);
        if (at < r.base)
            continue;
        regions_remove(set, at, at + size);
        *base = at;
        return true;
    }
    return false;
}

INIT uint64_t regions_bytes(const struct region_set *set)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < set->count; i++)
        sum += size_of(set->at[i]);
    return sum;
}
