// SPDX-License-Identifier: BSD-2-Clause
// Pages of a task: see pages.h.
#include "pager/pages.h"
#include "pager/memory.h"
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/proto/layout.h>

#define DROP_BATCH 32 // pages between two locks

static uint64_t page_number(uint64_t address)
{
    return address / L4_PAGE_SIZE;
}

// The part of the file that lies in the page at `address`: offset in the page, bytes, where from.
struct part {
    uint64_t offset, bytes;
    const uint8_t *from;
};

static struct part part_of(const struct region *region, uint64_t address)
{
    uint64_t start = region->data_address, end = region->data_address + region->data_size;
    uint64_t low = start > address ? start : address;
    uint64_t high = end < address + L4_PAGE_SIZE ? end : address + L4_PAGE_SIZE;
    if (low >= high)
        return (struct part){0};
    return (struct part){low - address, high - low, region->data + (low - start)};
}

// A whole page of the archive that nobody can write is mapped as it lies there, if it lies on a page
// boundary.
static bool can_share(const struct region *region, const struct part *part)
{
    return !(region->access & L4_WRITE) && part->bytes == L4_PAGE_SIZE &&
           ((uintptr_t)part->from & L4_PAGE_MASK) == 0;
}

int pages_bring(struct task *task, uint64_t address, const struct region *region, uint64_t *source)
{
    uint64_t *entry = pagemap_slot(&task->pages, page_number(address));
    if (!entry)
        return L4_ERR_QUOTA;
    if (!*entry) {
        struct part part = region && region->data_size ? part_of(region, address) : (struct part){0};
        uint64_t frame;
        if (part.bytes && can_share(region, &part)) {
            *entry = ((uint64_t)(uintptr_t)part.from - L4_BOOT_WINDOW) | PAGE_PRESENT | PAGE_SHARED;
        } else {
            int error = task_frame(task, &frame);
            if (error)
                return error;
            memcpy((char *)memory_at(frame) + part.offset, part.from, part.bytes);
            *entry = frame | PAGE_PRESENT;
        }
    }
    *source = (uint64_t)(uintptr_t)memory_at(PAGE_FRAME(*entry));
    return L4_OK;
}

uint64_t pages_source(const struct task *task, uint64_t address)
{
    uint64_t entry = pagemap_get(&task->pages, page_number(address));
    return entry ? (uint64_t)(uintptr_t)memory_at(PAGE_FRAME(entry)) : 0;
}

// Up to DROP_BATCH own pages out of the map; *start moves on. They are not the task's any more and not free
// yet.
static unsigned take_out(struct task *task, uint64_t *start, uint64_t end, uint64_t frames[DROP_BATCH])
{
    unsigned count = 0;
    uint64_t page = page_number(*start), entry;
    while (count < DROP_BATCH && pagemap_next(&task->pages, &page, page_number(end), &entry)) {
        *pagemap_slot(&task->pages, page) = 0; // there is an entry, so no node is made
        if (!(entry & PAGE_SHARED))
            frames[count++] = PAGE_FRAME(entry);
        page++;
    }
    task_uncharge(task, count);
    *start = count < DROP_BATCH ? end : page * L4_PAGE_SIZE;
    return count;
}

// Whatever was mapped from these frames goes, in whichever space it is; rows of frames go in one operation.
static void unmap(const uint64_t *frames, unsigned count)
{
    for (unsigned i = 0; i < count;) {
        unsigned row = 1;
        while (i + row < count && frames[i + row] == frames[i] + row * (uint64_t)L4_PAGE_SIZE)
            row++;
        uint64_t address = (uint64_t)(uintptr_t)memory_at(frames[i]);
        uint64_t bytes = row * (uint64_t)L4_PAGE_SIZE, done = 0;
        for (uint64_t at = 0; at < bytes; at += done) {
            int error = l4_space_unmap(L4_CAP_SPACE, address + at, bytes - at, L4_UNMAP_DERIVED, 0, &done);
            if (error || done == 0)
                l4_abort(
                    "unmap"); // unmapping from the own window cannot fail; going on would reuse live frames
        }
        i += row;
    }
}

void pages_drop(uint64_t id, struct task *dying, uint64_t start, uint64_t end)
{
    uint64_t frames[DROP_BATCH];
    while (start < end) {
        l4_mutex_lock(&books);
        struct task *task = dying ? dying : task_find(id);
        unsigned count = task ? take_out(task, &start, end, frames) : 0;
        l4_mutex_unlock(&books);
        if (!task)
            return; // destroyed meanwhile: that drops everything
        unmap(frames, count);
        l4_mutex_lock(&books);
        for (unsigned i = 0; i < count; i++)
            memory_give_held(frames[i]);
        l4_mutex_unlock(&books);
    }
}

static void give_own(struct task *task, const void *memory)
{
    task_frame_back(task, (uint64_t)(uintptr_t)memory - L4_BOOT_WINDOW);
}

// These frames were mapped nowhere but in the window.
void pages_drop_books(struct task *dying)
{
    struct pagemap_frame *nodes = dying->pages.frames;
    while (nodes) {
        struct pagemap_frame *next = nodes->next;
        give_own(dying, nodes);
        nodes = next;
    }
    struct slots_more *more = dying->slots.more;
    while (more) {
        struct slots_more *next = more->next;
        give_own(dying, more);
        more = next;
    }
}
