// SPDX-License-Identifier: BSD-2-Clause
// Which activation indices of a space the kernel has: four bits for each UTCB page (bit = handed out), in a
// chain of descriptors that grows with the indices in use. Pure; the caller gives the memory and has the
// lock. An index is handed out to nobody twice; one that is handed back must be out.
#ifndef PAGER_SLOTS_H
#define PAGER_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOTS_PER_PAGE     4
#define SLOTS_INLINE_PAGES 64 // UTCB pages the first descriptor covers: 256 indices

struct slots_more { // a further descriptor; its map fills the memory it was given
    struct slots_more *next;
    uint32_t first; // first UTCB page it covers
    uint32_t pages;
    uint8_t map[]; // two pages to a byte, the even one in the low half
};

struct slots {
    uint32_t limit; // indices there may be
    uint32_t out;   // indices handed out
    struct slots_more *more;
    uint8_t map[SLOTS_INLINE_PAGES / 2];
};

enum slots_result {
    SLOTS_OK,
    SLOTS_LIMIT,     // every index up to the limit is out
    SLOTS_MORE,      // slots_extend, then ask again
    SLOTS_NOT_OUT,   // the index was not handed out
    SLOTS_PAGE_EMPTY // handed back, and it was the last of its page
};

void slots_init(struct slots *slots, uint32_t limit);
// Up to `wanted` indices in a row, the lowest free ones, all of one UTCB page.
enum slots_result slots_take(struct slots *slots, unsigned wanted, uint32_t *first, unsigned *count);
enum slots_result slots_give(struct slots *slots, uint32_t index);
bool slots_is_out(const struct slots *slots, uint32_t index);
unsigned slots_of_page(const struct slots *slots, uint32_t page); // the four bits
// Memory for a further descriptor: bytes > sizeof(struct slots_more), all 0, aligned to 8.
void slots_extend(struct slots *slots, void *memory, size_t bytes);

#endif
