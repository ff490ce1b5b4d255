/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quotas: how many bytes of kernel memory a space may use. They form a tree: what a space gives to one it
 * funds counts as used by it. A charge is returned when the memory is.
 */
#ifndef QUIRE_MEM_QUOTA_H
#define QUIRE_MEM_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/compiler.h"
#include "kernel/mem/fail.h"

struct quota {
    struct quota *funder; /* NULL for the root */
    uint64_t limit;       /* bytes */
    uint64_t used;        /* bytes, those given to funded quotas among them */
};

/* False, and nothing changed, when BYTES more would pass the limit. */
static inline MUST_CHECK bool quota_charge(struct quota *q, uint64_t bytes)
{
    if (bytes > q->limit - q->used || alloc_fails(L4_FAIL_QUOTA))
        return false;
    q->used += bytes;
    return true;
}

/* At most what was charged. */
void quota_refund(struct quota *q, uint64_t bytes);

/* Funds CHILD with BYTES of FUNDER's; false when FUNDER has not so much left. */
MUST_CHECK bool quota_open(struct quota *child, struct quota *funder, uint64_t bytes);

/* Adds BYTES of the funder's to an open quota; false when the funder has not so much left. */
MUST_CHECK bool quota_add(struct quota *child, uint64_t bytes);

/* Gives the whole limit back to the funder. Nothing is charged to Q any more. */
void quota_close(struct quota *q);

#endif
