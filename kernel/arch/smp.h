/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other CPUs. Bodies: arch/x86_64.
 */
#ifndef QUIRE_ARCH_SMP_H
#define QUIRE_ARCH_SMP_H

#include <stdint.h>

struct cpu_local;

/* Vector of cpu_poke. */
#define MAIL_VECTOR 0xf1

/* The CPUs that run, a bit each; constant once the boot is over. */
uint64_t cpus_online(void);

/* Interrupts CPU, which then looks into its box (kernel/smp). */
void cpu_poke(unsigned cpu);

/* The CPU-local page of another CPU, for reading its counters. */
struct cpu_local *cpu_local_of(unsigned cpu);

#endif
