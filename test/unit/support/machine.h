// SPDX-License-Identifier: BSD-2-Clause
// The clock of the host's machine, in nanoseconds.
#ifndef TEST_UNIT_SUPPORT_MACHINE_H
#define TEST_UNIT_SUPPORT_MACHINE_H

#include <stdint.h>

extern uint64_t machine_now;

#endif
