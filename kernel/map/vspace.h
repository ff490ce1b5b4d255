/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of one space: a top-level table per CPU of its set, which share everything below, and a mapping
 * node beside each leaf entry. Tables and nodes are charged to the space's quota; they come with the first
 * entry that is present in them and go with the last. Lock: map_lock for tables of all levels and for nodes.
 * Whoever takes something away leaves the CPUs that may hold the translation in cpu_local()->flush_mask:
 * map_flush_finish (mapdb.h).
 */
#ifndef QUIRE_MAP_VSPACE_H
#define QUIRE_MAP_VSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include <l4/abi/errors.h>

#include "kernel/arch/pte.h"
#include "kernel/base/cpu_local.h"
#include "kernel/base/spinlock.h"
#include "kernel/mem/quota.h"

/*
 * A mapping node, 16 bytes, same index as its entry. The mappings derived from one root are a list in
 * preorder; a node's descendants are those that follow it with greater depth.
 */
struct map_node {
    uint64_t next;       /* next node */
    uint64_t prev_depth; /* previous node | depth (0-15) */
};
_Static_assert(sizeof(struct map_node) == 16, "256 nodes to a page");

struct vspace;

/*
 * Told of small leaves that come, change or go, if they meet [watch_begin, watch_end): of one each, or of all
 * into which a large one was split, of which nobody has used any.
 */
typedef void (*vspace_watch_fn)(struct vspace *vs, uint64_t va, uint64_t bytes, bool present,
                                bool was_present);

struct vspace {
    paddr_t top;            /* one of the top-level tables; their user halves are equal */
    paddr_t root[CPUS_MAX]; /* top-level table for this CPU, 0 = none */
    uint64_t roots;         /* CPUs that have one */
    _Atomic uint64_t cpus;  /* CPUs that may hold translations; only grows */
    struct quota *quota;
    uint64_t mapped; /* pages of 4 KiB */
    uint64_t watch_begin;
    uint64_t watch_end;
    vspace_watch_fn watch;
    uint64_t ended; /* unmap_all: all below is gone */
};

extern struct spinlock map_lock;

/* Where a leaf entry is. */
struct leaf {
    struct vspace *vs;
    pte_t *pte;
    struct map_node *node;
    uint64_t va; /* first address it covers */
    unsigned level;
};

/* Top-level tables for the CPUs of MASK, not empty; charged to QUOTA. */
enum l4_error vspace_init(struct vspace *vs, struct quota *quota, uint64_t mask) MUST_CHECK;

/* Takes back a vspace_init of which nobody knows. */
void vspace_undo(struct vspace *vs);

/* The same for those of more CPUs that have none yet, all or nothing. */
enum l4_error vspace_add_cpus(struct vspace *vs, uint64_t mask) MUST_CHECK;

/* The tables of CPUs on which nobody will run in it; one CPU at least is not among them. */
void vspace_drop_cpus(struct vspace *vs, uint64_t mask);

/* This CPU is about to load its root. */
static inline void vspace_enter(struct vspace *vs)
{
    uint64_t bit = UINT64_C(1) << cpu_local()->number;

    /*
     * relaxed: only this CPU sets its bit. seq_cst: first the bit, then translations. Who takes an entry away
     * exchanges it first and reads the bits then: either it sees the bit, or this CPU sees the new entry.
     */
    if (!(atomic_load_explicit(&vs->cpus, memory_order_relaxed) & bit))
        atomic_fetch_or_explicit(&vs->cpus, bit, memory_order_seq_cst);
}

/* The other CPUs that may hold translations of VS. */
static inline uint64_t vspace_others(struct vspace *vs)
{
    /* seq_cst: see vspace_enter */
    return atomic_load_explicit(&vs->cpus, memory_order_seq_cst) & ~(UINT64_C(1) << cpu_local()->number);
}

/* Frees the top-level tables, at most *BUDGET; true when done. No leaf is present, so the tables below are
 * gone, and no CPU has a root loaded any more. The frames may still be in limbo. */
bool vspace_fini_step(struct vspace *vs, unsigned *budget);

/*
 * Below: map_lock is held.
 */

/* The leaf that maps VA; false when nothing does. */
bool vspace_find(struct vspace *vs, uint64_t va, struct leaf *out);

/*
 * The place for a leaf of LEVEL at VA with its node, tables made as needed. Fails with QUOTA, or with EXISTS
 * when a larger page or a table is in the way; nothing was made then. Whoever leaves the place empty calls
 * leaf_settle; whoever takes other leaves away before counts it as used (leaf_count) meanwhile.
 */
enum l4_error vspace_place(struct vspace *vs, uint64_t va, unsigned level, struct leaf *out) MUST_CHECK;

/*
 * The next address at or after VA at which a leaf is present; END when there is none before. With *STEPS used
 * up, an address up to which there is none.
 */
uint64_t vspace_next(struct vspace *vs, uint64_t va, uint64_t end, unsigned *steps);

/* The leaf a node belongs to. */
void leaf_of_node(struct map_node *node, struct leaf *out);

/* Writes the entry and keeps counts, translation caches and the watcher right. With entry 0 tables and nodes
 * that were used for nothing else go, and then neither LEAF nor its node is there: true when a table went. */
bool leaf_set(const struct leaf *leaf, pte_t entry);

/* MORE uses (1, or -1) of the table and the nodes of LEAF, which stay while one is counted; those of the
 * nodes. */
uint32_t leaf_count(const struct leaf *leaf, uint64_t more);

/* LEAF was placed: if it is not present, what was made for it goes again. */
void leaf_settle(const struct leaf *leaf);

/*
 * Replaces a 2 MiB leaf that has no derived mappings by 512 small ones with the same rights and depth. Begin
 * makes the table, which can fail; then it is used, or dropped (table_drop).
 */
enum l4_error leaf_split_begin(const struct leaf *large, paddr_t *table) MUST_CHECK;
void leaf_split(const struct leaf *large, paddr_t table);

#endif
