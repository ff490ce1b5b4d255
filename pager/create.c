// SPDX-License-Identifier: BSD-2-Clause
// Making and unmaking tasks: see create.h. A task in the making, or dying, is found by nobody but the visitor
// at it, which therefore works on it without the lock wherever no frames move. The state here is written
// once, at the start.
#include "pager/create.h"
#include "pager/memory.h"
#include "pager/pages.h"
#include "pager/pool.h"
#include <l4/cap.h>
#include <l4/elf.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/thread.h>
#include <l4/ustar.h>
#include <l4/proto/layout.h>

static const void *archive;
static uint64_t archive_bytes;
static l4_handle_t service_gate, fault_gate;

void create_init(const void *base, uint64_t bytes, l4_handle_t service, l4_handle_t fault)
{
    archive = base;
    archive_bytes = bytes;
    service_gate = service;
    fault_gate = fault;
}

const void *create_archive(uint64_t *bytes)
{
    *bytes = archive_bytes;
    return archive;
}

static uint32_t kind_of(unsigned access)
{
    if (access & L4_EXEC)
        return L4_REGION_TEXT;
    return access & L4_WRITE ? L4_REGION_DATA : L4_REGION_RODATA;
}

static int add_regions(struct task *task, const struct l4_elf *elf, const uint8_t *file)
{
    struct region startup = {.start = L4_STARTUP_ADDR,
                             .end = L4_STARTUP_ADDR + L4_PAGE_SIZE,
                             .kind = L4_REGION_STARTUP,
                             .access = L4_READ};
    int error = regions_insert(&task->regions, &startup);
    for (unsigned i = 0; i < elf->count && !error; i++) {
        const struct l4_elf_segment *segment = &elf->segment[i];
        struct region region = {
            .start = l4_page_down(segment->address),
            .end = l4_page_up(segment->address + segment->memory_size),
            .data_address = segment->address,
            .data_size = segment->file_size,
            .data = file + segment->offset,
            .kind = kind_of(segment->access),
            .access = segment->access,
        };
        error = regions_insert(&task->regions, &region);
    }
    task->entry = elf->entry;
    return error;
}

static int load(struct task *task, const char *path)
{
    struct l4_ustar_entry file;
    struct l4_elf elf;
    if (!l4_ustar_find(archive, archive_bytes, path, &file))
        return L4_ERR_EXISTS;
    int error = l4_elf_read(file.data, file.size, L4_PROGRAM_BASE, L4_PROGRAM_END, &elf);
    return error ? error : add_regions(task, &elf, file.data);
}

static int make_space(struct task *task, const struct create_options *options)
{
    const struct l4_space_area area = {
        .utcb_base = task->areas.utcb_base,
        .stack_base = task->areas.stack_base,
        .stride = task->areas.stride,
        .indices = task->areas.indices,
        .window_base = L4_WINDOW_BASE,
        .window_bytes = L4_WINDOW_BYTES,
        .window_slot = L4_WINDOW_SLOT,
        .window_slots = L4_WINDOW_SLOTS,
    };
    l4_handle_t space;
    int error = l4_space_create(L4_CAP_SPACE, options->quota, options->cpus, options->max_priority,
                                L4_RIGHT_ALL, &space, NULL);
    if (error == L4_ERR_QUOTA && !pool_grow(options->quota))
        error = l4_space_create(L4_CAP_SPACE, options->quota, options->cpus, options->max_priority,
                                L4_RIGHT_ALL, &space, NULL);
    if (!error)
        error = l4_owned_take(&task->space, space);
    return error ? error : l4_space_set_area(space, &area);
}

static int set_gates(struct task *task)
{
    l4_handle_t minted, space = l4_lend(&task->space);
    int error = l4_cap_mint(L4_CAP_SPACE, fault_gate, L4_SLOT_ANY, L4_RIGHT_CALL, task->id, &minted);
    if (!error)
        error = l4_owned_take(&task->fault_gate, minted);
    if (!error)
        error = l4_space_set_gate(space, L4_GATE_PAGER, minted);
    if (!error)
        error = l4_cap_copy(space, space, L4_SLOT_SPACE, L4_RIGHT_MANAGE, NULL);
    if (!error)
        error = l4_cap_mint(space, service_gate, L4_SLOT_PAGER, L4_RIGHT_CALL, task->id | task->badge_flags,
                            NULL);
    return error;
}

static int add_activations(struct task *task, unsigned visitors)
{
    int error = task_indices(task->id, task, L4_POOL_HOME, L4_INDEX_BLOCK);
    if (!error && visitors)
        error = task_indices(task->id, task, L4_POOL_VISITORS, visitors);
    return error;
}

static void close(struct l4_owned *owned)
{
    if (l4_owns(owned) && l4_owned_close(owned))
        l4_abort("cap-delete"); // a handle of the pager's own
}

// The space first: after that no thread of it runs and no answer maps anything into it.
static void take_apart(struct task *task)
{
    if (l4_owns(&task->space) && l4_space_destroy(l4_lend(&task->space)))
        l4_abort("space-destroy"); // the pager holds every right to it
    pages_drop(task->id, task, 0, L4_USER_END);
    close(&task->thread);
    close(&task->fault_gate);
    close(&task->space);
    l4_mutex_lock(&books);
    pages_drop_books(task);
    task_remove(task);
    l4_mutex_unlock(&books);
}

int create_task(const struct create_options *options, struct created *out)
{
    struct task *task;
    l4_mutex_lock(&books);
    int error = task_new(options->memory / L4_PAGE_SIZE, &task);
    l4_mutex_unlock(&books);
    if (error)
        return error;
    task->badge_flags = options->badge_flags;
    error = load(task, options->path);
    if (!error)
        error = make_space(task, options);
    if (!error)
        error = set_gates(task);
    if (!error)
        error = add_activations(task, options->visitors);
    if (error) {
        take_apart(task);
        return error;
    }
    *out = (struct created){task->id, task->entry, l4_lend(&task->space)};
    l4_mutex_lock(&books);
    task->state = TASK_READY;
    l4_mutex_unlock(&books);
    return L4_OK;
}

int create_startup(uint64_t id, uint64_t offset, const void *bytes, uint64_t count)
{
    uint64_t source;
    if (offset > L4_PAGE_SIZE || count > L4_PAGE_SIZE - offset)
        return L4_ERR_RANGE;
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    int error = task ? pages_bring(task, L4_STARTUP_ADDR, NULL, &source) : L4_ERR_DEAD;
    if (!error)
        memcpy((char *)(uintptr_t)source + offset, bytes, count);
    l4_mutex_unlock(&books);
    return error;
}

// Marks the task as started, so that it is started once.
static int begin_start(uint64_t id, l4_handle_t *space, uint64_t *entry)
{
    int error = L4_OK;
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    if (!task)
        error = L4_ERR_DEAD;
    else if (task->started)
        error = L4_ERR_STATE;
    else {
        task->started = true;
        *space = l4_lend(&task->space);
        *entry = task->entry;
    }
    l4_mutex_unlock(&books);
    return error;
}

int create_first_thread(uint64_t id, unsigned priority, l4_handle_t *thread)
{
    struct l4_owned made = L4_OWNED_EMPTY;
    l4_handle_t space;
    uint64_t entry;
    int error = begin_start(id, &space, &entry);
    if (error)
        return error;
    error = l4_space_thread(space, L4_RIGHT_ALL, L4_SLOT_ANY, priority, thread, NULL);
    if (!error)
        error = l4_owned_take(&made, *thread);
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    if (task) {
        task->started = !error;
        if (!error)
            error = l4_owned_move(&task->thread, &made);
    }
    l4_mutex_unlock(&books);
    if (error)
        return error;
    if (!task) { // destroyed meanwhile, and the thread with it
        close(&made);
        return L4_ERR_DEAD;
    }
    error = l4_cap_copy(space, *thread, L4_SLOT_THREAD, L4_RIGHT_MANAGE, NULL);
    return error ? error : l4_thread_start_at(*thread, entry, L4_STARTUP_ADDR, 0);
}

int create_destroy(uint64_t id)
{
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    if (task)
        task->state = TASK_DYING; // from here on found by nobody else
    l4_mutex_unlock(&books);
    if (!task)
        return L4_ERR_DEAD;
    take_apart(task);
    return L4_OK;
}
