/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing entries of the kernel half. Inside arch/x86_64/mm only.
 */
#ifndef QUIRE_X86_64_MM_KMAP_TABLE_H
#define QUIRE_X86_64_MM_KMAP_TABLE_H

#include <stdint.h>

#include "kernel/base/types.h"

/* One zeroed page of boot memory. */
paddr_t kmap_boot_page(void);

/*
 * Makes ENTRY the leaf of AT at LEVEL (0: 4 KiB, 1: 2 MiB, 2: 1 GiB) under ROOT. Missing tables come from
 * ALLOC. The caller holds kmap_lock or is alone. The entry was not present before.
 */
void kmap_set(uint64_t *root, uint64_t at, unsigned level, uint64_t entry, paddr_t (*alloc)(void));

/* Empties the present 4 KiB leaf of AT under ROOT. The caller flushes. */
void kmap_clear(uint64_t *root, uint64_t at);

/* The bits of a 4 KiB leaf for flags of kmap.h. */
uint64_t kmap_bits(uint64_t flags);

/* Maps the per-CPU area of one CPU under ROOT; INFO is the info page all of them share. */
void kmap_cpu_area(uint64_t *root, paddr_t info);

/* What the present 4 KiB leaf of AT under ROOT maps. At boot. */
paddr_t kmap_page_of(const uint64_t *root, uint64_t at);

#endif
