/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quotas: arithmetic only. Invariant: used <= limit, always.
 */
#include "kernel/mem/quota.h"

#include <stddef.h>

#include "kernel/base/assert.h"
#include "kernel/mem/fail.h"

bool quota_charge(struct quota *q, uint64_t bytes)
{
    uint64_t used = quota_used(q);

    if (alloc_fails(L4_FAIL_QUOTA))
        return false;
    do {
        /* the limit only grows, so one read a little early refuses at worst what has just become possible */
        if (bytes > quota_limit(q) - used)
            return false;
        /* relaxed: only the sum must be right, and it is one variable */
    } while (!atomic_compare_exchange_weak_explicit(&q->used, &used, used + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

void quota_refund(struct quota *q, uint64_t bytes)
{
    /* relaxed: as above; whoever closes the quota comes a round later */
    uint64_t used = atomic_fetch_sub_explicit(&q->used, bytes, memory_order_relaxed);

    ASSERT(bytes <= used);
    (void)used;
}

bool quota_open(struct quota *child, struct quota *funder, uint64_t bytes)
{
    if (!quota_charge(funder, bytes))
        return false;
    child->funder = funder;
    /* relaxed: nobody else knows the child yet */
    atomic_store_explicit(&child->limit, bytes, memory_order_relaxed);
    atomic_store_explicit(&child->used, 0, memory_order_relaxed);
    return true;
}

bool quota_add(struct quota *child, uint64_t bytes)
{
    ASSERT(child->funder);
    /* charged before it is spent; what all limits add up to is part of the root's, so no sum wraps */
    if (!quota_charge(child->funder, bytes))
        return false;
    quota_raise(child, bytes);
    return true;
}

void quota_raise(struct quota *q, uint64_t bytes)
{
    /* relaxed: see quota_charge */
    atomic_fetch_add_explicit(&q->limit, bytes, memory_order_relaxed);
}

void quota_close(struct quota *q)
{
    ASSERT(quota_used(q) == 0 && q->funder);
    quota_refund(q->funder, quota_limit(q));
    /* relaxed: nobody else knows it any more */
    atomic_store_explicit(&q->limit, 0, memory_order_relaxed);
    q->funder = NULL;
}
