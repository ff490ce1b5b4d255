/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What CPUs write for each other: one cache line each. Everything else a CPU has is its own (cpu_local.h).
 */
#ifndef QUIRE_SMP_CPUS_H
#define QUIRE_SMP_CPUS_H

#include <stdatomic.h>
#include <stdint.h>

#include "kernel/base/cpu_local.h"

struct mail;

struct cpu_shared {
    _Alignas(64) _Atomic(struct mail *) box; /* mail for this CPU, newest first (mail.c) */
    _Atomic uint64_t seen;                   /* last round it has acknowledged (round.c) */
    _Atomic uint32_t idle;   /* sleeps, holds no pointer; looks at all of this when it wakes */
    _Atomic uint32_t flush;  /* has translations to drop before it acknowledges */
    _Atomic uint32_t waits;  /* somebody here waits for a round */
    _Atomic uint32_t parked; /* stands still for a recount (sys/recount.c) */
};
_Static_assert(sizeof(struct cpu_shared) == 64, "one line each");

extern struct cpu_shared cpu_shared[CPUS_MAX];

/* Number of this CPU. */
static inline unsigned cpu_number(void)
{
    return (unsigned)cpu_local()->number;
}

#endif
