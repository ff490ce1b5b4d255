/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time from the time stamp counter, and one wake-up at a time per CPU.
 *
 * Owns `clock_scale`, constant after timer_init. Lock: none; timer_arm acts on the CPU it runs on.
 */
#ifndef QUIRE_ARCH_TIMER_H
#define QUIRE_ARCH_TIMER_H

#include <stdint.h>

#define TIMER_VECTOR 0xf0
#define TIMER_OFF    UINT64_MAX

/* ns since boot = ((tsc - tsc_base) * mul) >> shift, the product taken with 128 bits. */
struct clock_scale {
    uint64_t tsc_base;
    uint64_t mul;
    uint32_t shift;
};

extern struct clock_scale clock_scale;

/*
 * Finds the frequency of the TSC without waiting for an interrupt, prints "boot: timer", and sets up this
 * CPU's timer. After irq_init. Refuses a machine that has no clock to measure with and does not tell.
 */
void timer_init(void);

/* The timer of a further CPU. */
void timer_init_cpu(void);

/* Nanoseconds since timer_init. */
uint64_t timer_now(void);

/*
 * Asks for TIMER_VECTOR on this CPU at DEADLINE (at once if it is past), TIMER_OFF for none; replaces what
 * was asked before. Far deadlines are cut to what the hardware counts, so the interrupt may come early:
 * compare timer_now and arm again.
 */
void timer_arm(uint64_t deadline_ns);

#endif
