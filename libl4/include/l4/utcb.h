// SPDX-License-Identifier: BSD-2-Clause
// The UTCB of the activation this code runs on: one load, no lock, no table (the kernel keeps the pointer).
#ifndef L4_UTCB_H
#define L4_UTCB_H

#include <l4/abi/layout.h>
#include <l4/abi/utcb.h>

#ifdef QUIRE_HOST
struct l4_utcb *l4_utcb(void); // host tests say which one the calling thread has
#else
static inline struct l4_utcb *l4_utcb(void)
{
    return *(struct l4_utcb *const volatile *)L4_CPU_PAGE;
}
#endif

static inline uint64_t l4_cpu(void)
{
    return ((const volatile struct l4_cpu_page *)L4_CPU_PAGE)->cpu;
}
static inline const struct l4_info *l4_info(void)
{
    return (const struct l4_info *)L4_INFO_PAGE;
}

#endif
