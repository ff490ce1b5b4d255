/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations that fail on purpose.
 */
#include "kernel/mem/fail.h"

struct fail fail;

bool fail_count(enum l4_fail_mode mode)
{
    if (fail.mode != mode || !fail.mine())
        return false;
    fail.counted++;
    if (fail.nth == 0 || fail.counted < fail.nth || fail.counted - fail.nth >= fail.times)
        return false;
    fail.failed++;
    return true;
}
