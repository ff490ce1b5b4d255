/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping nodes: which mapping was derived from which. A node lies beside its page-table entry (vspace.h);
 * all that was derived from one root is a list in preorder with depths.
 */
#ifndef QUIRE_MAP_NODE_H
#define QUIRE_MAP_NODE_H

#include "kernel/map/vspace.h"

static inline unsigned node_depth(const struct map_node *n)
{
    return (unsigned)(n->prev_depth & 15);
}

/* Derived from nothing, and nothing was derived from it. */
static inline bool node_is_lone(const struct map_node *n)
{
    return n->prev_depth == 0 && n->next == 0;
}

/*
 * The node of a capability for physical memory (cap.h): never unlinked, its depth 0, the rest of its second
 * word is not looked at but for the bit that closes it, after which nothing hangs itself from it any more.
 */
#define NODE_CLOSED 16

static inline bool node_is_closed(const struct map_node *n)
{
    return (n->prev_depth & NODE_CLOSED) != 0;
}

static inline void node_close(struct map_node *n)
{
    n->prev_depth |= NODE_CLOSED;
}

/* What hangs from OLD, the node of a capability, hangs from FRESH, another. */
void node_hand_over(struct map_node *old, struct map_node *fresh);

/* NODE, in no list, stands for memory that was derived from nothing. */
void node_make_root(struct map_node *node);

/* FRESH was derived from PARENT, whose depth is below MAP_DEPTH_MAX. */
void node_add_child(struct map_node *parent, struct map_node *fresh);

/*
 * The nodes of a table, half of them from LOW and half from HIGH on, all zero, step into the place of NODE,
 * which has no descendants: each as a root if that is one, else as its siblings.
 */
void node_split(struct map_node *node, struct map_node *low, struct map_node *high);

/* FRESH steps into the place of OLD, descendants and all. */
void node_replace(struct map_node *old, struct map_node *fresh);

/* Takes NODE, which has no descendants, out. */
void node_unlink(struct map_node *node);

/*
 * Removes (REMAIN 0) or narrows to REMAIN what was derived from NODE, at most *BUDGET entries. True when
 * done; repeating it gets on.
 */
bool node_remove_derived(struct map_node *node, unsigned remain, unsigned *budget);

/* Mapping nodes in use. */
uint64_t map_count(void);

#endif
