/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic of clocks: measuring one counter by another, scales between ticks and nanoseconds. Pure; the
 * counters come as functions, so host tests run it on simulated ones, dead ones among them.
 */
#ifndef QUIRE_X86_CLOCK_H
#define QUIRE_X86_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include "kernel/arch/timer.h"

#define CLOCK_NS_PER_S UINT64_C(1000000000)
/* TSC frequencies outside are taken for errors: 1 MHz (an emulator) to 32 GHz. */
#define CLOCK_MIN_HZ UINT64_C(1000000)
#define CLOCK_MAX_HZ UINT64_C(32000000000)

typedef uint64_t (*clock_read_fn)(void);

/* A counter of known frequency that counts up modulo mask + 1. */
struct clock_reference {
    const char *name;
    clock_read_fn read;
    uint64_t mask;
    uint64_t hz;
};

/*
 * Frequency of `counter`, or 0 if the reference does not move. Needs no interrupt and ends within
 * CLOCK_PATIENCE counts, which is at most a second on any processor that boots.
 */
#define CLOCK_PATIENCE (UINT64_C(1) << 30)
uint64_t clock_measure(const struct clock_reference *ref, clock_read_fn counter);

/* The shift of every scale that is made here. */
#define CLOCK_SHIFT 32

/* For hz within the limits above. */
struct clock_scale clock_scale_make(uint64_t hz, uint64_t base);

static inline uint64_t clock_scale_ns(const struct clock_scale *s, uint64_t tsc)
{
    return (uint64_t)(((unsigned __int128)(tsc - s->tsc_base) * s->mul) >> CLOCK_SHIFT);
}

/* Ticks at hz that take at least ns, for ns < 2^44 (4.8 hours) and hz up to the limit. */
uint64_t clock_ticks(uint64_t ns, uint64_t hz);

bool clock_plausible(uint64_t hz);

/* Whether b is a within one per cent. */
bool clock_agrees(uint64_t a, uint64_t b);

#endif
