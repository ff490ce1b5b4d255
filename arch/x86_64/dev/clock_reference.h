/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The counters of known frequency that the machine has: HPET, ACPI timer, PIT channel 2. Any may be missing
 * or dead; measuring finds out. Caller: timer.c on the boot processor. Lock: none.
 */
#ifndef QUIRE_X86_CLOCK_REFERENCE_H
#define QUIRE_X86_CLOCK_REFERENCE_H

#include "arch/x86_64/dev/clock.h"

#define CLOCK_REFERENCES 3

/* Number i, best first; NULL if the machine does not have it. Starts the counter. */
const struct clock_reference *clock_reference_open(unsigned i);

#endif
