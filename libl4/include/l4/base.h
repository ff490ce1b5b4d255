// SPDX-License-Identifier: BSD-2-Clause
// Small things every header of libl4 uses.
#ifndef L4_BASE_H
#define L4_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <l4/abi/errors.h>

#define L4_MUST_CHECK    __attribute__((warn_unused_result))
#define L4_NORETURN      __attribute__((noreturn))
#define L4_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

// Page arithmetic. l4_page_up answers 0 for addresses in the last page (overflow).
#define L4_PAGE_MASK 4095ull
static inline uint64_t l4_page_down(uint64_t x)
{
    return x & ~L4_PAGE_MASK;
}
static inline uint64_t l4_page_up(uint64_t x)
{
    return (x + L4_PAGE_MASK) & ~L4_PAGE_MASK;
}

#endif
