/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of one space: a top-level table per CPU of its set, which share everything below, and a mapping
 * node beside each leaf entry. Tables and nodes are charged to the space's quota.
 * Lock: map_lock (mapdb.h) for everything below the top level.
 */
#ifndef QUIRE_MAP_VSPACE_H
#define QUIRE_MAP_VSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include <l4/abi/errors.h>

#include "kernel/arch/pte.h"
#include "kernel/base/cpu_local.h"
#include "kernel/mem/quota.h"

/*
 * A mapping node, 16 bytes, same index as its entry. The mappings derived from one root are a list in
 * preorder; a node's descendants are those that follow it with greater depth.
 */
struct map_node {
    uint64_t prev_depth; /* previous node | depth (0-15) */
    uint64_t next;       /* next node */
};
_Static_assert(sizeof(struct map_node) == 16, "256 nodes to a page");

struct vspace;

/* Told of each 4 KiB leaf that comes, changes or goes inside [watch_begin, watch_end). */
typedef void (*vspace_watch_fn)(struct vspace *vs, uint64_t va, bool present, bool was_present);

struct vspace {
    paddr_t root[CPUS_MAX]; /* top-level table for this CPU, 0 = not in the set */
    struct quota *quota;
    uint64_t mapped; /* pages of 4 KiB */
    uint64_t watch_begin;
    uint64_t watch_end;
    vspace_watch_fn watch;
};

/* Where a leaf entry is. */
struct leaf {
    struct vspace *vs;
    pte_t *pte;
    struct map_node *node;
    uint64_t va; /* first address it covers */
    unsigned level;
};

/* A top-level table for CPU 0; charged to QUOTA. */
enum l4_error vspace_init(struct vspace *vs, struct quota *quota) MUST_CHECK;

/* Frees all tables. No leaf is present any more. */
void vspace_fini(struct vspace *vs);

/* The leaf that maps VA; false when nothing does. */
bool vspace_find(struct vspace *vs, uint64_t va, struct leaf *out);

/*
 * The place for a leaf of LEVEL at VA with its node, tables made as needed. Fails with QUOTA, or with EXISTS
 * when a larger page or a table is in the way; nothing was made then.
 */
enum l4_error vspace_place(struct vspace *vs, uint64_t va, unsigned level, struct leaf *out) MUST_CHECK;

/* The next address at or after VA at which a leaf may be present; END when there is none before. */
uint64_t vspace_next(struct vspace *vs, uint64_t va, uint64_t end);

/* The leaf a node belongs to. */
void leaf_of_node(struct map_node *node, struct leaf *out);

/* Writes the entry and keeps counts, translation caches and the watcher right. */
void leaf_set(const struct leaf *leaf, pte_t entry);

/*
 * Replaces a 2 MiB leaf that has no derived mappings by 512 small ones with the same rights and depth. Begin
 * makes the table, which can fail; then it is used, or dropped.
 */
enum l4_error leaf_split_begin(const struct leaf *large, paddr_t *table) MUST_CHECK;
void leaf_split_drop(const struct leaf *large, paddr_t table);
void leaf_split(const struct leaf *large, paddr_t table);

#endif
