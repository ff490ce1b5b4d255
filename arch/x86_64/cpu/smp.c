/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the table of CPUs and the masks of those that run and of those that were stopped by a panic. Callers:
 * the start of the CPUs, the kernel core, panic and the NMI handler. Lock: none, see kernel/arch/smp.h.
 */
#include "arch/x86_64/cpu/smp.h"

#include <stdatomic.h>

#include "arch/x86_64/dev/lapic.h"
#include "kernel/arch/address.h"
#include "kernel/arch/cpu.h"
#include "kernel/base/assert.h"

#define NOBODY UINT32_MAX

/* A CPU needs microseconds to take an NMI, an emulated one up to some hundred milliseconds. */
#define STOP_SPINS 10000000

static struct {
    struct cpu_local *local;
    uint64_t *root;
    uint32_t apic_id;
} cpus[CPUS_MAX];

static _Atomic uint64_t online;
static _Atomic uint64_t stopped;
static _Atomic uint32_t stopper = NOBODY;
static atomic_bool released;

static uint64_t bit(unsigned cpu)
{
    ASSERT(cpu < CPUS_MAX);
    return UINT64_C(1) << cpu;
}

INIT void smp_add_cpu(unsigned cpu, struct cpu_local *local, uint64_t *root, uint32_t apic_id)
{
    ASSERT((cpus_online() & bit(cpu)) == 0);
    local->number = cpu;
    cpus[cpu].local = local;
    cpus[cpu].root = root;
    cpus[cpu].apic_id = apic_id;
}

uint64_t cpus_online(void)
{
    /* acquire: whoever sees a CPU sees what it and CPU 0 have written about it */
    return atomic_load_explicit(&online, memory_order_acquire);
}

struct cpu_local *cpu_local_of(unsigned cpu)
{
    ASSERT((cpus_online() & bit(cpu)) != 0);
    return cpus[cpu].local;
}

uint64_t *cpu_root(unsigned cpu)
{
    ASSERT(cpu < CPUS_MAX);
    return cpus[cpu].root;
}

uint32_t cpu_apic_id(unsigned cpu)
{
    ASSERT(cpu < CPUS_MAX);
    return cpus[cpu].apic_id;
}

unsigned smp_this_cpu(void)
{
    return cpus_online() ? (unsigned)cpu_local()->number : 0;
}

void cpu_poke(unsigned cpu)
{
    ASSERT((cpus_online() & bit(cpu)) != 0);
    lapic_send(cpus[cpu].apic_id, LAPIC_SEND_FIXED | MAIL_VECTOR);
}

static void set_online(void)
{
    /* release: pairs with the acquire in cpus_online */
    atomic_fetch_or_explicit(&online, bit((unsigned)cpu_local()->number), memory_order_release);
}

INIT void smp_boot_cpu_runs(void)
{
    set_online();
}

void smp_wait_for_release(void)
{
    set_online();
    /* a poke that comes between the look and the halt is held back until the halt: interrupts are off;
     * acquire: init code is unmapped before the flag is set */
    while (!atomic_load_explicit(&released, memory_order_acquire))
        cpu_idle();
    tlb_flush_all();
    smp_cpu_run();
}

void smp_release(void)
{
    uint64_t others = cpus_online() & ~bit(0);

    /* release: see smp_wait_for_release */
    atomic_store_explicit(&released, true, memory_order_release);
    for (; others; others &= others - 1)
        cpu_poke((unsigned)__builtin_ctzll(others));
}

void smp_stop_others(void)
{
    uint64_t others = cpus_online() & ~bit(smp_this_cpu());

    if (!others)
        return;
    /* release: the others read it in their NMI handler, which the write brings about */
    atomic_store_explicit(&stopper, smp_this_cpu(), memory_order_release);
    for (uint64_t left = others; left; left &= left - 1)
        lapic_send(cpus[__builtin_ctzll(left)].apic_id, LAPIC_SEND_NMI);
    /* relaxed: only the bits count */
    for (unsigned i = 0; i < STOP_SPINS; i++) {
        if ((atomic_load_explicit(&stopped, memory_order_relaxed) & others) == others)
            return;
        cpu_relax();
    }
}

void smp_stop_if_asked(void)
{
    /* acquire: after it, what the one that stops everybody wrote before */
    uint32_t by = atomic_load_explicit(&stopper, memory_order_acquire);

    if (by == NOBODY || by == smp_this_cpu())
        return;
    /* relaxed: see smp_stop_others */
    atomic_fetch_or_explicit(&stopped, bit(smp_this_cpu()), memory_order_relaxed);
    cpu_halt_forever();
}
