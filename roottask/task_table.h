// SPDX-License-Identifier: BSD-2-Clause
// The table behind task.h, for task.c, task_query.c and main.c's set-up.
#ifndef ROOTTASK_TASK_TABLE_H
#define ROOTTASK_TASK_TABLE_H

#include <l4/condition.h>
#include <l4/mutex.h>

#include "roottask/task.h"

#define TASK_DEATHS 64 // deaths remembered for those who watch

struct task_table {
    struct l4_mutex lock;            // guards what follows
    struct l4_condition changed;     // a state, `ready`, a death or `restart` has changed
    struct task task[TASKS];         //
    uint64_t dead[TASK_DEATHS];      // the last ones, at their number modulo TASK_DEATHS
    uint64_t deaths;                 // since boot
    uint32_t restart;                // programs of the manifest that are to be started again
    const struct manifest *manifest; // set before any task, constant
    unsigned console;                // likewise: the program whose gate print() uses
};
extern struct task_table tasks;

// With the lock held: the task with this id; the same if it runs; a gate it has published.
struct task *task_of(uint64_t id);
struct task *task_running(uint64_t id);
l4_handle_t task_gate_of(const struct task *task, const char *gate);

#endif
