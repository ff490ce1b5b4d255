/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intrusive leftist heap: the smallest key on top; insert, remove of any node and pop in O(log n), no memory
 * of its own. Used for deadlines (key = time) and priority queues (key = priority and arrival).
 * Source: C. A. Crane, "Linear lists and priority queues as balanced binary trees", 1972.
 */
#ifndef QUIRE_BASE_HEAP_H
#define QUIRE_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    struct heap_node *parent;
    struct heap_node *left;
    struct heap_node *right;
    uint64_t key;
    uint32_t rank;  /* length of the right spine */
    uint8_t queued; /* 1 while in a heap */
    uint8_t level;  /* its user's: which heap (sched/timers.c) */
    uint8_t is_event;
};

struct heap {
    struct heap_node *top;
};

/* NODE is in no heap. */
void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key);

/* The node after N when all are gone through, in no order; NULL after the last. The first is the top. */
struct heap_node *heap_next(const struct heap_node *n);

/* NODE is in HEAP. */
void heap_remove(struct heap *heap, struct heap_node *node);

#endif
