/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel half of the address space. Body: arch/x86_64/mm/kmap.c.
 *
 *   PHYS_WINDOW          all RAM, RW, never executable
 *   KMAP_MMIO            device memory, uncached, and firmware tables, read-only
 *   KERNEL_BASE + 1 MiB  the kernel image, W^X
 *   CPU_AREA             this CPU's own GiB (each CPU has its own page tables below PML4[511])
 *
 * The entries 256..511 of kmap_root never change after kmap_init, so they may be copied into other top-level
 * tables. One lock, kmap_lock (kmap.c), guards the tables below them.
 */
#ifndef QUIRE_ARCH_KMAP_H
#define QUIRE_ARCH_KMAP_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/base/types.h"

#define KMAP_MMIO UINT64_C(0xfffffd0000000000)

/* Pages of the per-CPU area. The USER ones are readable in user mode, the ALIAS ones are how the kernel
 * writes them. */
#define CPU_AREA        UINT64_C(0xffffffffc0000000)
#define CPU_USER_PAGE   UINT64_C(0xffffffffc0000000) /* word 0: UTCB pointer, word 1: CPU number */
#define CPU_INFO_PAGE   UINT64_C(0xffffffffc0001000) /* the same page on every CPU */
#define CPU_LOCAL_PAGE  UINT64_C(0xffffffffc0010000) /* struct cpu_local */
#define CPU_USER_ALIAS  UINT64_C(0xffffffffc0011000)
#define CPU_INFO_ALIAS  UINT64_C(0xffffffffc0012000)
#define CPU_TABLES_PAGE UINT64_C(0xffffffffc0014000) /* GDT and TSS */
#define CPU_IDT_PAGE    UINT64_C(0xffffffffc0016000) /* read-only */

/*
 * Stacks: slot k ends at CPU_STACKS + (k + 1) * CPU_STACK_STRIDE; only its topmost CPU_STACK_SIZE bytes are
 * mapped, the rest of the slot is the guard.
 */
#define CPU_STACKS       UINT64_C(0xffffffffc0020000)
#define CPU_STACK_STRIDE UINT64_C(0x10000)
#define CPU_STACK_SIZE   UINT64_C(0x4000)

enum cpu_stack {
    CPU_STACK_KERNEL,
    CPU_STACK_DB,
    CPU_STACK_DF,
    CPU_STACK_NMI,
    CPU_STACK_MC,
    CPU_STACK_COUNT,
};

#define CPU_STACK_TOP(k) (CPU_STACKS + ((uint64_t)(k) + 1) * CPU_STACK_STRIDE)

/* From here up to 2^30 bytes after CPU_AREA the per-CPU area is the kernel core's. */
#define CPU_RECORDS UINT64_C(0xffffffffd0000000)

/* Mapping flags. Every mapping is readable; WRITE and EXEC exclude each other. */
#define KMAP_WRITE    (UINT64_C(1) << 0)
#define KMAP_EXEC     (UINT64_C(1) << 1)
#define KMAP_USER     (UINT64_C(1) << 2) /* readable in user mode; CPU_AREA only */
#define KMAP_UNCACHED (UINT64_C(1) << 3)
#define KMAP_COMBINE  (UINT64_C(1) << 4) /* write-combining */

/* Page table 4 with the kernel half of CPU 0, in the window. */
extern uint64_t *kmap_root;

/* Builds the tables and switches to them. Before: the loader's RAM below 4 GiB is in the window. */
void kmap_init(void);

/*
 * A top-level table for a further CPU: the kernel half of kmap_root with a per-CPU area of its own and the
 * same info page. The entries of kmap_root are complete.
 */
uint64_t *kmap_new_root(void);

/* The CPU-local page of the CPU that has this top-level table, in the window. At boot. */
void *kmap_local_page(const uint64_t *root);

/* Maps one page of the kernel half, of CPU 0 where AT is in CPU_AREA. Tables it needs come zeroed from ALLOC.
 */
void kmap_page(vaddr_t at, paddr_t page, uint64_t flags, paddr_t (*alloc)(void));

/* Where kmap_mmio and its like take tables from once the page pool owns the memory. ALLOC answers a zeroed
 * page. */
void kmap_set_alloc(paddr_t (*alloc)(void));

/* Device memory, uncached, writable; SIZE bytes from P, which need no alignment. Never unmapped. */
void *kmap_mmio(paddr_t p, size_t size);

/* The same write-combining: for pixels. */
void *kmap_framebuffer(paddr_t p, size_t size);

/* Firmware tables, cached, read-only: the window where it covers them, else a mapping of its own. Never
 * unmapped. */
const void *kmap_firmware(paddr_t p, size_t size);

/*
 * Unmaps the init part of the kernel image (INIT in kernel/base/compiler.h) for ever. Its frames are those of
 * [boot_info.init.base, boot_info.init.end). Other CPUs, if they run already, flush before they leave the
 * kernel.
 */
void kmap_release_init(void);

/* True when P is in the window. At boot. */
bool kmap_is_ram(paddr_t p);

#endif
