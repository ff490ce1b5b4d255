// SPDX-License-Identifier: BSD-2-Clause
// Tasks: a space the pager made, with its regions, pages, activation slots and memory limit. A task's books
// lie in one frame, charged to it. Everything here is guarded by `books`; no pointer to a task is kept across
// an unlock, except by the one visitor that creates (state CREATING) or destroys it (DYING): nobody else
// finds it then.
#ifndef PAGER_TASK_H
#define PAGER_TASK_H

#include "pager/areas.h"
#include "pager/pagemap.h"
#include "pager/regions.h"
#include "pager/slots.h"
#include <l4/owned.h>
#include <l4/proto/pager.h>

#define TASK_MAX     256 // tasks at a time; a task id is generation * TASK_MAX + place
#define TASK_REGIONS 48
#define TASK_LEAST   16 // frames a task needs at least

enum task_state { TASK_CREATING, TASK_READY, TASK_DYING };

struct task {
    uint64_t id;
    enum task_state state;
    bool started;
    bool adding;                   // somebody is getting indices for its home threads
    uint64_t badge_flags;          // L4_BADGE_TASKS, L4_BADGE_ARCHIVE of its pager gate
    struct l4_owned space, thread; // the pager's capabilities
    struct l4_owned fault_gate;    // minted for this task
    uint64_t limit, used;          // frames
    uint64_t utcb_pages, stack_pages, page_faults, switch_faults, refused;
    uint64_t entry;
    uint32_t visitors; // activations of the visitors' pool, all handed out at the start
    struct areas areas;
    struct slots slots;
    struct pagemap pages;
    struct regions regions;
    struct region region[TASK_REGIONS];
};
_Static_assert(sizeof(struct task) <= 4096, "a task's books fit a frame");

// Entries of the page map: frame | flags
enum page_flags { PAGE_PRESENT = 1, PAGE_SHARED = 2 }; // shared: a frame of the archive, not the task's
#define PAGE_FRAME(entry) ((entry) & ~0xfffull)

// The ready task with this id, or NULL.
struct task *task_find(uint64_t id);
uint64_t task_count(void);
// Frames that are promised to no task.
uint64_t task_spare_frames(void);
// A new task in state CREATING, with an id, a frame, no space. L4_ERR_QUOTA: fewer frames than a task needs,
// or more than are left when every other task takes all it may; L4_ERR_LIMIT: too many tasks.
L4_MUST_CHECK int task_new(uint64_t limit_frames, struct task **out);
// Out of the table; the caller has given back everything else. Gives back the frame it lies in.
void task_remove(struct task *task);

// A zeroed frame charged to the task. L4_ERR_QUOTA: its limit, or no memory left.
L4_MUST_CHECK int task_frame(struct task *task, uint64_t *frame);
void task_frame_back(struct task *task, uint64_t frame);
// So many of its frames are on their way back (memory_hold).
void task_uncharge(struct task *task, uint64_t frames);

// Indices for a pool of the task, handed to the kernel in rows of at most L4_INDEX_BLOCK. Locks by itself.
L4_MUST_CHECK int task_indices(uint64_t id, struct task *creating, unsigned pool, unsigned count);

// Recount in check builds: every frame is free, or some task's. Aborts if not.
void task_recount(void);

#endif
