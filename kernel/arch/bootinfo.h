/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot loader said, in one form for all loaders. Filled in once, before kmap_init; bootmem_alloc
 * shrinks `usable` until the page pool takes the rest over. No lock: one CPU runs at that time.
 */
#ifndef QUIRE_ARCH_BOOTINFO_H
#define QUIRE_ARCH_BOOTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/base/regions.h"
#include "kernel/base/types.h"

/* Memory beyond is not used: it is what the window and 46 address bits have room for. */
#define BOOT_PHYSICAL_END (UINT64_C(1) << 46)

#define BOOT_MEMORY_MAX  512
#define BOOT_CMDLINE_MAX 1024
#define BOOT_LOADER_MAX  64
#define BOOT_RSDP_MAX    36
#define BOOT_TABLES_MAX  8

enum boot_path {
    BOOT_MULTIBOOT2_BIOS,
    BOOT_MULTIBOOT2_UEFI,
    BOOT_PVH,
};

/* Numbers of the E820 interface, which multiboot2 and PVH share. Unknown kinds count as reserved. */
enum boot_memory_kind {
    BOOT_MEMORY_USABLE = 1,
    BOOT_MEMORY_RESERVED = 2,
    BOOT_MEMORY_ACPI = 3, /* tables: readable, kept for ever */
    BOOT_MEMORY_NVS = 4,
    BOOT_MEMORY_BAD = 5,
};

struct boot_memory {
    uint64_t base;
    uint64_t size;
    uint32_t kind;
};

enum boot_framebuffer_type {
    BOOT_FB_NONE,
    BOOT_FB_RGB,
    BOOT_FB_TEXT, /* VGA text: base, pitch in bytes, width and height in characters */
};

struct boot_framebuffer {
    enum boot_framebuffer_type type;
    paddr_t base;
    uint32_t pitch; /* bytes from line to line */
    uint32_t width;
    uint32_t height;
    uint8_t bpp;
    uint8_t red_shift, red_bits;
    uint8_t green_shift, green_bits;
    uint8_t blue_shift, blue_bits;
};

struct boot_info {
    enum boot_path path;
    char cmdline[BOOT_CMDLINE_MAX];
    char loader[BOOT_LOADER_MAX];

    struct boot_memory memory[BOOT_MEMORY_MAX]; /* as the loader gave it */
    size_t memory_count;
    size_t memory_lost; /* entries beyond the table; their RAM is not used */

    struct region tables[BOOT_TABLES_MAX]; /* where the loader's own structures lie */
    size_t table_count;

    paddr_t archive; /* boot.tar; size 0 when the loader gave no module */
    uint64_t archive_size;
    size_t modules_ignored; /* modules after the first */

    paddr_t rsdp; /* a copy inside the kernel image, reachable through the window; 0: the loader gave none */
    uint8_t rsdp_copy[BOOT_RSDP_MAX];
    size_t rsdp_size;

    struct boot_framebuffer framebuffer;

    struct region init; /* the frames of the kernel's init part, which are free once the kernel has booted */

    /* RAM nobody has yet: page-aligned, sorted, not adjacent; without image, archive, loader tables, first 64
     * KiB */
    struct region_set usable;
};

extern struct boot_info boot_info;

/* "multiboot2-bios", "multiboot2-uefi", "pvh" */
const char *boot_path_name(enum boot_path path);

/* N zeroed contiguous pages below 4 GiB, for ever. Panics when there are none. Not after the page pool
 * exists. */
paddr_t bootmem_alloc(npages_t n);

#endif
