// SPDX-License-Identifier: BSD-2-Clause
// The regions of a task outside its activation areas: sorted, page-aligned, never overlapping. Pure; the
// caller has the lock and gives the array.
#ifndef PAGER_REGIONS_H
#define PAGER_REGIONS_H

#include <stdint.h>
#include <l4/base.h>
#include <l4/proto/pager.h>

struct region {
    uint64_t start, end;   // page-aligned, end not included
    uint64_t data_address; // bytes from a file: they come to lie here,
    uint64_t data_size;    //   so many,
    const uint8_t *data;   //   from here; all other bytes are 0
    uint32_t kind;         // enum l4_region_kind
    uint32_t access;       // L4_READ | ...
};

struct regions {
    struct region *list;
    uint32_t count, capacity;
};

// The region an address lies in, or NULL.
struct region *regions_find(const struct regions *regions, uint64_t address);
// L4_ERR_ARG: not page-aligned or empty; L4_ERR_EXISTS: overlaps; L4_ERR_LIMIT: array full.
L4_MUST_CHECK int regions_insert(struct regions *regions, const struct region *region);
// A new anonymous region of whole pages in the lowest gap of [low, high) that fits; joined with anonymous
// neighbours it touches. L4_ERR_ARG: no bytes; L4_ERR_RANGE: no gap; L4_ERR_LIMIT.
L4_MUST_CHECK int regions_alloc(struct regions *regions, uint64_t low, uint64_t high, uint64_t bytes,
                                unsigned access, uint64_t *address);
// Giving back [start, end), which lies in one anonymous region, takes two steps: while its pages are taken
// away it is a region of kind REGION_CLOSING, where nothing may be touched and nothing is allocated; then it
// goes. L4_ERR_ARG: not pages; L4_ERR_RANGE: not all of it is in one; L4_ERR_LIMIT: no room for the pieces.
#define REGION_CLOSING L4_REGION_KINDS
L4_MUST_CHECK int regions_close(struct regions *regions, uint64_t start, uint64_t end);
L4_MUST_CHECK int regions_remove(struct regions *regions, uint64_t start,
                                 uint64_t end); // L4_ERR_RANGE: not one

#endif
