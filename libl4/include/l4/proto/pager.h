// SPDX-License-Identifier: BSD-2-Clause
// Requests to the system pager: label of a call on its service gate (slot L4_SLOT_PAGER of every program).
// The badge is the task id; bits 62 and 63 say what else the task may do. Answer: label = l4_error, 0 = ok.
// Client functions: l4/pager.h.
#ifndef L4_PROTO_PAGER_H
#define L4_PROTO_PAGER_H

#include <stdint.h>

#define L4_BADGE_TASKS   (1ull << 63) // may use the TASK requests (the root task)
#define L4_BADGE_ARCHIVE (1ull << 62) // may attach the boot archive
#define L4_BADGE_ID_MASK 0xffffffffull

#define L4_PAGER_BYTES   768 // most bytes of one TASK_STARTUP or TASK_READ
#define L4_TASK_PATH_MAX 100 // a name in the archive

// X(NAME, number, what). Bytes and names lie in the memory words, from word 8.
#define L4_PAGER_REQUESTS(X)                                                                                 \
    X(TASK_CREATE, 1,                                                                                        \
      "0 memory limit bytes, 1 kernel quota bytes, 2 maximum priority | CPU set << 16 (0 = all), "           \
      "3 visitors, 4 name length, 5 enum l4_task_flags; name of the program in the boot archive "            \
      "-> 0 task id, 1 ELF entry, item: capability of the space (MANAGE, GIVE)")                             \
    X(TASK_STARTUP, 2, "0 task, 1 offset, 2 bytes; the bytes: fills the start-up page")                      \
    X(TASK_START, 3, "0 task, 1 priority -> item: capability of its first thread (MANAGE, GIVE)")            \
    X(TASK_DESTROY, 4, "0 task")                                                                             \
    X(TASK_READ, 5, "0 task, 1 address, 2 bytes -> 0 bytes read; the bytes (fewer where nothing is)")        \
    X(TASK_REGION, 6, "0 task, 1 address -> 0 enum l4_region_kind, 1 start, 2 end, 3 access rights")         \
    X(TASK_COUNTERS, 7, "0 task (0 = the pager as a whole) -> 0-7 enum l4_task_counter or l4_pager_counter") \
    X(ALLOC, 16, "0 bytes -> 0 address: zero-filled memory, charged to the task when touched")               \
    X(FREE, 17, "0 address, 1 bytes: as allocated, or whole pages of it")                                    \
    X(ATTACH_ARCHIVE, 18, "-> 0 address, 1 bytes: the boot archive, read-only")                              \
    X(INDICES, 19, "0 pool, 1 count: activations for visitors of another pool than L4_POOL_VISITORS")

#define L4_X(name, number, what) L4_PAGER_##name = (number),
enum l4_pager_request { L4_PAGER_REQUESTS(L4_X) };
#undef L4_X

enum l4_task_flags { L4_TASK_ARCHIVE = 1, L4_TASK_FLAGS = 1 };

enum l4_region_kind {
    L4_REGION_NONE = 0,
    L4_REGION_TEXT = 1,
    L4_REGION_RODATA = 2,
    L4_REGION_DATA = 3,
    L4_REGION_STACK = 4, // start to end: where this stack may lie
    L4_REGION_GUARD = 5, // the page under a stack that is never mapped
    L4_REGION_UTCB = 6,
    L4_REGION_ANONYMOUS = 7,
    L4_REGION_ARCHIVE = 8,
    L4_REGION_STARTUP = 9,
    L4_REGION_KINDS = 10,
};

// Counters of a task, in pages except the faults
enum l4_task_counter {
    L4_TASK_COUNT_FRAMES,        // frames charged to it, those of the pager's books among them
    L4_TASK_COUNT_LIMIT,         //   and how many it may have
    L4_TASK_COUNT_UTCB_PAGES,    //
    L4_TASK_COUNT_STACK_PAGES,   //
    L4_TASK_COUNT_PAGE_FAULTS,   //
    L4_TASK_COUNT_SWITCH_FAULTS, //
    L4_TASK_COUNT_REFUSED,       // faults that were refused
    L4_TASK_COUNT_INDICES,       // activations handed out
};
// Counters of the pager as a whole
enum l4_pager_counter {
    L4_PAGER_COUNT_FRAMES,      // all frames
    L4_PAGER_COUNT_FREE,        // free ones, zeroed ones among them
    L4_PAGER_COUNT_ZEROED,      // frames that lie zeroed
    L4_PAGER_COUNT_ZERO_HITS,   // zeroed frames taken from there
    L4_PAGER_COUNT_ZERO_MISSES, // frames that had to be zeroed when asked for
    L4_PAGER_COUNT_TASKS,       //
    L4_PAGER_COUNT_FAULTS,      // faults answered since boot
};

// Page faults are refused with: L4_ERR_RANGE nothing lies there, L4_ERR_RIGHTS not with this access,
// L4_ERR_LIMIT stack overflow, L4_ERR_QUOTA memory limit of the task, or of its kernel memory,
// L4_ERR_FAULT the same fault again and again, L4_ERR_DEAD the task is being destroyed.

#endif
