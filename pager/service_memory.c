// SPDX-License-Identifier: BSD-2-Clause
// Requests about memory: anonymous memory, the boot archive, what lies where.
#include "pager/create.h"
#include "pager/memory.h"
#include "pager/pages.h"
#include "pager/service.h"
#include <l4/abi/item.h>
#include <l4/proto/layout.h>

int service_alloc(struct request *r)
{
    uint64_t bytes = r->m->w[0], address = 0;
    l4_mutex_lock(&books);
    struct task *task = task_find(r->caller);
    int error =
        task ? regions_alloc(&task->regions, L4_ANON_BASE, L4_ANON_END, bytes, L4_READ | L4_WRITE, &address)
             : L4_ERR_DEAD;
    l4_mutex_unlock(&books);
    r->m->w[0] = address;
    return error;
}

static int close_region(uint64_t id, uint64_t start, uint64_t end)
{
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    int error = task ? regions_close(&task->regions, start, end) : L4_ERR_DEAD;
    l4_mutex_unlock(&books);
    return error;
}

static int remove_region(uint64_t id, uint64_t start, uint64_t end)
{
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    int error = task ? regions_remove(&task->regions, start, end) : L4_ERR_DEAD;
    l4_mutex_unlock(&books);
    return error;
}

// First nothing can be touched there any more, then the pages go, and only then the addresses can be
// allocated again: another thread of the task that got them earlier would find old pages, or lose new ones.
int service_free(struct request *r)
{
    uint64_t start = r->m->w[0], bytes = r->m->w[1];
    if (bytes > L4_ANON_END - L4_ANON_BASE || start < L4_ANON_BASE || start > L4_ANON_END)
        return L4_ERR_RANGE;
    uint64_t end = start + l4_page_up(bytes);
    int error = close_region(r->caller, start, end);
    if (error)
        return error;
    pages_drop(r->caller, NULL, start, end);
    return remove_region(r->caller, start, end);
}

// The archive appears at the same offset within 2 MiB as it lies in memory, so that large pieces can be
// mapped.
int service_attach(struct request *r)
{
    uint64_t bytes;
    const uint8_t *base = create_archive(&bytes);
    uint64_t offset = (uint64_t)(uintptr_t)base & 0x1fffff;
    uint64_t address = L4_ARCHIVE_BASE + offset;
    struct region region = {
        .start = l4_page_down(address),
        .end = l4_page_up(address + bytes),
        .data_address = address,
        .data_size = bytes,
        .data = base,
        .kind = L4_REGION_ARCHIVE,
        .access = L4_READ,
    };
    if (!(r->m->handle & L4_BADGE_ARCHIVE))
        return L4_ERR_RIGHTS;
    l4_mutex_lock(&books);
    struct task *task = task_find(r->caller);
    int error = task ? regions_insert(&task->regions, &region) : L4_ERR_DEAD;
    l4_mutex_unlock(&books);
    if (error == L4_ERR_EXISTS) // attached already: the same place
        error = L4_OK;
    r->m->w[0] = address;
    r->m->w[1] = bytes;
    return error;
}

int service_indices(struct request *r)
{
    uint64_t pool = r->m->w[0], count = r->m->w[1];
    if (pool == L4_POOL_HOME || pool >= L4_POOL_COUNT || count == 0 || count > L4_TASK_INDICES)
        return L4_ERR_ARG;
    return task_indices(r->caller, NULL, (unsigned)pool, (unsigned)count);
}

static bool describe_area(const struct task *task, uint64_t address, uint64_t out[static 4])
{
    struct stack_place place;
    uint32_t first;
    enum stack_touch touch = areas_stack(&task->areas, address, &place);
    if (touch != STACK_ELSEWHERE && slots_is_out(&task->slots, place.index)) {
        bool guard = touch == STACK_OVERFLOW;
        out[0] = guard ? L4_REGION_GUARD : L4_REGION_STACK;
        out[1] = guard ? place.limit - L4_PAGE_SIZE : place.limit;
        out[2] = guard ? place.limit : place.top;
        out[3] = guard ? 0 : L4_READ | L4_WRITE;
        return true;
    }
    if (areas_utcb(&task->areas, address, &first) && slots_of_page(&task->slots, first / SLOTS_PER_PAGE)) {
        out[0] = L4_REGION_UTCB;
        out[1] = areas_utcb_page(&task->areas, first);
        out[2] = out[1] + L4_PAGE_SIZE;
        out[3] = L4_READ | L4_WRITE;
        return true;
    }
    return false;
}

void service_describe(const struct task *task, uint64_t address, uint64_t out[static 4])
{
    const struct region *region = regions_find(&task->regions, address);
    if (describe_area(task, address, out))
        return;
    if (region && region->kind == REGION_CLOSING)
        region = NULL;
    out[0] = region ? region->kind : L4_REGION_NONE;
    out[1] = region ? region->start : 0;
    out[2] = region ? region->end : 0;
    out[3] = region ? region->access : 0;
}
