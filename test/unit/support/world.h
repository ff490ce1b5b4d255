// SPDX-License-Identifier: BSD-2-Clause
// The kernel core on the host with a first space and a driver: a thread of lowest priority that is always
// ready and never leaves home, so that somebody can always be run.
#ifndef TEST_UNIT_SUPPORT_WORLD_H
#define TEST_UNIT_SUPPORT_WORLD_H

#include "kernel/sys/call.h"

#define WORLD_UTCBS   UINT64_C(0x10000000)
#define WORLD_STACKS  UINT64_C(0x20000000)
#define WORLD_INDICES 16

extern struct space *root; // its own capability is in slot 1
extern struct thread *driver;

int world_group(void **state);

// Areas, pools 0 to 2 and three of four UTCB pages for S.
void world_populate(struct space *s);

// A first capability on O into SLOT of S.
struct cap *world_put(struct space *s, uint64_t slot, struct object *o);

// The thread that would run in user mode now, as kernel_exit finds it.
struct thread *world_next(void);

// Everything but the root and the driver goes.
void world_anew(void);

#endif
