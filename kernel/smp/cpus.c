/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines CPUs write for each other.
 */
#include "kernel/smp/cpus.h"

struct cpu_shared cpu_shared[CPUS_MAX];
