/* SPDX-License-Identifier: BSD-2-Clause */
/* Processors whose TSC-deadline timer needs a microcode update. Pure. Caller: timer.c. */
#ifndef QUIRE_X86_TSC_DEADLINE_H
#define QUIRE_X86_TSC_DEADLINE_H

#include <stdbool.h>
#include "kernel/arch/cpu_features.h"

/* False if the timer may miss deadlines on this processor with the microcode it runs. */
bool tsc_deadline_works(const struct cpu_id *id);

#endif
