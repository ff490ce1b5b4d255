// SPDX-License-Identifier: BSD-2-Clause
// Giving memory to the kernel: see pool.h. Steps are a part of all memory, because the kernel takes a limited
// number of ranges.
#include "pager/pool.h"
#include "pager/memory.h"
#include "pager/task.h"
#include <l4/format.h>
#include <l4/program.h>
#include <l4/system.h>

#define LARGE_PAGE (2ull << 20) // the window maps memory in these where it can
#define STEP_PART  64           // one part of so many of all memory
#define NOTES_PART 64           // the kernel keeps notes: a part of so many is more than these take

static uint64_t step_for(uint64_t bytes, uint64_t frames)
{
    uint64_t step = frames / STEP_PART * L4_PAGE_SIZE;
    if (bytes + bytes / NOTES_PART > step)
        step = bytes + bytes / NOTES_PART;
    return (step + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
}

// Whatever the kernel does not take comes back.
static int hand_over(uint64_t address, uint64_t bytes)
{
    uint64_t taken, given = 0;
    int error = L4_OK;
    while (given < bytes && !error) {
        error = l4_pool_add(L4_HANDLE_FIRST(L4_BOOT_POOL), (uint64_t)(uintptr_t)memory_at(address + given),
                            bytes - given, &taken);
        given += error ? 0 : taken;
    }
    if (given < bytes) {
        l4_mutex_lock(&books);
        memory_take_over(address + given, bytes - given);
        l4_mutex_unlock(&books);
    }
    return given ? L4_OK : error;
}

int pool_grow(uint64_t bytes)
{
    uint64_t address, step;
    if (bytes > L4_USER_END)
        return L4_ERR_QUOTA;
    l4_mutex_lock(&books);
    step = step_for(bytes, memory_counts().frames);
    bool found = memory_part_with(step, LARGE_PAGE, task_spare_frames(), &address);
    l4_mutex_unlock(&books);
    return found ? hand_over(address, step) : L4_ERR_QUOTA;
}
