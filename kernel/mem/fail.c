/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations that fail on purpose.
 */
#include "kernel/mem/fail.h"

struct fail fail;

void fail_arm(enum l4_fail_mode mode, uint64_t nth, uint64_t times, bool (*mine)(void))
{
    /* release: who finds it armed, below, finds what it is armed with */
    atomic_store_explicit(&fail.mode, L4_FAIL_OFF, memory_order_release);
    fail.nth = nth;
    fail.times = times;
    fail.counted = 0;
    fail.failed = 0;
    fail.mine = mine;
    /* release: whoever finds it armed finds whom to ask */
    atomic_store_explicit(&fail.mode, mode, memory_order_release);
}

bool fail_count(void)
{
    if (!fail.mine())
        return false;
    fail.counted++;
    if (fail.nth == 0 || fail.counted < fail.nth || fail.counted - fail.nth >= fail.times)
        return false;
    fail.failed++;
    return true;
}
