// SPDX-License-Identifier: BSD-2-Clause
// One CPU on the host: its local page, an empty kernel half, and a count of translations dropped.
#ifndef TEST_UNIT_SUPPORT_CPU_H
#define TEST_UNIT_SUPPORT_CPU_H

#include <stdint.h>

extern uint64_t tlb_flushes;
extern uint64_t tlb_last; // address of the last one

#endif
