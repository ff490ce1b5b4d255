// SPDX-License-Identifier: BSD-2-Clause
// CPUs that run the kernel core on the host, one at a time: from the moment one enters the kernel until it is
// between two turns of kernel_exit's loop, no other does anything. A CPU in user mode enters when the test
// says so; one that sleeps enters only when it was poked or its timer is due, as in a real machine, so that
// a poke nobody sends is a CPU that sleeps for ever.
#ifndef TEST_UNIT_SUPPORT_CORES_H
#define TEST_UNIT_SUPPORT_CORES_H

#include "kernel/thread/thread.h"

#define CORES_MAX     4
#define CORES_WATCHED UINT64_C(0x18000000)
#define WATCHED_PAGES 8

enum core_state {
    CORE_TURNS, // between two turns
    CORE_SLEEPS,
    CORE_USER,
};

extern enum core_state core_state[CORES_MAX];

// How often a CPU was found in user mode that may still go through a page table that nothing leads to any
// more.
extern uint64_t cores_left_tables;

// CPUs 0 to COUNT - 1 run from now on, each between two turns.
void cores_start(unsigned count);

// True when CPU has a reason to enter the kernel by itself.
bool core_called(unsigned cpu);

// This is CPU from now on, and in the kernel: by an interrupt, if one is due.
void core_enter(unsigned cpu);

// The CPU runs T in user mode from now on.
void core_leave(struct thread *t);

// At most BUDGET turns on the way out.
void core_turns(unsigned budget);

// No CPU in user mode that has not been told to drop it has a translation that the page tables do not give,
// and nobody's page tables have been freed. What is mapped of WATCHED_PAGES from CORES_WATCHED on counts as
// used.
void cores_check(void);

// The first moment at which a timer fires, TIMER_OFF when none will.
uint64_t cores_next_timer(void);

#endif
