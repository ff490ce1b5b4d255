// SPDX-License-Identifier: BSD-2-Clause
// The clock and the timers of the host's machine, in nanoseconds.
#ifndef TEST_UNIT_SUPPORT_MACHINE_H
#define TEST_UNIT_SUPPORT_MACHINE_H

#include <stdint.h>

#include "kernel/base/cpu_local.h"

extern uint64_t machine_now;
extern uint64_t machine_timer[CPUS_MAX]; // when each CPU's fires

#endif
