/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the interrupt descriptor table, one for all CPUs: filled at boot, seen by the processors through a
 * read-only page. Callers: trap.c. Lock: none, one CPU runs when it is written.
 */
#include "arch/x86_64/cpu/descriptors.h"
#include "arch/x86_64/cpu/idt.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

#define VECTORS        256
#define INTERRUPT_GATE 0x8e /* present, ring 0, interrupts off */
#define RING3_GATE     0xee /* the same, user mode may raise it */
#define TRAP_BP        3

extern const uint64_t trap_stub_addresses[VECTORS];

static struct gate idt[VECTORS] ALIGNED(4096);

_Static_assert(sizeof idt == 4096, "one page, see CPU_IDT_PAGE");

static INIT void set_gate(unsigned vector, uint64_t handler)
{
    idt[vector] = (struct gate){
        .offset_low = (uint16_t)handler,
        .selector = SELECTOR_KERNEL_CODE,
        .type = vector == TRAP_BP ? RING3_GATE : INTERRUPT_GATE,
        .offset_middle = (uint16_t)(handler >> 16),
        .offset_high = (uint32_t)(handler >> 32),
    };
}

static INIT void load(uint64_t base)
{
    struct descriptor_pointer pointer = {sizeof idt - 1, base};

    ASSERT(is_aligned(base, PAGE_SIZE));
    /* LIDT: from the next instruction on all vectors lead to the table at base */
    __asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
}

INIT void idt_init(void)
{
    for (unsigned vector = 0; vector < VECTORS; vector++)
        set_gate(vector, trap_stub_addresses[vector]);
    load(vaddr_of(idt).v);
}

INIT void idt_use_own_stacks(void)
{
    idt[TRAP_DB].ist = CPU_STACK_DB;
    idt[TRAP_DF].ist = CPU_STACK_DF;
    idt[TRAP_NMI].ist = CPU_STACK_NMI;
    idt[TRAP_MC].ist = CPU_STACK_MC;
    load(CPU_IDT_PAGE);
}

INIT paddr_t idt_page(void)
{
    return phys_of(idt);
}
