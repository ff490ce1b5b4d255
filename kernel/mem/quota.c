/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quotas: arithmetic only. Invariant: used <= limit, always.
 */
#include "kernel/mem/quota.h"

#include "kernel/base/assert.h"

void quota_refund(struct quota *q, uint64_t bytes)
{
    ASSERT(bytes <= q->used);
    q->used -= bytes;
}

bool quota_open(struct quota *child, struct quota *funder, uint64_t bytes)
{
    if (!quota_charge(funder, bytes))
        return false;
    child->funder = funder;
    child->limit = bytes;
    child->used = 0;
    return true;
}

bool quota_add(struct quota *child, uint64_t bytes)
{
    ASSERT(child->funder);
    if (bytes > UINT64_MAX - child->limit || !quota_charge(child->funder, bytes))
        return false;
    child->limit += bytes;
    return true;
}

void quota_close(struct quota *q)
{
    ASSERT(q->used == 0 && q->funder);
    quota_refund(q->funder, q->limit);
    q->limit = 0;
    q->funder = NULL;
}
