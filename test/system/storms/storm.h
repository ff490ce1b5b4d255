// SPDX-License-Identifier: BSD-2-Clause
// Storms: what the parts of this program share. Spaces of its own (nests) map its memory at the same
// addresses and have it as their pager, so that threads there run any function of it and leave their traces
// in its variables; handles differ, each belongs to the table of one space. Everything here may be called by
// several threads at a time, on several CPUs, unless it says otherwise.
#ifndef STORM_H
#define STORM_H

#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define US          1000ull
#define MS          1000000ull
#define PATIENCE_NS (15000 * MS) // what takes longer hangs

#define CPUS_MAX      8
#define NESTS         40 // at a time
#define CROWDS        2  // nests behind those, for many threads
#define NEST_INDICES  16
#define CROWD_INDICES 1024
#define NEST_MAX      100 // priority

#define SLAB_PAGES 24 // of the kernel's pool that storms may leave with slabs

// --- nest.c
struct nest {
    l4_handle_t space;
    unsigned number;              // of its memory: below NESTS + CROWDS, no two alive have the same
    unsigned home, visitors, max; // activations and priority, where it is not 4, 4 and NEST_MAX
};
#define NEST_TARGET       0x300000000000ull // faults there bring a page of zeros
#define NEST_TARGET_BYTES 0x100000ull
void nest_touch(void);             // all memory for nests, once
extern _Atomic uint64_t nest_hold; // an event: stacks that grow wait for its bit 0
extern atomic_uint nest_held;
extern atomic_uint nest_refused; // faults that this program could not answer: none is expected
// Home indices 0-3, visitors 4-7 in pool 1. An error leaves nothing behind.
L4_MUST_CHECK int nest_make(struct nest *n, l4_handle_t funder, uint64_t quota);
void nest_destroy(struct nest *n); // and its handle is gone
// A thread there (or here: L4_CAP_SPACE) that runs body(argument), which does not return.
L4_MUST_CHECK int storm_thread(l4_handle_t space, void (*body)(void *), void *argument, unsigned priority,
                               unsigned cpu, l4_handle_t *thread);
void storm_run(void (*body)(void *), void *argument); // see nest.c

// --- main.c
extern unsigned cpus;
uint64_t storm_random(uint64_t *state); // xorshift: the same numbers from the same state
void rest(uint64_t ns);                 // of the caller, whatever has happened to it
L4_NORETURN void rest_for_ever(void);
void forget(l4_handle_t *handle); // deleted, whatever it names
// Waits until the word has at least this value; false: not in time.
bool reached(atomic_uint *word, unsigned value);

// --- cycles.c, trees.c, named*.c: parts of this program, each ends with all that it made gone again.
void cycles(uint64_t count);
void trees(uint64_t seconds, uint64_t seed, uint64_t steps);
void named(const char *only);

#endif
