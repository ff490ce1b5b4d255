// SPDX-License-Identifier: BSD-2-Clause
// Threads of the own space that do one thing that may block, and keep what came of it.
#ifndef WORKER_H
#define WORKER_H

#include <stdatomic.h>
#include <l4/ipc.h>
#include <l4/thread.h>

enum work {
    WORK_CALL,       // call a gate
    WORK_SEND,       // send to it
    WORK_WAIT,       // wait on it
    WORK_SERVE_HOLD, // wait on it, keep the caller in hand until bit 0 is woken, then reply
    WORK_EVENT,      // wait for bit 0 of an event
};

struct worker {
    struct l4_thread thread;
    enum work work;
    l4_handle_t handle;
    struct l4_msg m;
    uint64_t index; // of its home activation
    int error;      // of what it did; WORK_SERVE_HOLD: of the reply
    atomic_int done;
};

// Starts it and waits until it has blocked or ended. The struct must be free: its last thread has ended.
int worker_start(struct worker *w, enum work work, l4_handle_t handle);
// Waits until it has done its work: its error, or -1 when it takes too long.
int worker_result(struct worker *w);
// True while it has not come back from what it does.
bool worker_blocked(struct worker *w);
// Destroys it in the middle of its work.
int worker_destroy(struct worker *w);
// Lets all threads run that can.
void settle(void);

#endif
