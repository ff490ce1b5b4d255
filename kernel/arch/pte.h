/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries as the mapping code sees them. The bodies are the port's; they are inline because
 * mapping is measured in instructions.
 */
#ifndef QUIRE_ARCH_PTE_H
#define QUIRE_ARCH_PTE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/types.h"

typedef uint64_t pte_t;

#define PT_ENTRIES 512
#define PT_LEVELS  4 /* 4 = top, 1 = entries for 4 KiB pages */

#define LARGE_PAGE_SIZE (UINT64_C(1) << 21)

#include "arch/x86_64/mm/pte_bits.h"

/* Bytes one entry of LEVEL covers. */
static inline uint64_t level_size(unsigned level)
{
    return PAGE_SIZE << (9 * (level - 1));
}

/* Index into a table of LEVEL for address VA. */
static inline unsigned level_index(uint64_t va, unsigned level)
{
    return (unsigned)(va >> (PAGE_SHIFT + 9 * (level - 1))) & (PT_ENTRIES - 1);
}

/* Writes ENTRY and returns what was there, accessed and dirty bits up to that moment included. */
static inline pte_t pte_exchange(pte_t *at, pte_t entry)
{
    return __atomic_exchange_n(at, entry, __ATOMIC_SEQ_CST);
}

/* Drops the translation of VA on this CPU. */
void tlb_flush_page(uint64_t va);

#endif
