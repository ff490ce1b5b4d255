/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables as memory: frames of tables and of the nodes beside their entries. Only for kernel/map. Lock:
 * map_lock.
 */
#ifndef QUIRE_MAP_TABLE_H
#define QUIRE_MAP_TABLE_H

#include "kernel/map/vspace.h"

#define NODES_PER_FRAME 256u

/* Frames made for tables and nodes, counted by whoever wants to know how many. */
extern unsigned map_frames_made;

static inline pte_t *table_at(paddr_t p)
{
    return phys_window(p);
}

/* A zeroed table of LEVEL of the space that covers VA, charged to it; 0 when quota or memory is short. */
paddr_t table_alloc(struct vspace *vs, uint64_t va, unsigned level);

/* The table at P, without nodes, to which no entry leads any more and of which this CPU has no translation.
 */
void table_free(struct vspace *vs, paddr_t p);

/* The same, with its nodes, for one that no other CPU has ever seen: its memory is free at once. */
void table_drop(struct vspace *vs, paddr_t p);

/* The entry for VA of the table at P of LEVEL, at the top level in all tables: to a table below, or 0. */
void table_link(struct vspace *vs, paddr_t p, unsigned level, uint64_t va, pte_t entry);

/*
 * Tables of LEVEL up to TOP for VA, linked, with the node of its leaf: the one of TOP. Nobody sees them yet.
 * 0, and nothing was made, when quota or memory is short.
 */
paddr_t tables_make(struct vspace *vs, uint64_t va, unsigned level, unsigned top);

/* The notes on the frame that entry or node P lies in. */
struct frame *notes_of(const void *p);

/* The node of entry INDEX of the table at P, or NULL when its half has none yet. */
struct map_node *node_of(paddr_t table, unsigned index);

/* The same, the frame it lies in made if need be; NULL when quota or memory is short. */
struct map_node *nodes_make(struct vspace *vs, paddr_t table, unsigned index) MUST_CHECK;

/* The frame NODE lies in goes if nothing in it is in use. */
void nodes_settle(struct vspace *vs, const struct map_node *node);

/* --- leaf.c: whoever took something away lets the lock go by this --- */

void map_unlock(void);

/* What others took away before counts as taken away by the operation under way. */
void map_flush_wait(void);

#endif
