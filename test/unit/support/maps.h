// SPDX-License-Identifier: BSD-2-Clause
// Spaces for tests of mappings, and a check of all books: entries, nodes, depths, rights, counts, charges.
#ifndef TEST_UNIT_SUPPORT_MAPS_H
#define TEST_UNIT_SUPPORT_MAPS_H

#include "kernel/map/mapdb.h"
#include "kernel/map/node.h"

#define MAPS_SPACES 3
#define MAPS_LARGES 2                   // large pages in a space
#define MAPS_PAGES  (MAPS_LARGES * 512) // of 4 KiB
#define MAPS_BASE   UINT64_C(0x7fffc0000000)

extern struct vspace maps_space[MAPS_SPACES];
extern struct quota maps_quota[MAPS_SPACES];

// The node of a capability through which memory of devices is mapped.
extern struct map_node maps_via;

// Address of page I.
static inline uint64_t maps_address(unsigned i)
{
    return MAPS_BASE + i * PAGE_SIZE;
}

// The node before N; NULL for a root. The mapping N was derived from; NULL for none.
struct map_node *maps_prev(const struct map_node *n);
struct map_node *maps_parent(const struct map_node *n);

// Empty spaces with quotas of LIMIT bytes; and their end, which must leave nothing.
void maps_begin(uint64_t limit);
void maps_end(void);

// Checks everything; fails the test.
void maps_check(void);

// Whole ranges, call after call. Map: the bytes done and the first error.
uint64_t maps_map(struct map_request r, enum l4_error *err);
void maps_unmap(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned which, unsigned remain);

#endif
