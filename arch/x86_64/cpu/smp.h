/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the start of the CPUs (arch/x86_64/boot/smp_start.c) and what stays of it (smp.c).
 */
#ifndef QUIRE_X86_64_CPU_SMP_H
#define QUIRE_X86_64_CPU_SMP_H

#include <stdint.h>

#include "kernel/arch/smp.h"

/* CPU has this page, top-level table and local APIC. Before it runs. */
void smp_add_cpu(unsigned cpu, struct cpu_local *local, uint64_t *root, uint32_t apic_id);

/* CPU 0 runs. */
void smp_boot_cpu_runs(void);

/* The end of the start of a further CPU, from which on it runs no init code. */
NORETURN void smp_wait_for_release(void);

#endif
