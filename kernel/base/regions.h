/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of physical address ranges: sorted, not empty, not touching each other. Pure; the caller owns the
 * lock.
 *
 * A set that is full drops the smallest range it would have to hold: what is lost is memory nobody gets,
 * never memory given twice. `lost` counts its bytes.
 */
#ifndef QUIRE_BASE_REGIONS_H
#define QUIRE_BASE_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGIONS_MAX 256

struct region {
    uint64_t base;
    uint64_t end; /* exclusive */
};

struct region_set {
    size_t count;
    uint64_t lost;
    struct region at[REGIONS_MAX];
};

/* Adds [base, end); empty or inverted ranges add nothing. */
void regions_add(struct region_set *set, uint64_t base, uint64_t end);

/* Takes [base, end) out. */
void regions_remove(struct region_set *set, uint64_t base, uint64_t end);

/* Shrinks every range inwards to multiples of ALIGN (a power of two) and drops what becomes empty. */
void regions_align(struct region_set *set, uint64_t align);

/* True when [base, end) lies wholly in the set. */
bool regions_contain(const struct region_set *set, uint64_t base, uint64_t end);

/*
 * Takes SIZE bytes at a multiple of ALIGN, the highest below LIMIT, out of the set. False when there are
 * none; the set is then unchanged.
 */
bool regions_take(struct region_set *set, uint64_t size, uint64_t align, uint64_t limit, uint64_t *base);

uint64_t regions_bytes(const struct region_set *set);

#endif
