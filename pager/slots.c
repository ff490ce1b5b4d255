// SPDX-License-Identifier: BSD-2-Clause
// Slot map of UTCB pages: see slots.h.
#include "pager/slots.h"

void slots_init(struct slots *slots, uint32_t limit)
{
    *slots = (struct slots){.limit = limit};
}

static unsigned get(const uint8_t *map, uint32_t page)
{
    return map[page / 2] >> (page % 2 * 4) & 15;
}

static void put(uint8_t *map, uint32_t page, unsigned bits)
{
    unsigned shift = page % 2 * 4;
    map[page / 2] = (uint8_t)((map[page / 2] & ~(15u << shift)) | bits << shift);
}

static const uint8_t *find(const struct slots *slots, uint32_t page, uint32_t *within)
{
    *within = page;
    if (page < SLOTS_INLINE_PAGES)
        return slots->map;
    for (const struct slots_more *more = slots->more; more; more = more->next) {
        *within = page - more->first;
        if (page >= more->first && page - more->first < more->pages)
            return more->map;
    }
    return NULL;
}

unsigned slots_of_page(const struct slots *slots, uint32_t page)
{
    uint32_t within;
    const uint8_t *map = find(slots, page, &within);
    return map ? get(map, within) : 0;
}

bool slots_is_out(const struct slots *slots, uint32_t index)
{
    return slots_of_page(slots, index / SLOTS_PER_PAGE) >> index % SLOTS_PER_PAGE & 1;
}

// The lowest page from `page` on that is not full, within one map of `pages` pages.
static uint32_t first_with_room(const uint8_t *map, uint32_t pages)
{
    uint32_t page = 0;
    while (page < pages && get(map, page) == 15)
        page++;
    return page;
}

// Takes up to `wanted` of a page in a row; `page` is its number in the space, `within` in the map.
static enum slots_result take_of_page(struct slots *slots, uint8_t *map, uint32_t page, uint32_t within,
                                      unsigned wanted, uint32_t *first, unsigned *count)
{
    unsigned bits = get(map, within);
    unsigned slot = (unsigned)__builtin_ctz(~bits);
    *first = page * SLOTS_PER_PAGE + slot;
    *count = 0;
    for (; slot < SLOTS_PER_PAGE && *count < wanted; slot++, ++*count) {
        if ((bits >> slot & 1) || *first + *count >= slots->limit)
            break;
        bits |= 1u << slot;
    }
    if (*count == 0)
        return SLOTS_LIMIT;
    put(map, within, bits);
    slots->out += *count;
    return SLOTS_OK;
}

enum slots_result slots_take(struct slots *slots, unsigned wanted, uint32_t *first, unsigned *count)
{
    uint32_t covered = SLOTS_INLINE_PAGES;
    uint32_t page = first_with_room(slots->map, SLOTS_INLINE_PAGES);
    if (page < SLOTS_INLINE_PAGES)
        return take_of_page(slots, slots->map, page, page, wanted, first, count);
    for (struct slots_more *more = slots->more; more; more = more->next) {
        page = first_with_room(more->map, more->pages);
        if (page < more->pages)
            return take_of_page(slots, more->map, more->first + page, page, wanted, first, count);
        covered = more->first + more->pages;
    }
    return (uint64_t)covered * SLOTS_PER_PAGE >= slots->limit ? SLOTS_LIMIT : SLOTS_MORE;
}

enum slots_result slots_give(struct slots *slots, uint32_t index)
{
    uint32_t within;
    uint8_t *map = (uint8_t *)(uintptr_t)find(slots, index / SLOTS_PER_PAGE, &within);
    unsigned bit = 1u << index % SLOTS_PER_PAGE;
    if (!map || !(get(map, within) & bit))
        return SLOTS_NOT_OUT;
    unsigned bits = get(map, within) & ~bit;
    put(map, within, bits);
    slots->out--;
    return bits ? SLOTS_OK : SLOTS_PAGE_EMPTY;
}

void slots_extend(struct slots *slots, void *memory, size_t bytes)
{
    struct slots_more *added = memory;
    struct slots_more **link = &slots->more;
    added->first = SLOTS_INLINE_PAGES;
    added->pages = (uint32_t)((bytes - sizeof(*added)) * 2);
    while (*link) {
        added->first = (*link)->first + (*link)->pages;
        link = &(*link)->next;
    }
    added->next = NULL;
    *link = added;
}
