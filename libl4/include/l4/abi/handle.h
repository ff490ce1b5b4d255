// SPDX-License-Identifier: BSD-2-Clause
// Handles, rights and kinds of capabilities.
// A handle is 64 bits: low half = slot offset (index * 32), high half = generation. 0 is never valid.
#ifndef L4_ABI_HANDLE_H
#define L4_ABI_HANDLE_H

#include <stdint.h>

typedef uint64_t l4_handle_t;

#define L4_SLOT_SIZE   32
#define L4_SLOT_COUNT  65536     // slots of a capability table
#define L4_SLOT_MASK   0x1fffe0u // slot offset within a handle
#define L4_HANDLE_NONE 0ull

// The handle of a slot that has been filled for the first time.
#define L4_HANDLE_FIRST(index) ((1ull << 32) | ((uint64_t)(index)*L4_SLOT_SIZE))

static inline unsigned l4_handle_index(l4_handle_t h)
{
    return (unsigned)((uint32_t)h / L4_SLOT_SIZE);
}

// Rights. X(NAME, bit, what)
#define L4_RIGHTS(X)                                                                    \
    X(CALL, 1, "call or send through a gate, signal an event, use a system capability") \
    X(WAIT, 2, "receive from a queue gate, wait on an event")                           \
    X(MANAGE, 4, "change, inspect or destroy the object")                               \
    X(GIVE, 8, "copy into another space or send in a message")

#define L4_X(name, bit, what) L4_RIGHT_##name = (bit),
enum l4_right { L4_RIGHTS(L4_X) L4_RIGHT_NONE = 0, L4_RIGHT_ALL = 15 };
#undef L4_X

// Kinds. X(NAME, number, what)
#define L4_KINDS(X)                                           \
    X(NONE, 0, "empty slot")                                  \
    X(SPACE, 1, "address space, capability table, quota")     \
    X(THREAD, 2, "thread")                                    \
    X(GATE, 3, "gate: IPC enters a space here")               \
    X(EVENT, 4, "word of pending bits")                       \
    X(REPLY, 5, "one-shot right to answer a deferred caller") \
    X(IRQ, 6, "range of interrupts")                          \
    X(PORTS, 7, "range of I/O ports")                         \
    X(PHYS, 8, "range of physical memory")                    \
    X(POOL, 9, "the kernel's page pool")                      \
    X(CPUS, 10, "the processors")                             \
    X(LOG, 11, "the kernel's log ring")                       \
    X(MSR, 12, "listed model-specific registers")             \
    X(POWER, 13, "power-off, reset, deliberate panic")        \
    X(INFO, 14, "counters of the kernel")                     \
    X(DEAD, 15, "the object this slot named was destroyed")

#define L4_X(name, number, what) L4_KIND_##name = (number),
enum l4_kind { L4_KINDS(L4_X) L4_KIND_COUNT = 16 };
#undef L4_X

// Slots of the first program (the root pager), all with generation 1.
enum l4_boot_slot {
    L4_BOOT_SPACE = 1,
    L4_BOOT_THREAD = 2,
    L4_BOOT_IRQ = 3,
    L4_BOOT_PORTS = 4,
    L4_BOOT_PHYS = 5,
    L4_BOOT_POOL = 6,
    L4_BOOT_CPUS = 7,
    L4_BOOT_LOG = 8,
    L4_BOOT_MSR = 9,
    L4_BOOT_POWER = 10,
    L4_BOOT_INFO = 11,
    L4_BOOT_SLOTS = 12,
};

#endif
