/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping nodes. Invariants, for every root: the nodes are a preorder list; a child's depth is its parent's
 * plus one. What hangs from the node of a
 * capability is such a list as well, with that node in the place of the root. Lock: map_lock, held by every
 * caller.
 */
#include "kernel/map/node.h"

#include <l4/abi/item.h>

#include "kernel/base/counter.h"
#include "kernel/map/table.h"

static counter_t nodes_in_use; /* changed under map_lock, read without it */

static struct map_node *node_prev(const struct map_node *n)
{
    return (struct map_node *)(uintptr_t)(n->prev_depth & ~UINT64_C(15));
}

static struct map_node *node_next(const struct map_node *n)
{
    return (struct map_node *)(uintptr_t)n->next;
}

static void set_prev(struct map_node *n, struct map_node *prev)
{
    n->prev_depth = (uint64_t)(uintptr_t)prev | node_depth(n);
}

static void link_after(struct map_node *node, struct map_node *fresh, unsigned depth)
{
    struct map_node *next = node_next(node);

    fresh->prev_depth = (uint64_t)(uintptr_t)node | depth;
    fresh->next = (uint64_t)(uintptr_t)next;
    if (next)
        set_prev(next, fresh);
    node->next = (uint64_t)(uintptr_t)fresh;
    counter_add(&nodes_in_use, 1);
}

void node_make_root(struct map_node *n)
{
    n->prev_depth = 0;
    n->next = 0;
    counter_add(&nodes_in_use, 1);
}

void node_unlink(struct map_node *n)
{
    struct map_node *prev = node_prev(n);
    struct map_node *next = node_next(n);

    if (prev)
        prev->next = (uint64_t)(uintptr_t)next;
    if (next)
        set_prev(next, prev);
    n->prev_depth = 0;
    n->next = 0;
    counter_add(&nodes_in_use, UINT64_MAX);
}

void node_split(struct map_node *node, struct map_node *low, struct map_node *high)
{
    struct map_node *prev = node_prev(node);
    struct map_node *next = node_next(node);
    unsigned depth = node_depth(node);

    node_unlink(node);
    counter_add(&nodes_in_use, PT_ENTRIES);
    if (depth == 0)
        return; /* zero is a root */
    for (unsigned i = 0; i < PT_ENTRIES; i++) {
        struct map_node *n = i < NODES_PER_FRAME ? low + i : high + (i - NODES_PER_FRAME);

        n->prev_depth = (uint64_t)(uintptr_t)prev | depth;
        prev->next = (uint64_t)(uintptr_t)n;
        prev = n;
    }
    prev->next = (uint64_t)(uintptr_t)next;
    if (next)
        set_prev(next, prev);
}

/* True when page tables went with it. */
static bool leaf_remove(struct map_node *n)
{
    struct leaf l;

    leaf_of_node(n, &l);
    node_unlink(n);
    return leaf_set(&l, 0);
}

bool node_remove_derived(struct map_node *node, unsigned remain, unsigned *budget)
{
    struct map_node *n = node_next(node);

    while (n && node_depth(n) > node_depth(node)) {
        struct map_node *next = node_next(n);

        if (*budget == 0)
            return false;
        if (remain) {
            struct leaf l;

            leaf_of_node(n, &l);
            /* what is narrow already costs no budget, so that repeating the call gets on */
            if (pte_rights(*l.pte) & ~(remain | L4_READ)) {
                (*budget)--;
                leaf_set(&l, pte_with_rights(*l.pte, pte_rights(*l.pte) & remain));
            }
            n = next;
            continue;
        }
        (*budget)--;
        if (next && node_depth(next) > node_depth(n)) {
            n = next; /* children first: a preorder list keeps its shape only when leaves go */
            continue;
        }
        /* that is as much work again */
        *budget -= leaf_remove(n) && *budget > 0;
        n = node_next(node);
    }
    return true;
}

void node_add_child(struct map_node *parent, struct map_node *fresh)
{
    link_after(parent, fresh, node_depth(parent) + 1);
}

void node_replace(struct map_node *old, struct map_node *fresh)
{
    struct map_node *prev = node_prev(old);
    struct map_node *next = node_next(old);

    *fresh = *old;
    if (prev)
        prev->next = (uint64_t)(uintptr_t)fresh;
    if (next)
        set_prev(next, fresh);
    old->prev_depth = 0;
    old->next = 0;
}

void node_hand_over(struct map_node *old, struct map_node *fresh)
{
    struct map_node *next = node_next(old);
    struct map_node *last = fresh;

    /* what another CPU has mapped through FRESH a moment ago, which it found before this */
    while (node_next(last))
        last = node_next(last);
    if (next)
        set_prev(next, last);
    last->next = old->next;
    old->next = 0;
}

uint64_t map_count(void)
{
    return counter_get(&nodes_in_use);
}
