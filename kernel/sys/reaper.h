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

/* G dies with its space, if it does not die already; a queue gate on its own CPU. */
void gate_close(struct gate *g);

/* S, which dies: its next phase; where that goes through a list, it begins (reap_list.c). */
void reap_next_phase(struct space *s);

/* One step of a phase that goes through a list. False when it goes on once somebody has left. */
bool reap_list_step(struct space *s);

/* One step of what has one to do. False when there is none. */
bool reaper_step(void);

/* The priority the next step is done at, -1 when there is none. */
int reaper_priority(void);

#endif
