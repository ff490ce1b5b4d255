/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intrusive circular doubly-linked list. The node lies in its object, so queueing allocates nothing.
 * No lock of its own: the owner of the head guards it.
 */
#ifndef QUIRE_BASE_LIST_H
#define QUIRE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/base/compiler.h"

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l;
    l->prev = l;
}

/* True for an empty head and for a node that is on no list. */
static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_add_tail(struct list *head, struct list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

static inline void list_add(struct list *head, struct list *node)
{
    list_add_tail(head->next, node);
}

/* NODE may be on no list; it is on none afterwards. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

#define LIST_FIRST(head, type, member) CONTAINER_OF((head)->next, type, member)

#endif
