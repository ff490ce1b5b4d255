/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations that fail on purpose. In builds with QUIRE_FAIL_ALLOC=1 a program arms it (POOL_FAIL): the n-th
 * allocation from then on that is made for its space fails, once or with so many behind it. In other builds
 * nothing of this is left.
 * Callers: frame.c and slab.c for memory, quota.c for charges. No lock: the program that arms keeps its
 * threads on one CPU, and what is made for others is not counted: other CPUs only look whether it is armed.
 */
#ifndef QUIRE_MEM_FAIL_H
#define QUIRE_MEM_FAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <l4/abi/ops.h>

#include "kernel/base/compiler.h"

#ifndef QUIRE_FAIL_ALLOC
#define QUIRE_FAIL_ALLOC 0
#endif

struct fail {
    _Atomic uint32_t mode; /* enum l4_fail_mode; what others read too is complete when it is not OFF */
    uint64_t nth;          /* that is to fail; 0: none, they are only counted */
    uint64_t times;        /* how many fail from there on */
    uint64_t counted;      /* since it was armed */
    uint64_t failed;       /* how many were made to fail */
    bool (*mine)(void);    /* whether the kernel works for the space that armed it */
};
extern struct fail fail;

/* Counts an allocation of the kind that fails; true when it is the one that is to. */
bool fail_count(void);

static inline bool alloc_fails(enum l4_fail_mode mode)
{
    /* acquire: pairs with fail_arm */
    return QUIRE_FAIL_ALLOC && unlikely(atomic_load_explicit(&fail.mode, memory_order_acquire) == mode) &&
           fail_count();
}

/* The allocation NTH from now on, and TIMES - 1 behind it, that are made while MINE says so. */
void fail_arm(enum l4_fail_mode mode, uint64_t nth, uint64_t times, bool (*mine)(void));

/* True when one failed for whom the kernel works: he is to hear of it, even where it helps to ask again. */
static inline bool alloc_failed(void)
{
    return QUIRE_FAIL_ALLOC && unlikely(fail.failed) && fail.mine();
}

#endif
