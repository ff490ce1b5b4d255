// SPDX-License-Identifier: BSD-2-Clause
// The tasks: what can be asked, and waited for. See task.h.
#include <l4/abi/tag.h>
#include <l4/slice.h>
#include <l4/string.h>

#include "roottask/task_table.h"

// What a child's parent may know; takes the ended child out of the table.
static unsigned collect(struct task *task, int *status, enum root_end *end)
{
    *status = task->status;
    *end = task->end;
    task->state = 0;
    return ROOT_ERR_OK;
}

unsigned task_wait(uint64_t id, uint64_t parent, int *status, enum root_end *end)
{
    unsigned error = ROOT_ERR_OK;
    struct task *task;

    l4_mutex_lock(&tasks.lock);
    for (;;) {
        task = task_of(id);
        if (task == NULL || task->parent != parent || parent == 0) {
            error = ROOT_ERR_NO_TASK;
            break;
        }
        if (task->state == ROOT_STATE_ENDED) {
            error = collect(task, status, end);
            break;
        }
        error = (unsigned)l4_condition_wait(&tasks.changed, &tasks.lock, L4_DEADLINE_NEVER);
        if (error != L4_OK)
            break;
    }
    l4_mutex_unlock(&tasks.lock);
    return error;
}

unsigned task_wait_ready(uint64_t id, uint64_t deadline)
{
    unsigned error = ROOT_ERR_OK;

    l4_mutex_lock(&tasks.lock);
    for (;;) {
        struct task *task = task_running(id);

        if (task == NULL)
            error = ROOT_ERR_ENDED;
        if (task == NULL || task->ready)
            break;
        error = (unsigned)l4_condition_wait(&tasks.changed, &tasks.lock, deadline);
        if (error != L4_OK)
            break;
    }
    l4_mutex_unlock(&tasks.lock);
    return error;
}

l4_handle_t task_gate_of(const struct task *task, const char *gate)
{
    for (unsigned i = 0; i < task->gates; i++)
        if (strcmp(task->gate[i].name, gate) == 0)
            return l4_lend(&task->gate[i].handle);
    return L4_HANDLE_NONE;
}

l4_handle_t task_gate(unsigned program, const char *gate)
{
    l4_handle_t handle = L4_HANDLE_NONE;

    l4_mutex_lock(&tasks.lock);
    for (unsigned i = 0; i < TASKS && handle == L4_HANDLE_NONE; i++)
        if (tasks.task[i].state == ROOT_STATE_RUNNING && tasks.task[i].program == program)
            handle = task_gate_of(&tasks.task[i], gate);
    l4_mutex_unlock(&tasks.lock);
    return handle;
}

unsigned task_look(uint64_t id, struct task_view *view)
{
    struct task *task;

    l4_mutex_lock(&tasks.lock);
    task = task_running(id);
    if (task != NULL) {
        view->program = task->program;
        view->space = l4_lend(&task->task.space);
        memcpy(view->caps, task->caps, sizeof(view->caps));
    }
    l4_mutex_unlock(&tasks.lock);
    return task != NULL ? ROOT_ERR_OK : ROOT_ERR_NO_TASK;
}

unsigned task_set_cap(uint64_t id, unsigned cap, l4_handle_t handle)
{
    struct task *task;

    l4_mutex_lock(&tasks.lock);
    task = task_running(id);
    if (task != NULL)
        task->caps[cap] = handle;
    l4_mutex_unlock(&tasks.lock);
    return task != NULL ? ROOT_ERR_OK : ROOT_ERR_NO_TASK;
}

unsigned task_name(uint64_t id, char name[ROOT_NAME])
{
    struct task *task;

    l4_mutex_lock(&tasks.lock);
    task = task_of(id);
    if (task != NULL)
        memcpy(name, task->name, ROOT_NAME);
    l4_mutex_unlock(&tasks.lock);
    return task != NULL ? ROOT_ERR_OK : ROOT_ERR_NO_TASK;
}

unsigned task_find(const char *who, uint64_t *id)
{
    unsigned error = ROOT_ERR_NO_TASK;
    uint64_t number = 0; // no task has it

    if (!l4_slice_number(l4_slice_z(who), &number))
        number = 0;
    l4_mutex_lock(&tasks.lock);
    for (unsigned i = 0; i < TASKS && error != ROOT_ERR_OK; i++) {
        const struct task *task = &tasks.task[i];

        if (task->state != ROOT_STATE_RUNNING)
            continue;
        if (strcmp(task->name, who) != 0 && task->task.id != number)
            continue;
        *id = task->task.id;
        error = ROOT_ERR_OK;
    }
    l4_mutex_unlock(&tasks.lock);
    return error;
}

bool task_alive(uint64_t id)
{
    struct task *task;

    l4_mutex_lock(&tasks.lock);
    task = task_of(id);
    l4_mutex_unlock(&tasks.lock);
    return task != NULL && task->state != ROOT_STATE_ENDED;
}

unsigned task_list(uint64_t *place, struct root_task_info *info, l4_handle_t *space)
{
    unsigned error = ROOT_ERR_NO_TASK;

    l4_mutex_lock(&tasks.lock);
    for (uint64_t i = *place; i < TASKS && error != ROOT_ERR_OK; i++) {
        const struct task *task = &tasks.task[i];

        if (task->state == 0 || task->task.id == 0)
            continue;
        *info = (struct root_task_info){.id = task->task.id, .state = task->state};
        memcpy(info->name, task->name, sizeof(info->name));
        *space = l4_lend(&task->task.space);
        *place = i + 1;
        error = ROOT_ERR_OK;
    }
    l4_mutex_unlock(&tasks.lock);
    return error;
}

// With the lock held: from here on this task's thread is the one that waits, or no more.
static unsigned set_watches(uint64_t watcher, bool watches)
{
    struct task *task = task_running(watcher);

    if (task == NULL)
        return ROOT_ERR_NO_TASK;
    if (task->watches && watches)
        return L4_ERR_BUSY;
    task->watches = watches;
    return ROOT_ERR_OK;
}

static unsigned next_death(uint64_t *seen, uint64_t *id)
{
    unsigned error = ROOT_ERR_OK;

    while (error == ROOT_ERR_OK && *seen == tasks.deaths)
        error = (unsigned)l4_condition_wait(&tasks.changed, &tasks.lock, L4_DEADLINE_NEVER);
    if (error != ROOT_ERR_OK)
        return error;
    if (*seen > tasks.deaths || tasks.deaths - *seen > TASK_DEATHS) {
        *seen = tasks.deaths;
        return ROOT_ERR_MISSED;
    }
    *id = tasks.dead[(*seen)++ % TASK_DEATHS];
    return ROOT_ERR_OK;
}

unsigned task_death(uint64_t watcher, uint64_t *seen, uint64_t *id)
{
    unsigned error;

    l4_mutex_lock(&tasks.lock);
    error = set_watches(watcher, true);
    if (error == ROOT_ERR_OK) {
        error = next_death(seen, id);
        set_watches(watcher, false);
    }
    l4_mutex_unlock(&tasks.lock);
    return error;
}

unsigned task_wait_restart(void)
{
    unsigned program = MANIFEST_NONE;
    int error = L4_OK;

    l4_mutex_lock(&tasks.lock);
    while (error == L4_OK && tasks.restart == 0)
        error = l4_condition_wait(&tasks.changed, &tasks.lock, L4_DEADLINE_NEVER);
    for (unsigned i = 0; i < MANIFEST_PROGRAMS && program == MANIFEST_NONE; i++)
        if (tasks.restart & 1u << i)
            program = i;
    if (program != MANIFEST_NONE)
        tasks.restart &= ~(1u << program);
    l4_mutex_unlock(&tasks.lock);
    return program;
}
