/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds. Lock: none. The orders marked seq_cst pair as follows: who starts a round writes the number, then
 * reads idle flags; who sleeps writes its flag, then (on waking) clears it and reads the number. Who waits
 * writes its wait flag, then reads what others have seen; who acknowledges writes that, then reads wait
 * flags. Model: test/models/round.pml.
 */
#include "kernel/smp/round.h"

#include <stdatomic.h>

#include "kernel/arch/address.h"
#include "kernel/arch/smp.h"
#include "kernel/smp/cpus.h"

static _Atomic uint64_t round_now;

static struct cpu_shared *own(void)
{
    return &cpu_shared[cpu_number()];
}

static uint64_t the_others(void)
{
    return cpus_online() & ~(UINT64_C(1) << cpu_number());
}

static bool acknowledged(unsigned cpu, uint64_t number)
{
    struct cpu_shared *c = &cpu_shared[cpu];

    /*
     * Asleep with an empty box counts: who wakes clears the flag and drops what it was told to before it
     * touches anything. The box is read first: the other way the CPU could wake in between, take its mail,
     * and be in the middle of it.
     */
    return atomic_load_explicit(&c->seen, memory_order_seq_cst) >= number ||
           (!atomic_load_explicit(&c->box, memory_order_seq_cst) &&
            atomic_load_explicit(&c->idle, memory_order_seq_cst));
}

uint64_t round_current(void)
{
    return atomic_load_explicit(&round_now, memory_order_seq_cst);
}

uint64_t round_next(void)
{
    return round_current() + 1;
}

uint64_t round_begin(void)
{
    uint64_t number = atomic_fetch_add_explicit(&round_now, 1, memory_order_seq_cst) + 1;
    uint64_t others = the_others();

    for (; others; others &= others - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(others);

        if (!acknowledged(cpu, number))
            cpu_poke(cpu);
    }
    return number;
}

void round_start(uint64_t number)
{
    while (round_next() <= number)
        (void)round_begin();
}

bool round_alone(void)
{
    return the_others() == 0;
}

static bool own_acknowledged(uint64_t number)
{
    /* relaxed: only this CPU writes it */
    return atomic_load_explicit(&own()->seen, memory_order_relaxed) >= number;
}

bool round_behind(uint64_t number)
{
    return !round_alone() && number <= round_current() && !own_acknowledged(number);
}

bool round_done(uint64_t number)
{
    uint64_t others = the_others();

    /* what this CPU has acknowledged has begun */
    if (others && !own_acknowledged(number))
        return false;
    for (; others; others &= others - 1)
        if (!acknowledged((unsigned)__builtin_ctzll(others), number))
            return false;
    return true;
}

void round_flush(uint64_t mask)
{
    uint64_t others = mask & the_others();

    for (; others; others &= others - 1)
        atomic_store_explicit(&cpu_shared[__builtin_ctzll(others)].flush, 1, memory_order_seq_cst);
}

static void flush_if_told(void)
{
    if (atomic_load_explicit(&own()->flush, memory_order_seq_cst) &&
        atomic_exchange_explicit(&own()->flush, 0, memory_order_seq_cst))
        address_space_flush();
}

void round_acknowledge(uint64_t number)
{
    uint64_t others = the_others();

    if (own_acknowledged(number))
        return;
    flush_if_told();
    atomic_store_explicit(&own()->seen, number, memory_order_seq_cst);
    for (; others; others &= others - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(others);

        if (atomic_load_explicit(&cpu_shared[cpu].waits, memory_order_seq_cst))
            cpu_poke(cpu);
    }
}

void round_idle_begin(void)
{
    atomic_store_explicit(&own()->idle, 1, memory_order_seq_cst);
}

void round_idle_end(void)
{
    atomic_store_explicit(&own()->idle, 0, memory_order_seq_cst);
    /* what was told while this CPU slept counts as acknowledged, so it is done before anything is touched */
    flush_if_told();
}

void round_wait_begin(void)
{
    atomic_store_explicit(&own()->waits, 1, memory_order_seq_cst);
}

void round_wait_end(void)
{
    atomic_store_explicit(&own()->waits, 0, memory_order_seq_cst);
}
