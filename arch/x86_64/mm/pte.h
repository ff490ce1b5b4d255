/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries of x86-64 with four levels, and how an address is taken apart.
 */
#ifndef QUIRE_X86_64_MM_PTE_H
#define QUIRE_X86_64_MM_PTE_H

#include <stdint.h>

#define PTE_P   (UINT64_C(1) << 0)
#define PTE_W   (UINT64_C(1) << 1)
#define PTE_U   (UINT64_C(1) << 2)
#define PTE_PWT (UINT64_C(1) << 3)
#define PTE_PCD (UINT64_C(1) << 4)
#define PTE_A   (UINT64_C(1) << 5)
#define PTE_D   (UINT64_C(1) << 6)
#define PTE_PS  (UINT64_C(1) << 7) /* levels 1 and 2: a large page */
#define PTE_PAT (UINT64_C(1) << 7) /* level 0 */
#define PTE_G   (UINT64_C(1) << 8)
#define PTE_NX  (UINT64_C(1) << 63)

/*
 * The page attribute table of every CPU. Entry 4 (PTE_PAT alone) is write-combining, the others as after reset:
 * 0 write-back, 1 write-through, 2 UC-, 3 uncached, and again.
 */
#define PAT_VALUE UINT64_C(0x0007040100070406)

#define PTE_ADDRESS UINT64_C(0x000ffffffffff000)
#define PTE_ENTRIES 512

#define SIZE_2M (UINT64_C(1) << 21)
#define SIZE_1G (UINT64_C(1) << 30)

/* Level 3 is the top (PML4), level 0 maps pages of 4 KiB. */
static inline unsigned pte_index(uint64_t address, unsigned level)
{
    return (unsigned)(address >> (12 + 9 * level)) & (PTE_ENTRIES - 1);
}

static inline uint64_t pte_span(unsigned level)
{
    return UINT64_C(1) << (12 + 9 * level);
}

#endif
