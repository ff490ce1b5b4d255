/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks and fills the page tables of the kernel half. Owns nothing: the tables belong to kmap.c, the lock
 * too. Callers: kmap.c, kmap_cpu.c.
 */
#include "arch/x86_64/mm/kmap_table.h"

#include "arch/x86_64/mm/pte.h"
#include "kernel/arch/bootinfo.h"
#include "kernel/arch/kmap.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"

#define TOP_LEVEL 3

INIT paddr_t kmap_boot_page(void)
{
    return bootmem_alloc(npages(1));
}

uint64_t kmap_bits(uint64_t flags)
{
    /* A and D are set beforehand: the processor need not write to the entry; G: nothing here changes with a
     * space */
    uint64_t bits = PTE_P | PTE_A | PTE_G;

    ASSERT((flags & KMAP_WRITE) == 0 || (flags & KMAP_EXEC) == 0);
    if ((flags & KMAP_WRITE) != 0)
        bits |= PTE_W | PTE_D;
    if ((flags & KMAP_EXEC) == 0)
        bits |= PTE_NX;
    if ((flags & KMAP_USER) != 0)
        bits |= PTE_U;
    if ((flags & KMAP_UNCACHED) != 0)
        bits |= PTE_PCD | PTE_PWT;
    if ((flags & KMAP_COMBINE) != 0)
        bits |= PTE_PAT;
    return bits;
}

/*
 * Upper levels allow all; leaves decide. User mode is let through to the per-CPU area alone: the kernel image
 * hangs under the same top-level entry and is shut one level below.
 */
static uint64_t table_bits(uint64_t at, unsigned level)
{
    bool to_user_page = at >= CPU_AREA || (level == TOP_LEVEL && at >= KERNEL_BASE);

    return PTE_P | PTE_W | PTE_A | (to_user_page ? PTE_U : 0);
}

void kmap_set(uint64_t *root, uint64_t at, unsigned level, uint64_t entry, paddr_t (*alloc)(void))
{
    uint64_t *table = root;

    ASSERT(is_aligned(at, pte_span(level)) && is_aligned(entry & PTE_ADDRESS & ~PTE_PAT, pte_span(level)));
    for (unsigned l = TOP_LEVEL; l > level; l--) {
        uint64_t *e = &table[pte_index(at, l)];

        if ((*e & PTE_P) == 0) {
            paddr_t page = alloc();

            ASSERT(is_aligned(page.v, PAGE_SIZE));
            *e = page.v | table_bits(at, l);
        }
        ASSERT((*e & PTE_PS) == 0);
        table = phys_window(paddr(*e & PTE_ADDRESS));
    }
    /* a present entry would need a flush on every CPU; nothing in the kernel half is ever mapped anew */
    ASSERT((table[pte_index(at, level)] & PTE_P) == 0);
    table[pte_index(at, level)] = entry;
}

INIT paddr_t kmap_page_of(const uint64_t *root, uint64_t at)
{
    const uint64_t *table = root;

    for (unsigned l = TOP_LEVEL; l > 0; l--) {
        ASSERT((table[pte_index(at, l)] & (PTE_P | PTE_PS)) == PTE_P);
        table = phys_window(paddr(table[pte_index(at, l)] & PTE_ADDRESS));
    }
    return paddr(table[pte_index(at, 0)] & PTE_ADDRESS);
}

void kmap_clear(uint64_t *root, uint64_t at)
{
    uint64_t *table = root;

    for (unsigned l = TOP_LEVEL; l > 0; l--) {
        ASSERT((table[pte_index(at, l)] & (PTE_P | PTE_PS)) == PTE_P);
        table = phys_window(paddr(table[pte_index(at, l)] & PTE_ADDRESS));
    }
    /* the page-table write: a leaf nobody uses any more */
    ASSERT((table[pte_index(at, 0)] & PTE_P) != 0);
    *(volatile uint64_t *)&table[pte_index(at, 0)] = 0;
}
