/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few questions to and fro: the other's counter was read between two readings of one's own, so it is out
 * of step only if it lies outside. The quickest exchange tells most. Owns the words of the exchange. Callers:
 * the start of the CPUs, one at a time. Lock: none, the turn says whose the words are.
 */
#include "arch/x86_64/cpu/tsc_sync.h"

#include <stdatomic.h>

#include "arch/x86_64/cpu/x86.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/timer.h"
#include "kernel/base/compiler.h"

#define ROUNDS         8
#define MSR_TSC_ADJUST UINT32_C(0x3b)
#define L7_EBX_ADJUST  (UINT32_C(1) << 1)

/* Odd: the other CPU is asked; even: it has answered. */
static INIT_DATA _Atomic uint32_t turn;
static INIT_DATA uint64_t theirs;
static INIT_DATA uint64_t adjust_of_boot_cpu;

/* RDTSC that is not executed before what stands before it; no assertion: it changes nothing. */
static INIT uint64_t rdtsc_now(void)
{
    __asm__ volatile("lfence" : : : "memory");
    return rdtsc();
}

static INIT bool can_adjust(void)
{
    return cpuid(0, 0).eax >= 7 && (cpuid(7, 0).ebx & L7_EBX_ADJUST) != 0;
}

INIT struct tsc_offset tsc_offset_of(uint64_t before, uint64_t other, uint64_t after)
{
    uint64_t error = (after - before) / 2;

    return (struct tsc_offset){.ticks = (int64_t)(other - (before + error)), .error = error + 1};
}

INIT bool tsc_out_of_step(struct tsc_offset o)
{
    uint64_t distance = o.ticks < 0 ? 0 - (uint64_t)o.ticks : (uint64_t)o.ticks;

    return distance > o.error;
}

INIT void tsc_sync_init(void)
{
    /* relaxed: the CPU that will look at it does not run */
    atomic_store_explicit(&turn, 0, memory_order_relaxed);
    adjust_of_boot_cpu = can_adjust() ? rdmsr(MSR_TSC_ADJUST) : 0;
}

/* acquire: what the other CPU wrote before is read after. */
static INIT bool wait_for_answer(uint32_t question, uint64_t until)
{
    while (atomic_load_explicit(&turn, memory_order_acquire) == question) {
        if (timer_now() > until)
            return false;
        cpu_relax();
    }
    return true;
}

INIT bool tsc_sync_ask(uint64_t ns, struct tsc_offset *out)
{
    uint64_t until = timer_now() + ns;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint64_t before = rdtsc_now();
        struct tsc_offset now;

        /* release: pairs with the acquire in tsc_sync_answer */
        atomic_store_explicit(&turn, 2 * i + 1, memory_order_release);
        if (!wait_for_answer(2 * i + 1, until))
            return false;
        now = tsc_offset_of(before, theirs, rdtsc_now());
        if (i == 0 || now.error < out->error)
            *out = now;
    }
    return true;
}

INIT void tsc_sync_answer(void)
{
    if (can_adjust() && rdmsr(MSR_TSC_ADJUST) != adjust_of_boot_cpu)
        wrmsr(MSR_TSC_ADJUST, adjust_of_boot_cpu);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        /* acquire: the counter is read after the question was seen */
        while (atomic_load_explicit(&turn, memory_order_acquire) != 2 * i + 1)
            cpu_relax();
        theirs = rdtsc_now();
        /* release: pairs with the acquire in wait_for_answer */
        atomic_store_explicit(&turn, 2 * i + 2, memory_order_release);
    }
}
