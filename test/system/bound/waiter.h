// SPDX-License-Identifier: BSD-2-Clause
// A thread that does one thing after the other as it is told, with an event bound to it: waits on gates, and
// visits. There is one at a time.
#ifndef WAITER_H
#define WAITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <l4/gate.h>
#include <l4/thread.h>

#include "bound.h"

enum step { STEP_NEW, STEP_READY, STEP_BEGUN, STEP_OVER };

struct waiter {
    struct l4_thread thread;
    uint64_t index;
    // what it is to do
    l4_handle_t on;
    uint64_t flags, deadline;
    bool visit; // to the root task, which keeps it
    // what came of it
    atomic_int step;
    int error;
    uint64_t bits, cpu; // bits: 0 also when a request came
};
extern struct waiter waiter;
extern l4_handle_t bound_event; // that is bound to it

void waiter_new(void); // bound and started, on cpu

void begins(l4_handle_t on, uint64_t flags); // a wait
void waits(l4_handle_t on, uint64_t flags);  // and it blocks there
void tells(void);                            // to do the same again
bool blocks_at(uint64_t depth);              // it is blocked by now in what it was told
void visits(void);                           // it is in another space; bit 0 has been signalled there

void signals(uint64_t bits);
void has(uint64_t bits, uint64_t on_cpu, const char *what); // these bits, from its wait
void fails(int error, const char *what);                    // its wait or visit

#endif
