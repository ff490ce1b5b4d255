/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * While one CPU recounts, the others stand still, each at its quiescent point, where it holds no lock.
 * seq_cst throughout: check builds only, and read by people. relaxed: numbers are only distinct.
 */
#include <stdatomic.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/smp.h"
#include "kernel/smp/cpus.h"
#include "kernel/sys/recount.h"

static _Atomic uint32_t parking; /* number of the recount under way, 0 = none */
static _Atomic uint32_t numbers;

/* A CPU says for which recount it stands still: that it stood for the last one is no answer to the next. */
void recount_park(void)
{
    uint32_t number;

    if (!QUIRE_CHECK)
        return;
    while ((number = atomic_load_explicit(&parking, memory_order_seq_cst)) != 0) {
        atomic_store_explicit(&cpu_shared[cpu_number()].parked, number, memory_order_seq_cst);
        cpu_relax();
    }
}

static uint64_t the_others(void)
{
    return cpus_online() & ~(UINT64_C(1) << cpu_number());
}

bool recount_stop_others(void)
{
    uint32_t number = atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed) + 1;
    uint32_t none = 0;

    if (!atomic_compare_exchange_strong_explicit(&parking, &none, number, memory_order_seq_cst,
                                                 memory_order_seq_cst))
        return false;
    for (uint64_t left = the_others(); left; left &= left - 1)
        cpu_poke((unsigned)__builtin_ctzll(left));
    for (uint64_t left = the_others(); left; left &= left - 1)
        while (atomic_load_explicit(&cpu_shared[__builtin_ctzll(left)].parked, memory_order_seq_cst) !=
               number)
            cpu_relax();
    return true;
}

void recount_go_on(void)
{
    atomic_store_explicit(&parking, 0, memory_order_seq_cst);
}
