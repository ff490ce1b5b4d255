/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations that fail on purpose. In builds with QUIRE_FAIL_ALLOC=1 a program arms it (POOL_FAIL): the n-th
 * allocation from then on that is made for its space fails, once or with so many
 * behind it. In other builds nothing of this is left.
 * Callers: frame.c and slab.c for memory, quota.h for charges. No lock: the program that arms keeps its
 * threads on one CPU, and what is made for others is not counted.
 */
#ifndef QUIRE_MEM_FAIL_H
#define QUIRE_MEM_FAIL_H

#include <stdbool.h>
#include <stdint.h>

#include <l4/abi/ops.h>

#include "kernel/base/compiler.h"

#ifndef QUIRE_FAIL_ALLOC
#define QUIRE_FAIL_ALLOC 0
#endif

struct fail {
    uint32_t mode;      /* enum l4_fail_mode */
    uint64_t nth;       /* that is to fail; 0: none, they are only counted */
    uint64_t times;     /* how many fail from there on */
    uint64_t counted;   /* since it was armed */
    uint64_t failed;    /* how many were made to fail */
    bool (*mine)(void); /* whether the kernel works for the space that armed it */
};
extern struct fail fail;

/* Counts an allocation of kind MODE; true when it is the one that is to fail. */
bool fail_count(enum l4_fail_mode mode);

static inline bool alloc_fails(enum l4_fail_mode mode)
{
    return QUIRE_FAIL_ALLOC && unlikely(fail.mode == mode) && fail_count(mode);
}

#endif
