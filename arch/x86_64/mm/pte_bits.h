/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries of x86-64. Source: SDM vol. 3, tables 4-15 to 4-20. Included by kernel/arch/pte.h only.
 * Cache attributes: write-back, write-combining (PAT bit of a 4 KiB entry; features.c sets the PAT so), uncached
 * (PWT and PCD). Bit 9, ignored by the processor, marks memory that is not RAM.
 */
#ifndef QUIRE_X86_64_PTE_BITS_H
#define QUIRE_X86_64_PTE_BITS_H

#define PTE_P   (UINT64_C(1) << 0)
#define PTE_W   (UINT64_C(1) << 1)
#define PTE_U   (UINT64_C(1) << 2)
#define PTE_PWT (UINT64_C(1) << 3)
#define PTE_PCD (UINT64_C(1) << 4)
#define PTE_A   (UINT64_C(1) << 5)
#define PTE_D   (UINT64_C(1) << 6)
#define PTE_PS  (UINT64_C(1) << 7) /* at level 2: a 2 MiB page */
#define PTE_PAT (UINT64_C(1) << 7) /* at level 1 */
#define PTE_DEV (UINT64_C(1) << 9) /* ours: not RAM */
#define PTE_NX  (UINT64_C(1) << 63)

#define PTE_ADDRESS UINT64_C(0x000ffffffffff000)

/* Rights as in enum l4_access; every present page is readable. CACHE as in enum l4_cache;
 * write-combining is for 4 KiB pages only. */
static inline pte_t pte_page(paddr_t p, unsigned rights, unsigned cache, bool device, unsigned level)
{
    static const uint64_t cache_bits[] = {0, PTE_PAT, PTE_PWT | PTE_PCD};

    return p.v | PTE_P | PTE_U | (rights & 2 ? PTE_W : 0) | (rights & 4 ? 0 : PTE_NX) | cache_bits[cache] |
           (device ? PTE_DEV : 0) | (level == 2 ? PTE_PS : 0);
}

/* Entry for a lower table: all rights, its entries decide. */
static inline pte_t pte_table(paddr_t p)
{
    return p.v | PTE_P | PTE_W | PTE_U;
}

static inline bool pte_present(pte_t e)
{
    return (e & PTE_P) != 0;
}

static inline bool pte_is_leaf(pte_t e, unsigned level)
{
    return level == 1 || (e & PTE_PS) != 0;
}

static inline paddr_t pte_address(pte_t e)
{
    return paddr(e & PTE_ADDRESS);
}

static inline unsigned pte_rights(pte_t e)
{
    return 1u | (e & PTE_W ? 2u : 0) | (e & PTE_NX ? 0 : 4u);
}

static inline unsigned pte_cache(pte_t e, unsigned level)
{
    return e & PTE_PCD ? 2 : level == 1 && (e & PTE_PAT) ? 1 : 0;
}

static inline bool pte_is_device(pte_t e)
{
    return (e & PTE_DEV) != 0;
}

/* The same page with other rights. */
static inline pte_t pte_with_rights(pte_t e, unsigned rights)
{
    return (e & ~(PTE_W | PTE_NX)) | (rights & 2 ? PTE_W : 0) | (rights & 4 ? 0 : PTE_NX);
}

#endif
