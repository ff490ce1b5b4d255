// SPDX-License-Identifier: BSD-2-Clause
// See cpu.h.
#include "cpu.h"

#include <sched.h>

#include "kernel/arch/address.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/pte.h"
#include "kernel/arch/smp.h"
#include "kernel/base/cpu_local.h"
#include "kernel/base/spinlock.h"
#include "kernel/smp/cpus.h"

static struct cpu_local locals[CPUS_MAX];
static _Alignas(4096) uint64_t kernel_half[PT_ENTRIES];

uint64_t *kmap_root = kernel_half;
uint64_t tlb_flushes;
uint64_t tlb_last;
void (*tlb_flush_shown)(uint64_t address);
_Thread_local unsigned cpu_current;
uint64_t cpu_mask = 1;
uint64_t cpu_pokes;
uint64_t cpu_poked;
uint64_t cpu_loads[CPUS_MAX];
uint64_t address_space_flushes;

struct cpu_local *cpu_local_of(unsigned cpu)
{
    locals[cpu].number = cpu;
    locals[cpu].kernel_cr3 = (uint64_t)(uintptr_t)kernel_half - PHYS_WINDOW;
    return &locals[cpu];
}

struct cpu_local *cpu_local(void)
{
    return cpu_local_of(cpu_current);
}

void tlb_flush_page(uint64_t va)
{
    __atomic_fetch_add(&tlb_flushes, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&tlb_last, va, __ATOMIC_RELAXED);
    if (tlb_flush_shown)
        tlb_flush_shown(va);
}

uint64_t cpus_online(void)
{
    return cpu_mask;
}

void cpu_poke(unsigned cpu)
{
    __atomic_fetch_add(&cpu_pokes, 1, __ATOMIC_RELAXED);
    __atomic_fetch_or(&cpu_poked, UINT64_C(1) << cpu, __ATOMIC_RELAXED);
}

void address_space_flush(void)
{
    cpu_loads[cpu_current]++;
    cpu_local()->cr3 = cpu_local()->kernel_cr3;
    __atomic_fetch_add(&address_space_flushes, 1, __ATOMIC_RELAXED);
}

void host_spin(void)
{
    sched_yield();
}

void cpu_pretend(unsigned cpu, uint64_t mask)
{
    cpu_current = cpu;
    cpu_mask = mask;
}
