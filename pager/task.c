// SPDX-License-Identifier: BSD-2-Clause
// Table of tasks, their frames and activation indices: see task.h.
#include "pager/task.h"
#include "pager/memory.h"
#include <l4/program.h>
#include <l4/space.h>
#include <l4/proto/layout.h>

static struct task *table[TASK_MAX];  // NULL: place free
static uint32_t generation[TASK_MAX]; // of the next task at this place
static unsigned last_place;           // places are used in turn, so that ids come back late
static uint64_t tasks;                //
static uint64_t promised;             // the limits of all tasks together: never more than there are
static uint64_t own_frames;           // frames of all tasks

struct task *task_find(uint64_t id)
{
    struct task *task = table[id % TASK_MAX];
    return task && task->id == id && task->state == TASK_READY ? task : NULL;
}

uint64_t task_count(void)
{
    return tasks;
}

static struct pagemap_frame *more_nodes(void *context)
{
    uint64_t frame;
    return task_frame(context, &frame) ? NULL : memory_at(frame);
}

static bool free_place(unsigned *place)
{
    for (unsigned i = 1; i <= TASK_MAX; i++) {
        *place = (last_place + i) % TASK_MAX;
        // id 0 is nobody; a place whose generations are used up is left alone
        if (!table[*place] && (*place || generation[*place]) && generation[*place] < UINT32_MAX / TASK_MAX)
            return true;
        if (*place == 0 && !generation[0])
            generation[0] = 1;
    }
    return false;
}

uint64_t task_spare_frames(void)
{
    return memory_counts().frames - promised;
}

// A limit is a promise: what one task takes of its own is not taken from another's.
int task_new(uint64_t limit_frames, struct task **out)
{
    unsigned place;
    uint64_t frame;
    if (limit_frames < TASK_LEAST || limit_frames > task_spare_frames())
        return L4_ERR_QUOTA;
    if (!free_place(&place))
        return L4_ERR_LIMIT;
    if (!memory_take(&frame))
        return L4_ERR_QUOTA;
    struct task *task = memory_at(frame);
    task->id = (uint64_t)generation[place]++ * TASK_MAX + place;
    task->state = TASK_CREATING;
    task->limit = limit_frames;
    task->used = 1;
    task->areas = (struct areas){L4_UTCB_BASE, L4_STACK_BASE, L4_STRIDE, L4_TASK_INDICES};
    slots_init(&task->slots, L4_TASK_INDICES);
    task->pages = (struct pagemap){.more = more_nodes, .context = task};
    task->regions = (struct regions){.list = task->region, .capacity = TASK_REGIONS};
    table[place] = task;
    last_place = place;
    tasks++;
    own_frames++;
    promised += limit_frames;
    *out = task;
    return L4_OK;
}

void task_remove(struct task *task)
{
    table[task->id % TASK_MAX] = NULL;
    promised -= task->limit;
    tasks--;
    own_frames--;
    memory_give((uint64_t)(uintptr_t)task - L4_BOOT_WINDOW);
}

int task_frame(struct task *task, uint64_t *frame)
{
    if (task->used >= task->limit || !memory_take(frame))
        return L4_ERR_QUOTA;
    task->used++;
    own_frames++;
    return L4_OK;
}

void task_frame_back(struct task *task, uint64_t frame)
{
    task->used--;
    own_frames--;
    memory_give(frame);
}

void task_uncharge(struct task *task, uint64_t frames)
{
    task->used -= frames;
    own_frames -= frames;
    memory_hold(frames);
}

// One row of indices out of the slot map, with memory for the map where it grows.
static int take_row(struct task *task, unsigned wanted, uint32_t *first, unsigned *count)
{
    enum slots_result result = slots_take(&task->slots, wanted, first, count);
    if (result == SLOTS_MORE) {
        uint64_t frame;
        int error = task_frame(task, &frame);
        if (error)
            return error;
        slots_extend(&task->slots, memory_at(frame), L4_PAGE_SIZE);
        result = slots_take(&task->slots, wanted, first, count);
    }
    return result == SLOTS_OK ? L4_OK : L4_ERR_LIMIT;
}

static void give_row(struct task *task, uint32_t first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (slots_give(&task->slots, first + i) == SLOTS_NOT_OUT)
            l4_abort("slot-twice"); // they were taken by take_row just before
    }
}

// The task is looked up again after each unlock: it may be gone. A task that is being created is nobody
// else's.
int task_indices(uint64_t id, struct task *creating, unsigned pool, unsigned count)
{
    while (count > 0) {
        uint32_t first;
        unsigned row;
        l4_mutex_lock(&books);
        struct task *task = creating ? creating : task_find(id);
        l4_handle_t space = task ? l4_lend(&task->space) : L4_HANDLE_NONE;
        int error = task ? take_row(task, count < L4_INDEX_BLOCK ? count : L4_INDEX_BLOCK, &first, &row)
                         : L4_ERR_DEAD;
        l4_mutex_unlock(&books);
        if (error)
            return error;
        error = l4_activations_add(space, pool, first, row);
        if (error) {
            l4_mutex_lock(&books);
            task = creating ? creating : task_find(id);
            if (task)
                give_row(task, first, row);
            l4_mutex_unlock(&books);
            return error;
        }
        count -= row;
    }
    return L4_OK;
}

#if QUIRE_CHECK
void task_recount(void)
{
    uint64_t sum = 0, places = 0, limits = 0;
    l4_mutex_lock(&books);
    for (unsigned i = 0; i < TASK_MAX; i++) {
        if (table[i]) {
            sum += table[i]->used;
            limits += table[i]->limit;
            places++;
        }
    }
    struct memory_counts counts = memory_counts();
    bool right = sum == own_frames && places == tasks && limits == promised &&
                 counts.free + counts.held + sum == counts.frames;
    l4_mutex_unlock(&books);
    if (!right)
        l4_abort("pager-books");
}
#else
void task_recount(void)
{
}
#endif
