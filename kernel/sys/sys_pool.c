/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations of the capability to the kernel's page pool.
 */
#include "kernel/map/mapdb.h"
#include "kernel/mem/frame.h"
#include "kernel/sys/call.h"

/*
 * After the round: no CPU has a translation of RANGE's pages any more. The first space pays for all others,
 * so what the pool has more is its.
 */
static uint64_t pool_open(unsigned range)
{
    uint64_t bytes = frame_range_open(range).v * PAGE_SIZE;

    space_first->quota.limit += bytes;
    return bytes;
}

enum l4_error op_POOL_ADD(struct call *c)
{
    unsigned range;
    enum l4_error err = user_range_check(c->w[0], c->w[1]);

    if (err == L4_OK)
        err = map_to_pool(&c->space->vs, c->w[0], c->w[1], &range, &c->w[0]);
    if (err == L4_OK)
        c->w[1] = pool_open(range);
    return err;
}
