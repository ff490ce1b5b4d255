/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quotas: how many bytes of kernel memory a space may use. They form a tree: what a space gives to one it
 * funds counts as used by it. A charge is returned when the memory is.
 *
 * No lock. Any CPU charges and refunds at any time; a quota is opened before others know it and closed after
 * a round in which nobody was left who knew it. Every access is relaxed: the numbers guard no other memory.
 */
#ifndef QUIRE_MEM_QUOTA_H
#define QUIRE_MEM_QUOTA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/compiler.h"

struct quota {
    struct quota *funder;   /* NULL for the root */
    _Atomic uint64_t limit; /* bytes; only grows until the quota is closed */
    _Atomic uint64_t used;  /* bytes, those given to funded quotas among them */
};

/* False, and nothing changed, when BYTES more would pass the limit. */
MUST_CHECK bool quota_charge(struct quota *q, uint64_t bytes);

/* At most what was charged. */
void quota_refund(struct quota *q, uint64_t bytes);

/* Funds CHILD with BYTES of FUNDER's; false when FUNDER has not so much left. */
MUST_CHECK bool quota_open(struct quota *child, struct quota *funder, uint64_t bytes);

/* Adds BYTES of the funder's to an open quota; false when the funder has not so much left. */
MUST_CHECK bool quota_add(struct quota *child, uint64_t bytes);

/* BYTES more for the root: there is so much more to give. */
void quota_raise(struct quota *q, uint64_t bytes);

/* Gives the whole limit back to the funder. Nothing is charged to Q any more. */
void quota_close(struct quota *q);

/* As they are now; USED first, so that LIMIT is never below it. */
static inline uint64_t quota_used(const struct quota *q)
{
    return atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)&q->used, memory_order_relaxed);
}

static inline uint64_t quota_limit(const struct quota *q)
{
    return atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)&q->limit, memory_order_relaxed);
}

#endif
