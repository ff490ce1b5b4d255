// SPDX-License-Identifier: BSD-2-Clause
// The parts of the program test/bound: main.c has a server's loop, away.c what else a bound thread goes
// through.
#ifndef BOUND_H
#define BOUND_H

#include <stdint.h>
#include <l4/event.h>
#include <l4/proto/layout.h>

#define MS       1000000ull
#define LIMIT    (5000 * MS)
#define PRIORITY 80

extern uint64_t cpu, other_cpu; // of the server, and of who signals or where the server is moved to

uint64_t event_poll(l4_handle_t event); // what is pending, taken; 0 = nothing

void check_away(void);   // moved, cancelled, recalled, suspended, destroyed
void check_moving(void); // moved to and fro under a rain of signals

#endif
