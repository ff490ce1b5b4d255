/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters that several CPUs change: sums only, nobody concludes anything about other memory from one, so
 * every access is relaxed.
 */
#ifndef QUIRE_BASE_COUNTER_H
#define QUIRE_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t counter_t;

/* DELTA may be negative, modulo 2^64. */
static inline void counter_add(counter_t *c, uint64_t delta)
{
    atomic_fetch_add_explicit(c, delta, memory_order_relaxed);
}

static inline uint64_t counter_get(const counter_t *c)
{
    return atomic_load_explicit((counter_t *)(uintptr_t)c, memory_order_relaxed);
}

#endif
