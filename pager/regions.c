// SPDX-License-Identifier: BSD-2-Clause
// Region list: see regions.h. Anonymous regions that touch are always joined, so whatever was allocated in a
// row can be freed in any pieces.
#include "pager/regions.h"
#include <l4/string.h>

// The first region that ends above the address: it holds the address, or lies above it.
static uint32_t position_of(const struct regions *regions, uint64_t address)
{
    uint32_t low = 0, high = regions->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (regions->list[middle].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct region *regions_find(const struct regions *regions, uint64_t address)
{
    uint32_t at = position_of(regions, address);
    return at < regions->count && regions->list[at].start <= address ? &regions->list[at] : NULL;
}

// The region at this position is there twice afterwards (what lies at the end of the list is whatever it
// was).
static void open_gap(struct regions *regions, uint32_t at)
{
    memmove(&regions->list[at + 1], &regions->list[at], (regions->count - at) * sizeof(struct region));
    regions->count++;
}

static void close_gap(struct regions *regions, uint32_t at)
{
    regions->count--;
    memmove(&regions->list[at], &regions->list[at + 1], (regions->count - at) * sizeof(struct region));
}

int regions_insert(struct regions *regions, const struct region *region)
{
    if (region->start >= region->end || ((region->start | region->end) & L4_PAGE_MASK))
        return L4_ERR_ARG;
    uint32_t at = position_of(regions, region->start);
    if (at < regions->count && regions->list[at].start < region->end)
        return L4_ERR_EXISTS;
    if (regions->count == regions->capacity)
        return L4_ERR_LIMIT;
    open_gap(regions, at);
    regions->list[at] = *region;
    return L4_OK;
}

static bool is_anonymous(const struct regions *regions, uint32_t at, unsigned access)
{
    return at < regions->count && regions->list[at].kind == L4_REGION_ANONYMOUS &&
           regions->list[at].access == access;
}

// Puts [start, end) at position `at`, joined with the neighbours where they touch.
static int put_anonymous(struct regions *regions, uint32_t at, uint64_t start, uint64_t end, unsigned access)
{
    bool below = at > 0 && is_anonymous(regions, at - 1, access) && regions->list[at - 1].end == start;
    bool above = is_anonymous(regions, at, access) && regions->list[at].start == end;
    if (below && above) {
        regions->list[at - 1].end = regions->list[at].end;
        close_gap(regions, at);
    } else if (below) {
        regions->list[at - 1].end = end;
    } else if (above) {
        regions->list[at].start = start;
    } else {
        if (regions->count == regions->capacity)
            return L4_ERR_LIMIT;
        open_gap(regions, at);
        regions->list[at] =
            (struct region){.start = start, .end = end, .kind = L4_REGION_ANONYMOUS, .access = access};
    }
    return L4_OK;
}

int regions_alloc(struct regions *regions, uint64_t low, uint64_t high, uint64_t bytes, unsigned access,
                  uint64_t *address)
{
    if (bytes == 0)
        return L4_ERR_ARG;
    if (bytes > high - low) // before rounding up, which could overflow
        return L4_ERR_RANGE;
    bytes = l4_page_up(bytes);
    uint32_t at = position_of(regions, low);
    uint64_t start = low;
    for (; at < regions->count && start < high; at++) {
        uint64_t next = regions->list[at].start;
        if (next > start && next - start >= bytes)
            break;
        start = regions->list[at].end;
    }
    if (start >= high || bytes > high - start)
        return L4_ERR_RANGE;
    int error = put_anonymous(regions, at, start, start + bytes, access);
    if (!error)
        *address = start;
    return error;
}

int regions_close(struct regions *regions, uint64_t start, uint64_t end)
{
    if (start >= end || ((start | end) & L4_PAGE_MASK))
        return L4_ERR_ARG;
    struct region *region = regions_find(regions, start);
    if (!region || region->kind != L4_REGION_ANONYMOUS || end > region->end)
        return L4_ERR_RANGE;
    uint32_t at = (uint32_t)(region - regions->list);
    uint64_t low = region->start, high = region->end;
    uint32_t more = (start > low) + (end < high);
    if (more > regions->capacity - regions->count)
        return L4_ERR_LIMIT;
    if (start > low) {
        open_gap(regions, at);
        regions->list[at++].end = start; // the gap holds a copy of the region
    }
    if (end < high) {
        open_gap(regions, at);
        regions->list[at + 1].start = end;
    }
    regions->list[at] = (struct region){.start = start, .end = end, .kind = REGION_CLOSING};
    return L4_OK;
}

int regions_remove(struct regions *regions, uint64_t start, uint64_t end)
{
    struct region *region = regions_find(regions, start);
    if (!region || region->kind != REGION_CLOSING || region->start != start || region->end != end)
        return L4_ERR_RANGE;
    close_gap(regions, (uint32_t)(region - regions->list));
    return L4_OK;
}
