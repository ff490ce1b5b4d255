/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parsers of what boot loaders pass, and the sum of it. All of this is pure (tested on the host): data
 * comes in through pointers with sizes, results go into a struct boot_info, which was zeroed before.
 */
#ifndef QUIRE_X86_64_BOOT_LOADER_H
#define QUIRE_X86_64_BOOT_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/arch/bootinfo.h"

#define MULTIBOOT2_LOADED UINT32_C(0x36d76289) /* in eax */
#define PVH_LOADED        UINT32_C(0x336ec578) /* by start32.asm, and the magic of the structure itself */

/*
 * SIZE bytes at physical address P, NULL when they cannot be reached. How a parser follows addresses it was
 * given.
 */
typedef const void *(*loader_reach_fn)(uint64_t p, uint64_t size);

/* The multiboot2 information at DATA, of which SIZE bytes can be read. False when there is no memory map in
 * it. */
bool multiboot2_parse(const void *data, size_t size, struct boot_info *info);

/* The PVH start information at physical address START. False as above, or when it is not one. */
bool pvh_parse(uint64_t start, loader_reach_fn reach, struct boot_info *info);

/* Adds a memory map entry; parsers call it for each. */
void boot_add_memory(struct boot_info *info, uint64_t base, uint64_t size, uint32_t kind);

/* Notes that the loader left something of its own at [base, base + size), to be spared. */
void boot_add_table(struct boot_info *info, uint64_t base, uint64_t size);

/* Copies at most CAPACITY - 1 bytes of a text that ends at its first 0 or after SIZE bytes. */
void boot_copy_text(char *to, size_t capacity, const char *from, size_t size);

/* Works out info->usable from the rest; the image lies at [image, image_end). */
void boot_find_usable(struct boot_info *info, uint64_t image, uint64_t image_end);

#endif
