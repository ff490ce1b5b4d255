// SPDX-License-Identifier: BSD-2-Clause
// CPUs on the host: their local pages, empty kernel halves, and counts of what they were asked to do. A test
// says which of them it is just now; there is one unless it says otherwise.
#ifndef TEST_UNIT_SUPPORT_CPU_H
#define TEST_UNIT_SUPPORT_CPU_H

#include <stdint.h>

#include "kernel/base/cpu_local.h"

extern uint64_t tlb_flushes;
extern uint64_t tlb_last;                         // address of the last one
extern void (*tlb_flush_shown)(uint64_t address); // told of each, unless NULL

extern _Thread_local unsigned cpu_current; // the CPU this thread of the host is
extern uint64_t cpu_mask;                  // those that run
extern uint64_t cpu_pokes;                 // sum over all
extern uint64_t cpu_loads[CPUS_MAX];       // times each has dropped all translations of user memory
extern uint64_t cpu_poked;                 // those that have been since their bit was cleared
extern uint64_t address_space_flushes;

// From now on this is CPU, and those of MASK run.
void cpu_pretend(unsigned cpu, uint64_t mask);

// CPU passes a quiescent point: it drops what it was told to and acknowledges all rounds.
void cpu_quiescent(unsigned cpu);

#endif
