// SPDX-License-Identifier: BSD-2-Clause
// All memory of the machine that is not the kernel's: frames, the pool of zeroed ones, and the lock of all
// books. A frame is named by its physical address; the kernel has mapped all of them in the window.
#ifndef PAGER_MEMORY_H
#define PAGER_MEMORY_H

#include <l4/base.h>
#include <l4/mutex.h>
#include <l4/abi/bootinfo.h>

// Guards everything the pager writes: frames, pool, tasks. Held for bounded work only, never while a program
// is called. Kernel operations that add a mapping are made under it (they neither wait nor call), so that
// books and page tables change together; those that may wait (create, destroy, unmap) are not.
extern struct l4_mutex books;

// Where a frame can be read and written
static inline void *memory_at(uint64_t frame)
{
    return (void *)(uintptr_t)(L4_BOOT_WINDOW + frame);
}

// Takes over the free regions of the boot information. L4_ERR_RANGE: too little memory for the books.
L4_MUST_CHECK int memory_init(const struct l4_boot_info *info);

// With the books locked:
bool memory_take(uint64_t *frame); // a zeroed frame; false: none left
void memory_give(uint64_t frame);  // one that is nobody's any more, mapped nowhere but in the window
// Frames on their way back: nobody's any more, perhaps still mapped. First their number, then each of them.
void memory_hold(uint64_t count);
void memory_give_held(uint64_t frame);

// Bytes in a row, for the kernel; both multiples of `align`. False: none in a row, or they are promised.
bool memory_part_with(uint64_t bytes, uint64_t align, uint64_t spare_frames, uint64_t *address);
// The kernel would not have them.
void memory_take_over(uint64_t address, uint64_t bytes);

struct memory_counts {
    uint64_t frames, free, held, zeroed, hits, misses;
};
struct memory_counts memory_counts(void);

// Fills the pool of zeroed frames whenever it runs low. For ever; the pager's first thread.
L4_NORETURN void memory_refill(void);

#endif
