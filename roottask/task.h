// SPDX-License-Identifier: BSD-2-Clause
// The tasks: programs that run or have ended without anybody having asked how. Owns the table and its lock;
// callers are the boot thread and visitors of the root task's gates. No lock is held across a call to pager,
// server or kernel. A task is named by its id, which the pager never gives twice.
//   states: free -> STARTING (task_begin) -> RUNNING (task_created) -> ENDING -> ENDED (task_end) -> free;
//   STARTING -> free when starting fails (task_abandon).
#ifndef ROOTTASK_TASK_H
#define ROOTTASK_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include <l4/pager.h>
#include <l4/proto/root.h>

#include "roottask/manifest.h"

#define TASKS      64
#define TASK_GATES 4 // gates a program can publish

struct task_gate {
    char name[ROOT_NAME];
    struct l4_owned handle; // minted from what the server sent
};

struct task {
    enum root_state state; // 0 = free
    enum root_end end;     // of an ended one
    int status;
    uint64_t parent;  // task that may wait for it; 0 = the root task
    unsigned program; // of the manifest
    char name[ROOT_NAME];
    bool ready;          // serves
    bool watches;        // one of its threads waits for deaths
    struct l4_task task; // the pager's, with the id
    struct l4_owned exception;
    l4_handle_t caps[MANIFEST_CAPS]; // handles in its own table
    unsigned gates;
    struct task_gate gate[TASK_GATES];
};

// A place for a new task; NULL: the table is full. Until task_created it is the caller's alone.
struct task *task_begin(unsigned program, const char *name, uint64_t parent);
void task_abandon(struct task *task);
// It is complete and about to run.
void task_created(struct task *task);
// Its first thread, once that has been started; the task may have ended by then. The table owns it then.
void task_started(uint64_t id, struct l4_owned *thread);

// Ends a running task: destroys it and tells everybody who waits. ROOT_ERR_NO_TASK if somebody was faster.
unsigned task_end(uint64_t id, enum root_end end, int status);
// If the root task prints through this task (the console server), it does so no more.
void task_silence(uint64_t id);
// Waits for the end of a child.
unsigned task_wait(uint64_t id, uint64_t parent, int *status, enum root_end *end);
// The table owns the gate then; on an error the caller still does.
unsigned task_publish(uint64_t id, const char *name, struct l4_owned *handle);
unsigned task_ready(uint64_t id);
// Waits until it serves, or has ended, or the time is over.
unsigned task_wait_ready(uint64_t id, uint64_t deadline);

// A published gate of the running task of a program, L4_HANDLE_NONE if there is none.
l4_handle_t task_gate(unsigned program, const char *gate);
// What RENEW needs of a running task.
struct task_view {
    unsigned program;
    l4_handle_t space;
    l4_handle_t caps[MANIFEST_CAPS];
};
unsigned task_look(uint64_t id, struct task_view *view);
unsigned task_set_cap(uint64_t id, unsigned cap, l4_handle_t handle);
unsigned task_name(uint64_t id, char name[ROOT_NAME]);
// The running task with this name or number.
unsigned task_find(const char *who, uint64_t *id);
bool task_alive(uint64_t id);
// The task at the first used place from *place on; *place moves behind it.
unsigned task_list(uint64_t *place, struct root_task_info *info, l4_handle_t *space);
// The death after the first *seen ones; waits for it. One thread of each task: those that wait are visitors
// of the root task, whose number is limited (L4_ERR_BUSY for the second).
unsigned task_death(uint64_t watcher, uint64_t *seen, uint64_t *id);
// Waits for a program that is to be started again; MANIFEST_NONE if the wait was ended.
unsigned task_wait_restart(void);

#endif
