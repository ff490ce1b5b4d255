/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations of the capability to the kernel's page pool.
 */
#include "kernel/map/mapdb.h"
#include "kernel/mem/fail.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"
#include "kernel/sys/call.h"

enum l4_error op_POOL_ADD(struct call *c)
{
    unsigned range;
    enum l4_error err = user_range_check(c->w[0], c->w[1]);

    if (err == L4_OK)
        err = map_to_pool(&c->space->vs, c->w[0], c->w[1], &range, &c->w[0]);
    if (err != L4_OK)
        return err;
    c->w[1] = frame_range_size(range).v * PAGE_SIZE;
    /* the first space pays for all others; the caller goes on when the range is open */
    c->round = frame_range_retire(range, &space_first->quota);
    return L4_OK;
}

static uint64_t failing_for; /* id of the space that asked for failures */

/* The kernel works for the space that the running thread was in when it came in. */
static bool failing_here(void)
{
    const struct activation *a = cpu_local()->current;

    return a && a->space->object.id == failing_for;
}

enum l4_error op_POOL_FAIL(struct call *c)
{
    uint64_t counted = fail.counted;
    uint64_t failed = fail.failed;

    if (!QUIRE_FAIL_ALLOC)
        return L4_ERR_NOSYS;
    if (c->w[0] > L4_FAIL_QUOTA)
        return L4_ERR_ARG;
    failing_for = c->space->object.id;
    fail_arm((enum l4_fail_mode)c->w[0], c->w[1], c->w[2] ? c->w[2] : 1, failing_here);
    c->w[0] = counted;
    c->w[1] = failed;
    return L4_OK;
}
