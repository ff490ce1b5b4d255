// SPDX-License-Identifier: BSD-2-Clause
// The kernel core on the host: a first space that only pays, in it for each seed a root, on each CPU of the
// root a driver: a thread of lowest priority that never waits by itself, so that somebody can always be run.
#ifndef TEST_UNIT_SUPPORT_WORLD_H
#define TEST_UNIT_SUPPORT_WORLD_H

#include "cores.h"
#include "kernel/sys/call.h"

#define WORLD_UTCBS   UINT64_C(0x10000000)
#define WORLD_DATA    CORES_WATCHED
#define WORLD_STACKS  UINT64_C(0x20000000)
#define WORLD_INDICES 32

extern struct space *root; // its own capability is in slot 1

int world_group(void **state);

// A root with drivers on COUNT CPUs.
void world_begin(unsigned count);

// Spaces that programs have made since get what the others have. No thread of theirs has run yet.
void world_populate_all(void);

bool world_is_driver(const struct thread *t);

// The root is being destroyed, by whoever enters the kernel.
void world_end_begin(void);

// True when nothing of it is left.
bool world_is_empty(void);

// And every account is what it was before world_begin.
void world_end_check(void);

#endif
