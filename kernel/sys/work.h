/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a CPU does between two runs of user code.
 */
#ifndef QUIRE_SYS_WORK_H
#define QUIRE_SYS_WORK_H

#include "kernel/thread/thread.h"

enum turn {
    TURN_MORE, /* there is more to do: interrupts may come in, then the next turn */
    TURN_IDLE, /* nothing to do and nobody to run */
    TURN_RUN,
};

/*
 * What other CPUs have asked for, a step of what dies here, then the scheduler's thread, prepared: the thread
 * to run with TURN_RUN, else NULL.
 */
struct thread *kernel_turn(enum turn *turn);

/*
 * The thread to run at once, when nothing has come up that a turn would have to do and it needs nothing
 * before; else NULL, and a turn finds out. What other CPUs want is told by an interrupt, which is pending
 * then.
 */
struct thread *kernel_quick(void);

#endif
