// SPDX-License-Identifier: BSD-2-Clause
// Frames of the machine: see memory.h. State: the bitmap (in frames of the first region large enough), the
// pool, and one frame at most that the refilling thread has in hand. A frame that comes back is dirty; it is
// zeroed before it leaves again, whichever way it goes.
#include "pager/memory.h"
#include "pager/frames.h"
#include "pager/zeroed.h"
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/string.h>

#define WAKE_REFILL 1ull // bit of the refilling thread's pending word

struct l4_mutex books = L4_MUTEX_INIT;

static struct frames frames;
static struct zeroed zeroed;
static uint64_t total;        // frames the pager has
static uint64_t held;         // on their way back
static uint64_t in_hand;      // taken by the refilling thread
static uint64_t refill_index; // its activation, once it runs
static bool refill_asleep;    //   and whether it waits to be woken

static uint64_t number_of(uint64_t frame)
{
    return frame / L4_PAGE_SIZE;
}

// Frames from the lowest to the highest that is free, holes among them.
static bool span_of(const struct l4_boot_info *info, uint64_t *first, uint64_t *end)
{
    *first = ~0ull;
    *end = 0;
    for (uint64_t i = 0; i < info->regions && i < L4_BOOT_REGIONS; i++) {
        const struct l4_boot_region *region = &info->region[i];
        if (region->kind != L4_MEM_FREE || region->size == 0)
            continue;
        if (number_of(region->base) < *first)
            *first = number_of(region->base);
        if (number_of(region->base + region->size) > *end)
            *end = number_of(region->base + region->size);
    }
    return *first < *end;
}

// A free region with room for the bitmap, which goes to its start.
static const struct l4_boot_region *region_with(const struct l4_boot_info *info, uint64_t bytes)
{
    for (uint64_t i = 0; i < info->regions && i < L4_BOOT_REGIONS; i++) {
        if (info->region[i].kind == L4_MEM_FREE && info->region[i].size >= bytes)
            return &info->region[i];
    }
    return NULL;
}

int memory_init(const struct l4_boot_info *info)
{
    uint64_t first, end;
    if (!span_of(info, &first, &end))
        return L4_ERR_RANGE;
    uint64_t bytes = l4_page_up(frames_storage(end - first));
    const struct l4_boot_region *home = region_with(info, bytes);
    if (!home)
        return L4_ERR_RANGE;
    memset(memory_at(home->base), 0, bytes);
    frames_init(&frames, memory_at(home->base), first, end - first);
    for (uint64_t i = 0; i < info->regions && i < L4_BOOT_REGIONS; i++) {
        const struct l4_boot_region *region = &info->region[i];
        uint64_t skip = region == home ? bytes : 0;
        if (region->kind != L4_MEM_FREE || region->size <= skip)
            continue;
        if (!frames_add(&frames, number_of(region->base + skip), (region->size - skip) / L4_PAGE_SIZE))
            return L4_ERR_RANGE;
    }
    total = frames.free;
    return L4_OK;
}

// Called with the books locked; the wake-up is one bit in a word, it calls nobody.
static void wake_refill(void)
{
    if (!refill_asleep || !zeroed_low(&zeroed))
        return;
    refill_asleep = false;
    if (l4_pending_wake(refill_index, WAKE_REFILL))
        l4_abort("refill-wake"); // the thread is the pager's own and does not end
}

bool memory_take(uint64_t *frame)
{
    uint64_t number;
    bool from_pool = zeroed_take(&zeroed, &number);
    wake_refill();
    if (!from_pool) {
        if (!frames_take(&frames, &number))
            return false;
        memset(memory_at(number * L4_PAGE_SIZE), 0, L4_PAGE_SIZE);
    }
    *frame = number * L4_PAGE_SIZE;
    return true;
}

void memory_give(uint64_t frame)
{
    if (!frames_give(&frames, number_of(frame)))
        l4_abort("frame-twice"); // our own books are wrong: going on would give a frame to two tasks
}

bool memory_part_with(uint64_t bytes, uint64_t align, uint64_t spare_frames, uint64_t *address)
{
    uint64_t count = bytes / L4_PAGE_SIZE, first;
    if (count > spare_frames || !frames_take_row(&frames, count, align / L4_PAGE_SIZE, &first))
        return false;
    total -= count;
    *address = first * L4_PAGE_SIZE;
    return true;
}

void memory_take_over(uint64_t address, uint64_t bytes)
{
    if (!frames_add(&frames, number_of(address), bytes / L4_PAGE_SIZE))
        l4_abort("frames-twice"); // our own books are wrong
    total += bytes / L4_PAGE_SIZE;
}

void memory_hold(uint64_t count)
{
    held += count;
}

void memory_give_held(uint64_t frame)
{
    held--;
    memory_give(frame);
}

struct memory_counts memory_counts(void)
{
    return (struct memory_counts){
        .frames = total,
        .free = frames.free + zeroed.count + in_hand,
        .held = held,
        .zeroed = zeroed.count,
        .hits = zeroed.hits,
        .misses = zeroed.misses,
    };
}

// A frame to be zeroed; false: pool full or memory short, and the thread is noted as asleep.
static bool next_to_zero(uint64_t *number)
{
    l4_mutex_lock(&books);
    bool taken = !zeroed_full(&zeroed) && frames_take(&frames, number);
    in_hand = taken;
    refill_asleep = !taken;
    l4_mutex_unlock(&books);
    return taken;
}

void memory_refill(void)
{
    refill_index = l4_utcb()->index;
    for (;;) {
        uint64_t number, bits;
        while (next_to_zero(&number)) {
            memset(memory_at(number * L4_PAGE_SIZE), 0, L4_PAGE_SIZE); // without the lock
            l4_mutex_lock(&books);
            if (!zeroed_put(&zeroed, number))
                l4_abort("zeroed-full"); // nobody else puts any in
            in_hand = 0;
            l4_mutex_unlock(&books);
        }
        if (l4_pending_wait(WAKE_REFILL, L4_DEADLINE_NEVER, &bits))
            l4_abort("refill-wait");
    }
}
