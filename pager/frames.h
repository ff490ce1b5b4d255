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
// The highest `count` free frames in a row that begin at a multiple of `align`: no longer known, *first is
// the first of them. False: there are none. Takes time in proportion to all frames, and is seldom asked for.
bool frames_take_row(struct frames *frames, uint64_t count, uint64_t align, uint64_t *first);
bool frames_give(struct frames *frames, uint64_t frame); // false: not known or free already

#endif
