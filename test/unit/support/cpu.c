// SPDX-License-Identifier: BSD-2-Clause
#include "cpu.h"

#include "kernel/arch/kmap.h"
#include "kernel/arch/pte.h"
#include "kernel/base/cpu_local.h"

static struct cpu_local local;
static uint64_t kernel_half[PT_ENTRIES];

uint64_t *kmap_root = kernel_half;
uint64_t tlb_flushes;
uint64_t tlb_last;

struct cpu_local *cpu_local(void)
{
    return &local;
}

void tlb_flush_page(uint64_t va)
{
    tlb_flushes++;
    tlb_last = va;
}
