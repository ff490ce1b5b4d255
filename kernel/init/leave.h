/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out of the boot.
 */
#ifndef QUIRE_INIT_LEAVE_H
#define QUIRE_INIT_LEAVE_H

#include "kernel/base/compiler.h"

/* Unmaps all init code and data and runs the first thread. PROBE, as a rule NULL, is called in between: a
 * panic test. */
NORETURN void boot_leave(void (*probe)(void));

#endif
