// SPDX-License-Identifier: BSD-2-Clause
// What the two halves of the fuzzer share: the memory of the child space.
#ifndef FUZZ_H
#define FUZZ_H

#include <stdatomic.h>
#include <stdint.h>
#include <l4/abi/handle.h>

#define UTCB_BASE  0x10000000ull
#define STACK_BASE 0x20000000ull
#define STRIDE     0x4000ull
#define INDICES    32
#define WINDOW     0x40000000ull
#define DATA       0x30000000ull // the struct below, written by both sides
#define SPARE      0x31000000ull // pages the child may map, unmap and lose

#define KINDS   5 // spaces, threads, gates, events by enum l4_kind; 0: of anything
#define HANDLES 16

struct shared {
    atomic_uint seed;  // each thread and visitor takes the next one
    atomic_uint calls; // made by the child so far
    uint64_t handles[KINDS][HANDLES];
};
_Static_assert(sizeof(struct shared) <= 4096, "one page");

// The next number of a generator with this state (xorshift64*).
static inline uint64_t fuzz_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull;
}

void child_thread(void);  // a thread of the child starts here
void child_visitor(void); // its entry gates lead here

#endif
