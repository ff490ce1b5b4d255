// SPDX-License-Identifier: BSD-2-Clause
// Fixed addresses every program can rely on.
#ifndef L4_ABI_LAYOUT_H
#define L4_ABI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define L4_PAGE_SIZE 4096
#define L4_USER_END  0x00007ffffffff000ull // 2^47 - 4096: first address no user mapping or RIP may have

// One page per CPU, the same address on each, readable by users: written at every switch.
#define L4_CPU_PAGE 0xffffffffc0000000ull
struct l4_cpu_page {
    uint64_t utcb; // current UTCB pointer
    uint64_t cpu;  // number of this CPU
};
_Static_assert(sizeof(struct l4_cpu_page) == 16, "cpu page size");
_Static_assert(offsetof(struct l4_cpu_page, utcb) == 0, "cpu page layout");
_Static_assert(offsetof(struct l4_cpu_page, cpu) == 8, "cpu page layout");

// The info page, readable by users, the same on all CPUs.
#define L4_INFO_PAGE  0xffffffffc0001000ull
#define L4_INFO_MAGIC 0x0000657269755121ull // "!Quire"
#define L4_ABI_MAJOR  0
#define L4_ABI_MINOR  5
struct l4_info {
    uint64_t magic;     // 0
    uint32_t abi_major; // 8
    uint32_t abi_minor; // 12
    uint64_t version;   // 16  grows when something below changes
    uint64_t
        tsc_base;     // 24  now = ((rdtsc - tsc_base) * tsc_mul) >> tsc_shift, 128-bit product, ns since boot
    uint64_t tsc_mul; // 32
    uint32_t tsc_shift;  // 40
    uint32_t cpus;       // 44  online
    uint64_t tsc_hz;     // 48
    uint64_t memory_kib; // 56  usable RAM
};
_Static_assert(sizeof(struct l4_info) == 64, "info size");
_Static_assert(offsetof(struct l4_info, magic) == 0, "info layout");
_Static_assert(offsetof(struct l4_info, abi_major) == 8, "info layout");
_Static_assert(offsetof(struct l4_info, abi_minor) == 12, "info layout");
_Static_assert(offsetof(struct l4_info, version) == 16, "info layout");
_Static_assert(offsetof(struct l4_info, tsc_base) == 24, "info layout");
_Static_assert(offsetof(struct l4_info, tsc_mul) == 32, "info layout");
_Static_assert(offsetof(struct l4_info, tsc_shift) == 40, "info layout");
_Static_assert(offsetof(struct l4_info, cpus) == 44, "info layout");
_Static_assert(offsetof(struct l4_info, tsc_hz) == 48, "info layout");
_Static_assert(offsetof(struct l4_info, memory_kib) == 56, "info layout");

// Limits of a space's activation areas.
#define L4_INDEX_COUNT (1u << 21) // indices of a space
#define L4_STRIDE_MIN  0x2000ull
#define L4_POOL_HOME   0 // pool of home threads
#define L4_POOL_COUNT  8 // pools of a space
#define L4_PRIORITIES  256

#endif
