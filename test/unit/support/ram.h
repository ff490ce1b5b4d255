// SPDX-License-Identifier: BSD-2-Clause
// A machine's memory on the host: physical addresses from RAM_BASE on, seen through the kernel's window on
// physical memory, and windows of the kernel half that show pages of the same memory.
#ifndef TEST_UNIT_SUPPORT_RAM_H
#define TEST_UNIT_SUPPORT_RAM_H

#include <stddef.h>
#include <stdint.h>

#define RAM_BASE UINT64_C(0x1000000)

// RAM of PAGES pages, usable as boot memory (boot_info.usable). Once in a program.
void ram_init(uint64_t pages);

// The same and a page pool of COUNT pages in it.
void ram_init_pool(uint64_t count);

// What backs the RAM; RAM_BASE is at offset 0.
extern int ram_fd;

#endif
