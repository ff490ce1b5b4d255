// SPDX-License-Identifier: BSD-2-Clause
// Time from the TSC and the scale of the info page: no system call.
#include <l4/event.h>
#include <l4/ipc.h>
#include <l4/program.h>

static uint64_t read_tsc(void)
{
    uint32_t low, high;
    _Static_assert(sizeof(low) == 4 && sizeof(high) == 4, "rdtsc writes two 32-bit registers");
    // rdtsc is the only way to read the counter
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

uint64_t l4_clock(void)
{
    const struct l4_info *info = l4_info();
    unsigned __int128 product = (unsigned __int128)(read_tsc() - info->tsc_base) * info->tsc_mul;
    return (uint64_t)(product >> info->tsc_shift);
}

// Bit 62 of the pending word is not woken by libl4; if somebody wakes it the sleep goes on.
void l4_sleep_until(uint64_t deadline)
{
    uint64_t taken;
    int error;
    do {
        error = l4_pending_wait(1ull << 62, deadline, &taken);
    } while (!error);
}
