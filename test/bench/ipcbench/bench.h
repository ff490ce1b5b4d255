// SPDX-License-Identifier: BSD-2-Clause
// What rows in files of their own need of main.c.
#ifndef BENCH_H
#define BENCH_H

#include "party.h"

// A line that is no row, with "# " before it.
void note(const char *row, const char *what);
// The row failed, unless error is 0.
bool check(const char *row, const char *what, int error);
// The row's samples, each of which cost instructions belong to the measurement.
void report(const char *row, struct block *b, uint64_t cost);
// A thread of `by` runs function on block until it has its samples, and is destroyed. False: an answer was
// wrong.
bool run(const struct party *by, void (*function)(void), l4_handle_t handle, unsigned priority);

#define CLIENT_PRIORITY 110
#define SERVER_PRIORITY 110

// irq.c
void irq_row(const char *name);

#endif
