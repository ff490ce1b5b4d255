// SPDX-License-Identifier: BSD-2-Clause
// Cases with a name: each says what was wrong through `must`, and takes away what it made.
#ifndef NAMED_H
#define NAMED_H

#include "storm.h"

// named.c
bool must(bool good, const char *what); // of the case that runs
unsigned other_cpu(unsigned n);         // CPU 0 is that of the program's first thread
void end_thread(l4_handle_t *thread);
uint64_t own_counter(l4_handle_t space, unsigned counter); // enum l4_space_counter

// named_slots.c
void slots_reused_during_calls(void);
void revoke_against_deriving(void);
void cancel_storm_and_mutex(void);
void fights(void);
// named_wake.c
void wakes_during_recall(void);
// named_event.c
void signals_to_and_fro(void);
// named_stop.c
void stopped_and_let_go(void);
// named_memory.c
void captured_threads(void);
void stack_grows(void);
void unmapper_killed(void);
// named_time.c
void one_deadline(void);
void ceiling(void);
void lowered_in_visit(void);

#endif
