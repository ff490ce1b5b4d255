/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPUs: starting them, their numbers, waking and stopping them. CPU 0 is the one that boots; the others
 * are numbered as they come up, without gaps.
 *
 * Lock: none. The table of CPUs is written by CPU 0 before the CPU concerned runs; the masks are atomic.
 */
#ifndef QUIRE_ARCH_SMP_H
#define QUIRE_ARCH_SMP_H

#include <stdint.h>

#include "kernel/base/compiler.h"
#include "kernel/base/cpu_local.h"

/* Asks a CPU to look at what others left for it; wants irq_eoi. */
#define MAIL_VECTOR 0xf1

/*
 * Starts all CPUs the firmware lists, up to CPUS_MAX, and prints "boot: cpus". They wait until smp_release.
 * One that does not answer is left out and reported. After everything that CPU 0 sets up for all, before
 * boot memory is given away.
 */
void smp_start(void);

/* The boot is over, init code is unmapped: the other CPUs drop their translations of it and run. */
void smp_release(void);

/* A bit for each CPU that runs. */
uint64_t cpus_online(void);

/* The CPU-local page of CPU, which is online, as everybody can read it. */
struct cpu_local *cpu_local_of(unsigned cpu);

/* Top-level table with the kernel half of CPU, which is online; kmap_root for CPU 0. */
uint64_t *cpu_root(unsigned cpu);

/* What the hardware calls it. */
uint32_t cpu_apic_id(unsigned cpu);

/* MAIL_VECTOR on CPU, which is online; what was written before is seen by its handler. */
void cpu_poke(unsigned cpu);

/* Panic: the other CPUs halt for good. Returns when they have, or after a bounded wait. */
void smp_stop_others(void);

/* For the NMI handler: does not return if another CPU has called smp_stop_others. */
void smp_stop_if_asked(void);

/* The number of this CPU; 0 also before there are numbers. */
unsigned smp_this_cpu(void);

/* Kernel core, on a further CPU: sets its part of the core up. Init code. */
void smp_cpu_setup(void);

/* Kernel core, on a further CPU: runs threads. */
NORETURN void smp_cpu_run(void);

#endif
