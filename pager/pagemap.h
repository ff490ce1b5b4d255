// SPDX-License-Identifier: BSD-2-Clause
// Which frame lies at which page of a task: a tree of 64-way nodes, seven to a frame, over 36-bit page
// numbers. Pure; the caller gives the frames for nodes and has the lock. An entry is 0 or the frame's address
// with flags in the low 12 bits. Nodes stay until the whole map goes.
#ifndef PAGER_PAGEMAP_H
#define PAGER_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGEMAP_BITS   6
#define PAGEMAP_WAYS   (1u << PAGEMAP_BITS)
#define PAGEMAP_LEVELS 6
#define PAGEMAP_PAGES  (1ull << (PAGEMAP_BITS * PAGEMAP_LEVELS)) // page numbers below this

struct pagemap_node {
    union {
        uint64_t entry[PAGEMAP_WAYS];             // on the lowest level
        struct pagemap_node *child[PAGEMAP_WAYS]; // above
    };
};
_Static_assert(sizeof(struct pagemap_node) == 512, "eight nodes to a frame");

struct pagemap_frame { // a frame of nodes
    struct pagemap_frame *next;
    uint64_t used;
    uint64_t unused[62];
    struct pagemap_node node[7];
};
_Static_assert(sizeof(struct pagemap_frame) == 4096, "one frame");

struct pagemap {
    struct pagemap_node *root;
    struct pagemap_frame *frames; // all frames of nodes, the newest first
    // a zeroed frame, or NULL: no memory
    struct pagemap_frame *(*more)(void *context);
    void *context;
};

uint64_t pagemap_get(const struct pagemap *map, uint64_t page); // 0: nothing, also beyond the map
// The place of a page's entry, made if need be. NULL: no memory for nodes, or beyond the map.
uint64_t *pagemap_slot(struct pagemap *map, uint64_t page);
// The first entry that is not 0 with a page number in [*page, end). False: none.
bool pagemap_next(const struct pagemap *map, uint64_t *page, uint64_t end, uint64_t *entry);

#endif
