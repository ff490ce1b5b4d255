/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leftist heap. Invariants: parent's key <= child's key; rank(left) >= rank(right); so the right spine of n
 * nodes has at most log2(n + 1) nodes, and merging walks right spines only.
 */
#include "kernel/base/heap.h"

#include "kernel/base/assert.h"

static uint32_t rank_of(const struct heap_node *n)
{
    return n ? n->rank : 0;
}

/* Restores rank order at N; returns whether its rank changed. */
static bool settle(struct heap_node *n)
{
    uint32_t old = n->rank;

    if (rank_of(n->left) < rank_of(n->right)) {
        struct heap_node *t = n->left;

        n->left = n->right;
        n->right = t;
    }
    n->rank = rank_of(n->right) + 1;
    return n->rank != old;
}

/* Merges along the right spines: down in a loop, then up again to restore the ranks. */
static struct heap_node *merge(struct heap_node *a, struct heap_node *b)
{
    struct heap_node *root = NULL;
    struct heap_node *last = NULL;

    while (a && b) {
        if (b->key < a->key) {
            struct heap_node *t = a;

            a = b;
            b = t;
        }
        a->parent = last;
        if (last)
            last->right = a;
        else
            root = a;
        last = a;
        a = a->right;
    }
    if (!a)
        a = b;
    if (a)
        a->parent = last;
    if (!last)
        return a;
    last->right = a;
    for (; last; last = last->parent)
        settle(last);
    return root;
}

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key)
{
    ASSERT(!node->queued);
    node->parent = NULL;
    node->left = NULL;
    node->right = NULL;
    node->key = key;
    node->rank = 1;
    node->queued = 1;
    heap->top = merge(heap->top, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    struct heap_node *parent = node->parent;
    struct heap_node *rest;

    ASSERT(node->queued);
    rest = merge(node->left, node->right);
    node->queued = 0;
    if (rest)
        rest->parent = parent;
    if (!parent) {
        heap->top = rest;
        return;
    }
    if (parent->left == node)
        parent->left = rest;
    else
        parent->right = rest;
    /* ends early: above a node whose rank stays, nothing changes */
    while (parent && settle(parent))
        parent = parent->parent;
}

struct heap_node *heap_next(const struct heap_node *n)
{
    if (n->left || n->right)
        return n->left ? n->left : n->right;
    for (; n->parent; n = n->parent)
        if (n == n->parent->left && n->parent->right)
            return n->parent->right;
    return NULL;
}
