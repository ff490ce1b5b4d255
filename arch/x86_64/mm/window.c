/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of the kernel half. Their entries are supervisor, writable, never executable. A page that replaces
 * the shared read-only one is flushed here; other CPUs cannot have used the place before it was handed out.
 */
#include "kernel/arch/window.h"

#include "kernel/arch/kmap.h"
#include "kernel/arch/pte.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "kernel/mem/frame.h"

#define KERNEL_TABLE (PTE_P | PTE_W)

void tlb_flush_page(uint64_t va)
{
    /* INVLPG has no operand that can fault; the assertion keeps it to canonical addresses */
    ASSERT((int64_t)(va << 16) >> 16 == (int64_t)va);
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static pte_t *lower(pte_t entry)
{
    return phys_window(pte_address(entry));
}

/* The entry of LEVEL for AT, tables above made as needed; NULL when the pool is empty. */
static pte_t *entry_at(vaddr_t at, unsigned level)
{
    pte_t *table = kmap_root;

    for (unsigned l = PT_LEVELS; l > level; l--) {
        pte_t *e = table + level_index(at.v, l);

        if (!pte_present(*e)) {
            paddr_t p;

            if (!frame_alloc_zeroed(&p))
                return NULL;
            /* the page-table write: a zeroed table below an empty kernel entry */
            ASSERT(at.v >= PHYS_WINDOW);
            *(volatile pte_t *)e = p.v | KERNEL_TABLE;
        }
        table = lower(*e);
    }
    return table + level_index(at.v, level);
}

INIT void window_prepare(vaddr_t at)
{
    if (!entry_at(at, PT_LEVELS - 1))
        PANIC("no memory for the kernel's windows");
}

bool window_open(vaddr_t at, paddr_t table, paddr_t fill)
{
    pte_t *e = entry_at(at, 2);
    pte_t *t = phys_window(table);

    if (!e)
        return false;
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        t[i] = fill.v ? fill.v | PTE_P | PTE_NX : 0;
    /* the page-table write: nothing was mapped here */
    ASSERT(!pte_present(*e));
    *(volatile pte_t *)e = table.v | KERNEL_TABLE;
    return true;
}

paddr_t window_close(vaddr_t at)
{
    pte_t *e = entry_at(at, 2);
    paddr_t table = pte_address(*e);

    /* the page-table write: the owner of the window is gone, only this CPU can hold its translations */
    ASSERT(pte_present(*e));
    *(volatile pte_t *)e = 0;
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        tlb_flush_page(at.v + i * PAGE_SIZE);
    return table;
}

void window_map(vaddr_t at, paddr_t page)
{
    pte_t *e = entry_at(at, 1);

    /* the page-table write: from empty or the shared page to the owner's own */
    ASSERT(e && (page.v & (PAGE_SIZE - 1)) == 0);
    *(volatile pte_t *)e = page.v | PTE_P | PTE_W | PTE_NX;
    tlb_flush_page(at.v);
}

paddr_t window_page(vaddr_t at)
{
    pte_t *e = entry_at(at, 1);

    return e && pte_present(*e) ? pte_address(*e) : paddr(0);
}
