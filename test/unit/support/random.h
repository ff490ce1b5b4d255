// SPDX-License-Identifier: BSD-2-Clause
// Random numbers that are the same in every run: 32 good bits each.
#ifndef TEST_UNIT_SUPPORT_RANDOM_H
#define TEST_UNIT_SUPPORT_RANDOM_H

#include <stdint.h>

static inline uint32_t random_next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 32);
}

#endif
