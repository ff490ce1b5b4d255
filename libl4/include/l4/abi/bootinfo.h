// SPDX-License-Identifier: BSD-2-Clause
// What the kernel hands to the first program, the root pager: one read-only block at L4_BOOTINFO_ADDR of its
// space. All memory the kernel leaves over is mapped writable at L4_BOOT_WINDOW + physical address.
#ifndef L4_ABI_BOOTINFO_H
#define L4_ABI_BOOTINFO_H

#include <stddef.h>
#include <stdint.h>

#define L4_BOOTINFO_ADDR    0x0000500000000000ull
#define L4_BOOTINFO_MAGIC   0x006f666e69544f42ull
#define L4_BOOT_WINDOW      0x0000100000000000ull
#define L4_BOOT_UTCB_BASE   0x0000600000000000ull // UTCB area of the root pager
#define L4_BOOT_STACK_BASE  0x0000610000000000ull // its stack area
#define L4_BOOT_STRIDE      0x10000ull
#define L4_BOOT_INDICES     32 // activations the root pager starts with, resident from the start:
#define L4_BOOT_HOME        4  //   so many of them in the home pool, the others in pool 1
#define L4_BOOT_STACK_PAGES 4  // resident stack pages of each

#define L4_BOOT_REGIONS 128
enum l4_boot_region_kind {
    L4_MEM_FREE = 1,    // RAM, the pager's to use, in the window
    L4_MEM_ARCHIVE = 2, // boot.tar, in the window
    L4_MEM_KERNEL = 3,  // the kernel's, not mapped
    L4_MEM_OTHER = 4,   // firmware, devices, not mapped
};

struct l4_boot_region {
    uint64_t base;
    uint64_t size;
    uint64_t kind;
};
_Static_assert(sizeof(struct l4_boot_region) == 24, "boot region size");
_Static_assert(offsetof(struct l4_boot_region, base) == 0, "boot region layout");
_Static_assert(offsetof(struct l4_boot_region, size) == 8, "boot region layout");
_Static_assert(offsetof(struct l4_boot_region, kind) == 16, "boot region layout");

struct l4_boot_info {
    uint64_t magic;                                // 0
    uint64_t size;                                 // 8    of this block, bytes
    uint64_t archive;                              // 16   physical address of boot.tar
    uint64_t archive_size;                         // 24   bytes
    uint64_t framebuffer;                          // 32   physical address, 0 = none
    uint32_t fb_pitch;                             // 40   bytes
    uint32_t fb_width;                             // 44   pixels
    uint32_t fb_height;                            // 48   pixels
    uint32_t fb_bpp;                               // 52
    uint64_t quota;                                // 56   kernel memory of the root pager's quota, bytes
    uint64_t regions;                              // 64   entries of region[]
    char command_line[504];                        // 72
    struct l4_boot_region region[L4_BOOT_REGIONS]; // 576
};
_Static_assert(sizeof(struct l4_boot_info) == 3648, "boot info size");
_Static_assert(offsetof(struct l4_boot_info, magic) == 0, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, size) == 8, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, archive) == 16, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, archive_size) == 24, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, framebuffer) == 32, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, fb_pitch) == 40, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, fb_width) == 44, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, fb_height) == 48, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, fb_bpp) == 52, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, quota) == 56, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, regions) == 64, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, command_line) == 72, "boot info layout");
_Static_assert(offsetof(struct l4_boot_info, region) == 576, "boot info layout");

#endif
