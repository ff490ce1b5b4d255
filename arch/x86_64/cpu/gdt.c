/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the GDT and the TSS of each CPU, which lie in its CPU_TABLES_PAGE. Callers: trap_init_cpu. Lock: none,
 * each CPU writes its own.
 *
 * Segments do nothing in 64-bit mode but carry the privilege level; there is no 32-bit code segment and no
 * LDT. The TSS has the stack for entries from user mode and the own stacks; its I/O map ends before it
 * begins: user mode has no port.
 */
#include "arch/x86_64/cpu/descriptors.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"

#define CODE   UINT64_C(0x00209b0000000000) /* present, code, readable, accessed, 64-bit */
#define DATA   UINT64_C(0x0000930000000000) /* present, data, writable, accessed */
#define RING3  UINT64_C(0x0000600000000000)
#define TSS_ID UINT64_C(0x0000890000000000) /* present, 64-bit TSS, not busy */

#define GDT_WORDS 8

struct cpu_tables {
    uint64_t gdt[GDT_WORDS];
    struct tss tss;
};

_Static_assert(sizeof(struct cpu_tables) <= 4096, "one page");
_Static_assert(SELECTOR_USER_DATA == SELECTOR_KERNEL_DATA + 8 &&
                   SELECTOR_USER_CODE == SELECTOR_KERNEL_DATA + 16,
               "SYSRET computes them from one number");

static INIT void fill_gdt(uint64_t *gdt, uint64_t tss)
{
    gdt[0] = 0;
    gdt[SELECTOR_KERNEL_CODE / 8] = CODE;
    gdt[SELECTOR_KERNEL_DATA / 8] = DATA;
    gdt[SELECTOR_USER_DATA / 8] = DATA | RING3;
    gdt[SELECTOR_USER_CODE / 8] = CODE | RING3;
    gdt[SELECTOR_TSS / 8] =
        TSS_ID | (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
    gdt[SELECTOR_TSS / 8 + 1] = tss >> 32;
}

static INIT void fill_tss(struct tss *tss)
{
    memset(tss, 0, sizeof *tss);
    tss->rsp[0] = CPU_STACK_TOP(CPU_STACK_KERNEL);
    for (unsigned k = CPU_STACK_DB; k < CPU_STACK_COUNT; k++)
        tss->ist[k - CPU_STACK_DB] = CPU_STACK_TOP(k);
    tss->io_map = sizeof *tss;
}

static INIT void load(const struct cpu_tables *tables)
{
    struct descriptor_pointer pointer = {sizeof tables->gdt - 1, (uint64_t)(uintptr_t)tables->gdt};

    ASSERT(tables->gdt[SELECTOR_KERNEL_CODE / 8] == CODE);
    /* LGDT, then CS through a far return to the next line and SS; the other segments hold 0 */
    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %2, %%ss\n\t"
                     "ltr %w3"
                     :
                     : "m"(pointer), "i"(SELECTOR_KERNEL_CODE), "r"(SELECTOR_KERNEL_DATA), "r"(SELECTOR_TSS)
                     : "rax", "memory");
}

INIT void gdt_init_cpu(void)
{
    struct cpu_tables *tables = (struct cpu_tables *)(uintptr_t)CPU_TABLES_PAGE;

    fill_tss(&tables->tss);
    fill_gdt(tables->gdt, vaddr_of(&tables->tss).v);
    load(tables);
}
