/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reaper: what dies in steps.
 */
#ifndef QUIRE_SYS_REAPER_H
#define QUIRE_SYS_REAPER_H

#include "kernel/sys/call.h"

/* S and everything in it and every space it funds begin to die. DEAD when they do already. */
enum l4_error space_destroy(struct space *s);

/* G begins to die; a queue gate on its own CPU. DEAD when it does already. */
enum l4_error gate_destroy(struct gate *g);

/* One step of what has one to do. False when there is none. */
bool reaper_step(void);

/* The priority the next step is done at, -1 when there is none. */
int reaper_priority(void);

#endif
