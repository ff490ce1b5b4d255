// SPDX-License-Identifier: BSD-2-Clause
// Which page frames are free: a bitmap with two levels of summary. Pure; the caller gives the storage and has
// the lock. A frame is free, or somebody's: taking gives each free frame to one taker, giving back what is
// free already, or was never added, is refused.
#ifndef PAGER_FRAMES_H
#define PAGER_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAMES_LEVELS 3

struct frames {
    uint64_t first; // frame number of bit 0
    uint64_t count; // bits
    uint64_t free;
    uint64_t words[FRAMES_LEVELS];
    uint64_t *level[FRAMES_LEVELS]; // 0: bit set = free; above: bit set = word below is not 0
    uint64_t *known;                // bit set = added, so it may be given back
};

size_t frames_storage(uint64_t count); // bytes for so many frames
// storage: aligned to 8, all 0. No frame is free at first.
void frames_init(struct frames *frames, void *storage, uint64_t first, uint64_t count);
// Makes frames known and free. False (nothing done): not all within, or one known already.
bool frames_add(struct frames *frames, uint64_t first, uint64_t count);
bool frames_take(struct frames *frames, uint64_t *frame); // the lowest free one; false: none
bool frames_give(struct frames *frames, uint64_t frame);  // false: not known or free already

#endif
