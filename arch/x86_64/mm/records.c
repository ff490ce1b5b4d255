/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window of records. Until a page of it is made, the entries of a CPU lead to one shared page table whose
 * entries lead to one shared read-only page of null records; a CPU may hold such a translation when it has
 * memory of its own there, which the fast paths take for "go the slow way": record_here (space/record.c)
 * drops it. Lock: record_lock (space/record.c).
 */
#include "kernel/arch/records.h"

#include "arch/x86_64/mm/kmap_table.h"
#include "arch/x86_64/mm/pte.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
#include "kernel/mem/frame.h"

#define TABLE_BITS (PTE_P | PTE_W | PTE_A)
#define NULL_BITS  (PTE_P | PTE_A | PTE_G | PTE_NX)

_Static_assert(RECORD_NULL_AT == CPU_RECORDS, "the first page of the window stays one of null records");

static paddr_t null_table; /* its entries all lead to the page of null records */

static INIT void null_table_make(void)
{
    paddr_t page = kmap_boot_page();
    uint64_t *table;

    null_table = kmap_boot_page();
    table = phys_window(null_table);
    records_clear(phys_window(page));
    /* the page-table writes: a table that nothing leads to yet */
    ASSERT((page.v & (PAGE_SIZE - 1)) == 0);
    for (unsigned i = 0; i < PTE_ENTRIES; i++)
        table[i] = page.v | NULL_BITS;
}

/* The entry of LEVEL for AT below ROOT; the tables above it are there. */
static uint64_t *entry(uint64_t *root, uint64_t at, unsigned level)
{
    uint64_t *table = root;

    for (unsigned l = 3; l > level; l--)
        table = phys_window(paddr(table[pte_index(at, l)] & PTE_ADDRESS));
    return table + pte_index(at, level);
}

INIT void records_window_init(uint64_t *root)
{
    if (null_table.v == 0)
        null_table_make();
    /* the page-table write: nothing was there, and nobody has loaded the table yet or used the addresses */
    for (uint64_t at = 0; at < RECORDS_BYTES; at += SIZE_2M)
        *entry(root, CPU_RECORDS + at, 1) = null_table.v | TABLE_BITS;
}

/* A table of CPU's own for the 2 MiB around AT. */
static bool table_own(uint64_t *above)
{
    paddr_t p;

    if ((*above & PTE_ADDRESS) != null_table.v)
        return true;
    if (!frame_alloc_zeroed(&p))
        return false;
    for (unsigned i = 0; i < PTE_ENTRIES; i++)
        ((uint64_t *)phys_window(p))[i] = *(uint64_t *)phys_window(null_table);
    /* the page-table write: what it leads to reads as before */
    ASSERT((*above & PTE_P) != 0);
    *(volatile uint64_t *)above = p.v | TABLE_BITS;
    return true;
}

bool records_page_make(unsigned cpu, vaddr_t at)
{
    paddr_t p;

    ASSERT(at.v >= CPU_RECORDS && at.v - CPU_RECORDS < RECORDS_BYTES);
    if (records_at(cpu, at))
        return true;
    if (!frame_alloc_zeroed(&p))
        return false;
    if (!table_own(entry(cpu_root(cpu), at.v, 1))) {
        frame_free(p); /* nothing has changed */
        return false;
    }
    records_clear(phys_window(p));
    /* the page-table write: from the null records to memory; who still sees those goes the slow way */
    *(volatile uint64_t *)entry(cpu_root(cpu), at.v, 0) = p.v | NULL_BITS | PTE_W | PTE_D;
    return true;
}

void *records_at(unsigned cpu, vaddr_t at)
{
    uint64_t e = *(volatile uint64_t *)entry(cpu_root(cpu), at.v, 0);

    return e & PTE_W ? (char *)phys_window(paddr(e & PTE_ADDRESS)) + at.v % PAGE_SIZE : NULL;
}
