// SPDX-License-Identifier: BSD-2-Clause
// What threads do in the random test of the kernel core: system calls and faults of all kinds, with arguments
// that mostly mean something. The same for the same seed.
#ifndef TEST_UNIT_SUPPORT_PROGRAMS_H
#define TEST_UNIT_SUPPORT_PROGRAMS_H

#include "kernel/sys/call.h"

extern uint64_t program_answers[0x100]; // of the kernel, by error

void programs_begin(uint64_t seed);

// Some seeds make programs that have more to do with events than with gates.
extern bool programs_eventful;

// What somebody waits for or signals.
uint64_t programs_event_bits(void);

// A number below N.
uint32_t roll(uint32_t n);

// T, in user mode on this CPU, enters the kernel. A driver makes and destroys, others call each other.
void program_act(struct thread *t);

// T waits, answers or gives up, so that lower priorities get their turn.
void program_give_up(struct thread *t);

// Whoever runs on this CPU makes a few calls, replies and reply_waits of those that a fast path does.
void program_burst(void);

#endif
