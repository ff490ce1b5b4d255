/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The per-CPU area: fixed addresses, other memory on each CPU. Owns the layout below CPU_AREA
 * (kernel/arch/kmap.h). Callers: kmap_init for the first CPU, smp_start for the others; panic and trap code
 * ask what is a stack. Lock: none, a CPU's area is mapped before it runs.
 */
#include "arch/x86_64/cpu/idt.h"
#include "arch/x86_64/mm/image.h"
#include "arch/x86_64/mm/kmap_table.h"
#include "arch/x86_64/mm/stacks.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/records.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "arch/x86_64/mm/pte.h"

_Static_assert(CPU_STACK_SIZE < CPU_STACK_STRIDE, "every slot has a guard");
_Static_assert(CPU_STACK_TOP(CPU_STACK_COUNT - 1) <= CPU_RECORDS, "stacks end before the records");

static INIT void map(uint64_t *root, uint64_t at, paddr_t page, uint64_t flags)
{
    kmap_set(root, at, 0, page.v | kmap_bits(flags), kmap_boot_page);
}

static INIT void map_stack(uint64_t *root, unsigned k)
{
    for (uint64_t at = CPU_STACK_TOP(k) - CPU_STACK_SIZE; at != CPU_STACK_TOP(k); at += PAGE_SIZE)
        map(root, at, kmap_boot_page(), KMAP_WRITE);
}

INIT void kmap_cpu_area(uint64_t *root, paddr_t info)
{
    paddr_t user = kmap_boot_page();

    map(root, CPU_USER_PAGE, user, KMAP_USER);
    map(root, CPU_USER_ALIAS, user, KMAP_WRITE);
    map(root, CPU_INFO_PAGE, info, KMAP_USER);
    map(root, CPU_INFO_ALIAS, info, KMAP_WRITE);
    map(root, CPU_LOCAL_PAGE, kmap_boot_page(), KMAP_WRITE);
    map(root, CPU_TABLES_PAGE, kmap_boot_page(), KMAP_WRITE);
    map(root, CPU_IDT_PAGE, idt_page(), 0);
    for (unsigned k = 0; k < CPU_STACK_COUNT; k++)
        map_stack(root, k);
    records_window_init(root);
}

INIT uint64_t *kmap_new_root(void)
{
    uint64_t *root = phys_window(kmap_boot_page());
    unsigned image = pte_index(KERNEL_BASE, 3);
    uint64_t *second = phys_window(kmap_boot_page());
    const uint64_t *others = phys_window(paddr(kmap_root[image] & PTE_ADDRESS));

    memcpy(root + 256, kmap_root + 256, PAGE_SIZE / 2);
    /* the page-table writes: a table nobody has loaded; the image hangs below all CPUs' tables alike */
    ASSERT(pte_index(CPU_AREA, 3) == image && pte_index(CPU_AREA, 2) != pte_index(KERNEL_BASE, 2));
    root[image] = phys_of(second).v | (kmap_root[image] & ~PTE_ADDRESS);
    second[pte_index(KERNEL_BASE, 2)] = others[pte_index(KERNEL_BASE, 2)];
    kmap_cpu_area(root, kmap_page_of(kmap_root, CPU_INFO_PAGE));
    return root;
}

INIT void *kmap_local_page(const uint64_t *root)
{
    return phys_window(kmap_page_of(root, CPU_LOCAL_PAGE));
}

/* Distance of ADDRESS from the start of its stack slot; false outside all slots. */
static bool slot_offset(uint64_t address, uint64_t *offset)
{
    if (address < CPU_STACKS || address >= CPU_STACK_TOP(CPU_STACK_COUNT - 1))
        return false;
    *offset = (address - CPU_STACKS) % CPU_STACK_STRIDE;
    return true;
}

bool stack_is_guard(uint64_t address)
{
    uint64_t offset = 0;

    return slot_offset(address, &offset) && offset < CPU_STACK_STRIDE - CPU_STACK_SIZE;
}

bool stack_holds(uint64_t address, uint64_t size)
{
    uint64_t offset = 0;

    ASSERT(size <= CPU_STACK_SIZE);
    /* the boot stack lies in there; while it is mapped, all of it can be read */
    if (kmap_init_is_mapped() && address >= vaddr_of(kernel_init_rodata_end).v &&
        address <= vaddr_of(kernel_init_end).v - size)
        return true;
    return kmap_root != NULL && slot_offset(address, &offset) &&
           offset >= CPU_STACK_STRIDE - CPU_STACK_SIZE && offset <= CPU_STACK_STRIDE - size;
}
