// SPDX-License-Identifier: BSD-2-Clause
// Where things lie in a program the system pager made: addresses and well-known capability slots. The pager
// sets them up, programs may rely on them; nothing of this is known to the kernel.
#ifndef L4_PROTO_LAYOUT_H
#define L4_PROTO_LAYOUT_H

#include <l4/abi/handle.h>
#include <l4/abi/layout.h>

#define L4_STARTUP_ADDR 0x10000ull            // the start-up block, one read-only page
#define L4_PROGRAM_BASE 0x100000ull           // ELF segments lie from here
#define L4_PROGRAM_END  0x40000000ull         //   to here
#define L4_ANON_BASE    0x0000200000000000ull // memory of L4_PAGER_ALLOC, addresses grow up
#define L4_ANON_END     0x0000400000000000ull //
#define L4_ARCHIVE_BASE 0x0000400000000000ull // boot.tar, where attached
#define L4_UTCB_BASE    0x0000600000000000ull // UTCB of activation i at + i * L4_UTCB_SIZE
#define L4_STACK_BASE   0x0000610000000000ull // its stack ends at + (i + 1) * L4_STRIDE
#define L4_STRIDE       0x10000ull            // the lowest page of each stack slot is never mapped
#define L4_WINDOW_BASE  0x0000680000000000ull // its receive window for memory at + i * L4_WINDOW_BYTES
#define L4_WINDOW_BYTES 0x10000ull            //
#define L4_WINDOW_SLOT  1024                  // its receive window for capabilities: slots from
#define L4_WINDOW_SLOTS 4                     //   L4_WINDOW_SLOT + i * L4_WINDOW_SLOTS
#define L4_TASK_INDICES 8192                  // activations a program can have at most
#define L4_INDEX_BLOCK  4                     // so many indices are handed out at a time

#define L4_POOL_VISITORS 1 // pool the pager fills for visitors

// Well-known slots
enum l4_well_known {
    L4_SLOT_SPACE = 1,  // the own space: MANAGE
    L4_SLOT_THREAD = 2, // the own first thread: MANAGE
    L4_SLOT_PAGER = 3,  // the pager's service gate: CALL
    L4_SLOT_ROOT = 4,   // the root task's service gate: CALL
    L4_SLOT_NAMED = 16, // named capabilities from here, in the order of the manifest
};
#define L4_CAP_SPACE  L4_HANDLE_FIRST(L4_SLOT_SPACE)
#define L4_CAP_THREAD L4_HANDLE_FIRST(L4_SLOT_THREAD)
#define L4_CAP_PAGER  L4_HANDLE_FIRST(L4_SLOT_PAGER)
#define L4_CAP_ROOT   L4_HANDLE_FIRST(L4_SLOT_ROOT)

// The root task is started by the pager with the kernel's system capabilities (enum l4_boot_slot IRQ to
// INFO), all rights, as named capabilities "irq" "ports" "phys" "pool" "cpus" "log" "msr" "power" "info", in
// that order:
#define L4_SLOT_SYSTEM(boot_slot) (L4_SLOT_NAMED + (boot_slot)-L4_BOOT_IRQ)
#define L4_CAP_SYSTEM(boot_slot)  L4_HANDLE_FIRST(L4_SLOT_SYSTEM(boot_slot))

_Static_assert(L4_WINDOW_SLOT + L4_TASK_INDICES * L4_WINDOW_SLOTS <= L4_SLOT_COUNT, "capability windows fit");

#endif
