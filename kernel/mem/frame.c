/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page pool: one contiguous range taken at boot, its notes in an array before it, free frames in a list
 * through the notes. Frames added at run time become further ranges.
 */
#include "kernel/mem/frame.h"

#include "kernel/arch/bootinfo.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/counter.h"
#include "kernel/base/spinlock.h"
#include "kernel/base/string.h"

#define POOL_LIMIT (UINT64_C(1) << 32) /* below 4 GiB, where every machine has RAM */

static struct spinlock pool_lock = SPINLOCK_INIT(RANK_FRAME);
static struct frame *notes; /* notes[i] belongs to frame first + i */
static uint64_t first;
static uint64_t count;
static counter_t free_count; /* changed under the lock, read without it */
static uint32_t free_head;   /* pfn, FRAME_NONE = empty */

INIT void frame_pool_init(npages_t n)
{
    npages_t note_pages = npages(align_up(n.v * sizeof(struct frame), PAGE_SIZE) / PAGE_SIZE);

    uint64_t base;

    notes = phys_window(bootmem_alloc(note_pages));
    if (!regions_take(&boot_info.usable, n.v * PAGE_SIZE, PAGE_SIZE, POOL_LIMIT, &base))
        PANIC("no contiguous memory for the page pool");
    first = pfn_of(paddr(base)).v;
    count = n.v;
    for (uint64_t i = count; i > 0; i--) {
        notes[i - 1].kind = FRAME_FREE;
        notes[i - 1].a = free_head;
        free_head = (uint32_t)(first + i - 1);
    }
    counter_add(&free_count, count);
}

bool frame_is_pool(paddr_t p)
{
    return pfn_of(p).v - first < count;
}

struct frame *frame_of(paddr_t p)
{
    ASSERT(frame_is_pool(p));
    return &notes[pfn_of(p).v - first];
}

bool frame_alloc(paddr_t *out)
{
    struct frame *f;

    spin_lock(&pool_lock);
    if (free_head == FRAME_NONE) {
        spin_unlock(&pool_lock);
        return false;
    }
    *out = paddr_of(pfn(free_head));
    f = frame_of(*out);
    ASSERT(f->kind == FRAME_FREE);
    f->kind = FRAME_PLAIN;
    free_head = f->a;
    counter_add(&free_count, UINT64_MAX);
    spin_unlock(&pool_lock);
    *f = (struct frame){.kind = FRAME_PLAIN};
    return true;
}

bool frame_alloc_zeroed(paddr_t *out)
{
    if (!frame_alloc(out))
        return false;
    memset(phys_window(*out), 0, PAGE_SIZE);
    return true;
}

void frame_free(paddr_t p)
{
    struct frame *f = frame_of(p);

    ASSERT(f->kind != FRAME_FREE);
    spin_lock(&pool_lock);
    f->kind = FRAME_FREE;
    f->a = free_head;
    free_head = (uint32_t)pfn_of(p).v;
    counter_add(&free_count, 1);
    spin_unlock(&pool_lock);
}

npages_t frame_pool_size(void)
{
    return npages(count);
}

npages_t frame_pool_free(void)
{
    return npages(counter_get(&free_count));
}
