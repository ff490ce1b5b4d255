/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * While one CPU recounts, the others stand still, each at its quiescent point, where it holds no lock.
 */
#include <stdatomic.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/smp.h"
#include "kernel/smp/cpus.h"
#include "kernel/sys/recount.h"

static _Atomic uint32_t parking;

void recount_park(void)
{
    _Atomic uint32_t *parked = &cpu_shared[cpu_number()].parked;

    if (!QUIRE_CHECK || !atomic_load_explicit(&parking, memory_order_seq_cst))
        return;
    atomic_store_explicit(parked, 1, memory_order_seq_cst);
    while (atomic_load_explicit(&parking, memory_order_seq_cst))
        cpu_relax();
    atomic_store_explicit(parked, 0, memory_order_seq_cst);
}

static uint64_t the_others(void)
{
    return cpus_online() & ~(UINT64_C(1) << cpu_number());
}

bool recount_stop_others(void)
{
    if (atomic_exchange_explicit(&parking, 1, memory_order_seq_cst))
        return false;
    for (uint64_t left = the_others(); left; left &= left - 1)
        cpu_poke((unsigned)__builtin_ctzll(left));
    for (uint64_t left = the_others(); left; left &= left - 1)
        while (!atomic_load_explicit(&cpu_shared[__builtin_ctzll(left)].parked, memory_order_seq_cst))
            cpu_relax();
    return true;
}

void recount_go_on(void)
{
    atomic_store_explicit(&parking, 0, memory_order_seq_cst);
    for (uint64_t left = the_others(); left; left &= left - 1)
        while (atomic_load_explicit(&cpu_shared[__builtin_ctzll(left)].parked, memory_order_seq_cst))
            cpu_relax();
}
