// SPDX-License-Identifier: BSD-2-Clause
// The tasks: table, life and death. See task.h; what can be asked of them is in task_query.c.
#include "roottask/task.h"

#include <l4/cap.h>
#include <l4/slice.h>
#include <l4/string.h>

#include "roottask/print.h"
#include "roottask/task_table.h"

struct task_table tasks;

struct task *task_of(uint64_t id)
{
    for (unsigned i = 0; i < TASKS; i++)
        if (tasks.task[i].state != 0 && tasks.task[i].task.id == id && id != 0)
            return &tasks.task[i];
    return NULL;
}

struct task *task_running(uint64_t id)
{
    struct task *task = task_of(id);

    return task != NULL && task->state == ROOT_STATE_RUNNING ? task : NULL;
}

struct task *task_begin(unsigned program, const char *name, uint64_t parent)
{
    struct task *task = NULL;

    l4_mutex_lock(&tasks.lock);
    for (unsigned i = 0; i < TASKS && task == NULL; i++)
        if (tasks.task[i].state == 0)
            task = &tasks.task[i];
    if (task != NULL) {
        memset(task, 0, sizeof(*task));
        task->state = ROOT_STATE_STARTING;
        task->program = program;
        task->parent = parent;
        memcpy(task->name, name, strnlen(name, sizeof(task->name) - 1));
    }
    l4_mutex_unlock(&tasks.lock);
    return task;
}

void task_abandon(struct task *task)
{
    l4_mutex_lock(&tasks.lock);
    task->state = 0;
    l4_mutex_unlock(&tasks.lock);
}

void task_created(struct task *task)
{
    l4_mutex_lock(&tasks.lock);
    task->state = ROOT_STATE_RUNNING;
    l4_mutex_unlock(&tasks.lock);
}

void task_started(uint64_t id, struct l4_owned *thread)
{
    int error = L4_OK;
    struct task *task;

    l4_mutex_lock(&tasks.lock);
    task = task_running(id);
    if (task != NULL)
        error = l4_owned_move(&task->task.thread, thread);
    l4_mutex_unlock(&tasks.lock);
    // It has ended already; a handle of a dead thread is all that is left.
    if (task == NULL)
        error = l4_owned_close(thread);
    if (error != L4_OK)
        print("roottask: a thread's handle: error %d", error);
}

// With the lock held: what the table owns for a task goes over to `gone`, which is empty.
static int take_out(struct task *gone, struct task *task)
{
    int error = l4_task_move(&gone->task, &task->task);

    if (error == L4_OK)
        error = l4_owned_move(&gone->exception, &task->exception);
    for (gone->gates = 0; error == L4_OK && gone->gates < task->gates; gone->gates++)
        error = l4_owned_move(&gone->gate[gone->gates].handle, &task->gate[gone->gates].handle);
    gone->program = task->program;
    gone->parent = task->parent;
    memcpy(gone->name, task->name, sizeof(gone->name));
    return error;
}

// Gives back everything the root task owns for a task. A server may have revoked its gates itself.
static void release(struct task *gone)
{
    int error = l4_task_destroy(&gone->task);

    if (error != L4_OK)
        print("roottask: %s: not destroyed: error %d", gone->name, error);
    for (unsigned i = 0; i < gone->gates; i++)
        if (l4_owned_close_derived(&gone->gate[i].handle) != L4_OK)
            print("roottask: %s: a gate was not there to delete", gone->name);
    if (l4_owns(&gone->exception) && l4_owned_close(&gone->exception) != L4_OK)
        print("roottask: %s: its exception gate was not there to delete", gone->name);
}

// Children of a task that has ended are nobody's: those that ended before are forgotten.
static void orphan_children(uint64_t id)
{
    for (unsigned i = 0; i < TASKS; i++) {
        struct task *child = &tasks.task[i];

        if (child->state == 0 || child->parent != id)
            continue;
        child->parent = 0;
        if (child->state == ROOT_STATE_ENDED)
            child->state = 0;
    }
}

static void note_death(const struct task *task, bool restart)
{
    tasks.dead[tasks.deaths++ % TASK_DEATHS] = task->task.id;
    orphan_children(task->task.id);
    if (restart)
        tasks.restart |= 1u << task->program;
}

unsigned task_end(uint64_t id, enum root_end end, int status)
{
    struct task *task;
    struct task gone = {0};
    bool restart;
    int error;

    l4_mutex_lock(&tasks.lock);
    task = task_running(id);
    if (task == NULL) {
        l4_mutex_unlock(&tasks.lock);
        return ROOT_ERR_NO_TASK;
    }
    task->state = ROOT_STATE_ENDING; // from here on the end is ours alone
    task->end = end;
    task->status = status;
    error = take_out(&gone, task);
    l4_mutex_unlock(&tasks.lock);

    if (gone.program == tasks.console)
        print_through(L4_HANDLE_NONE);
    if (error != L4_OK)
        print("roottask: %s: not all of it could be taken out: error %d", gone.name, error);
    release(&gone);
    restart = gone.parent == 0 && tasks.manifest->programs[gone.program].restart;

    l4_mutex_lock(&tasks.lock);
    note_death(&gone, restart);
    // Its parent may have gone meanwhile, so look at the task itself.
    task->state = task->parent == 0 ? 0 : ROOT_STATE_ENDED;
    l4_condition_wake_all_unlock(&tasks.changed, &tasks.lock);
    return ROOT_ERR_OK;
}

void task_silence(uint64_t id)
{
    const struct task *task;
    bool console;

    l4_mutex_lock(&tasks.lock);
    task = task_of(id);
    console = task != NULL && task->program == tasks.console;
    l4_mutex_unlock(&tasks.lock);
    if (console)
        print_through(L4_HANDLE_NONE);
}

unsigned task_publish(uint64_t id, const char *name, struct l4_owned *handle)
{
    unsigned error = ROOT_ERR_FULL;
    struct task *task;

    l4_mutex_lock(&tasks.lock);
    task = task_running(id);
    if (task == NULL)
        error = ROOT_ERR_NO_TASK;
    for (unsigned i = 0; task != NULL && i < task->gates; i++)
        if (strcmp(task->gate[i].name, name) == 0)
            error = L4_ERR_EXISTS;
    if (task != NULL && error == ROOT_ERR_FULL && task->gates < TASK_GATES) {
        struct task_gate *gate = &task->gate[task->gates];

        l4_slice_copy(gate->name, sizeof(gate->name), l4_slice_z(name));
        error = (unsigned)l4_owned_move(&gate->handle, handle);
        task->gates += error == ROOT_ERR_OK;
    }
    l4_mutex_unlock(&tasks.lock);
    return error;
}

unsigned task_ready(uint64_t id)
{
    struct task *task;
    l4_handle_t console = L4_HANDLE_NONE;

    l4_mutex_lock(&tasks.lock);
    task = task_running(id);
    if (task == NULL) {
        l4_mutex_unlock(&tasks.lock);
        return ROOT_ERR_NO_TASK;
    }
    task->ready = true;
    if (task->program == tasks.console)
        console = task_gate_of(task, "");
    l4_condition_wake_all_unlock(&tasks.changed, &tasks.lock);
    if (console != L4_HANDLE_NONE)
        print_through(console);
    return ROOT_ERR_OK;
}
