// SPDX-License-Identifier: BSD-2-Clause
// A capability table for tests of libl4 on the host: slots with generations, as the kernel has them.
#ifndef UNIT_HANDLES_H
#define UNIT_HANDLES_H

#include <l4/cap.h>
#include <l4/proto/layout.h>

enum { HANDLE_SLOTS = 4 };
static l4_handle_t handle_slot[HANDLE_SLOTS]; // 0: empty
static uint64_t handle_generation;
static unsigned deletions; // asked of the kernel

static inline bool handle_valid(l4_handle_t handle)
{
    return handle != L4_HANDLE_NONE && handle_slot[l4_handle_index(handle)] == handle;
}

// In the first slot that is empty.
static inline l4_handle_t handle_make(void)
{
    unsigned index = 0;
    while (handle_slot[index] != L4_HANDLE_NONE)
        index++;
    handle_slot[index] = ++handle_generation << 32 | index * L4_SLOT_SIZE;
    return handle_slot[index];
}

int l4_cap_delete(l4_handle_t space, l4_handle_t handle)
{
    deletions++;
    if (space != L4_CAP_SPACE || !handle_valid(handle))
        return L4_ERR_CAP;
    handle_slot[l4_handle_index(handle)] = L4_HANDLE_NONE;
    return L4_OK;
}

static inline int handles_reset(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HANDLE_SLOTS; i++)
        handle_slot[i] = L4_HANDLE_NONE;
    deletions = 0;
    return 0;
}

#endif
