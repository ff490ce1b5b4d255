/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page pool: a contiguous range taken at boot, its notes in an array before it, and further ranges that
 * were added at run time, whose notes lie in their own first pages. Free frames are a list through the notes;
 * frames that were never given out are not in it: each range hands them out in ascending order, so that
 * adding a range costs the same whatever its size. Lock: pool_lock. The table of ranges is read without it:
 * an entry covers no frame until it is opened and never changes afterwards, and who asks about a frame got it
 * from here after that.
 */
#include "kernel/mem/frame.h"

#include "kernel/arch/bootinfo.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/counter.h"
#include "kernel/base/spinlock.h"
#include "kernel/base/string.h"
#include "kernel/mem/fail.h"

/* The boot range, at least, lies where every machine has RAM and 32-bit code can load a page table. */
#define BOOT_LIMIT (UINT64_C(1) << 32)
#define PFN_LIMIT  (UINT64_C(1) << 32) /* notes keep the numbers of frames in 32 bits */

struct range {
    struct frame *notes; /* notes[i] belongs to frame first + i */
    uint64_t first;
    _Atomic uint64_t count; /* 0 until it is opened */
    uint64_t given;         /* frames from first + given on were never given out */
    uint64_t coming;        /* what count will be */
    struct range *fresh;    /* the next with frames that were never given out */
};

static struct spinlock pool_lock = SPINLOCK_INIT(RANK_FRAME);
static struct range ranges[1 + FRAME_RANGES]; /* the first is the boot range */
static unsigned range_count;
static struct range *_Atomic recent = ranges; /* where a frame was found last */
static struct range *fresh;
static counter_t pool_count; /* changed under the lock, read without it */
static counter_t free_count; /* likewise */
static uint32_t free_head;   /* pfn, FRAME_NONE = empty */

/* With pool_lock held: the frames of R are the pool's from now on. */
static void range_open(struct range *r)
{
    r->fresh = fresh;
    fresh = r;
    counter_add(&pool_count, r->coming);
    counter_add(&free_count, r->coming);
    /* release: who finds that it covers a frame finds where the notes are */
    atomic_store_explicit(&r->count, r->coming, memory_order_release);
}

/* Pages for the notes on N frames. */
static uint64_t pages_of_notes(uint64_t n)
{
    return align_up(n * sizeof(struct frame), PAGE_SIZE) / PAGE_SIZE;
}

INIT void frame_pool_init(npages_t n)
{
    struct frame *notes = phys_window(bootmem_alloc(npages(pages_of_notes(n.v))));
    uint64_t base;

    if (!regions_take(&boot_info.usable, n.v * PAGE_SIZE, PAGE_SIZE, BOOT_LIMIT, &base))
        PANIC("no contiguous memory for the page pool");
    ranges[0] = (struct range){.notes = notes, .first = pfn_of(paddr(base)).v, .coming = n.v};
    range_count = 1;
    range_open(&ranges[0]);
}

bool frame_range_add(paddr_t base, npages_t n, unsigned *out)
{
    bool room;

    ASSERT(n.v >= FRAME_RANGE_LEAST);
    spin_lock(&pool_lock);
    room = range_count <= FRAME_RANGES && pfn_of(base).v + n.v <= PFN_LIMIT;
    if (room) {
        ranges[range_count].notes = phys_window(base);
        ranges[range_count].first = pfn_of(base).v + pages_of_notes(n.v);
        ranges[range_count].coming = n.v - pages_of_notes(n.v);
        *out = range_count++;
    }
    spin_unlock(&pool_lock);
    return room;
}

npages_t frame_range_size(unsigned range)
{
    ASSERT(range <= FRAME_RANGES);
    return npages(ranges[range].coming);
}

void frame_range_open(unsigned range)
{
    spin_lock(&pool_lock);
    ASSERT(range < range_count && ranges[range].count == 0);
    range_open(&ranges[range]);
    spin_unlock(&pool_lock);
}

static bool covers(struct range *r, paddr_t p)
{
    /* acquire: pairs with range_open */
    return pfn_of(p).v - r->first < atomic_load_explicit(&r->count, memory_order_acquire);
}

static struct range *range_of(paddr_t p)
{
    /* relaxed: a guess, which is checked. Mostly one frame lies where the one before did. */
    struct range *r = atomic_load_explicit(&recent, memory_order_relaxed);

    if (covers(r, p))
        return r;
    for (r = ranges; r <= ranges + FRAME_RANGES; r++) {
        if (covers(r, p)) {
            atomic_store_explicit(&recent, r, memory_order_relaxed);
            return r;
        }
    }
    return NULL;
}

bool frame_is_pool(paddr_t p)
{
    return range_of(p) != NULL;
}

struct frame *frame_of(paddr_t p)
{
    struct range *r = range_of(p);

    ASSERT(r != NULL);
    return &r->notes[pfn_of(p).v - r->first];
}

/* With pool_lock held: a frame from the list, or one that was never given out. */
static bool take(paddr_t *out)
{
    if (free_head != FRAME_NONE) {
        *out = paddr_of(pfn(free_head));
        ASSERT(frame_of(*out)->kind == FRAME_FREE);
        free_head = frame_of(*out)->a;
        return true;
    }
    if (!fresh)
        return false;
    *out = paddr_of(pfn(fresh->first + fresh->given));
    if (++fresh->given == fresh->coming)
        fresh = fresh->fresh;
    return true;
}

bool frame_alloc(paddr_t *out)
{
    bool taken;

    if (alloc_fails(L4_FAIL_MEMORY))
        return false;
    spin_lock(&pool_lock);
    taken = take(out);
    counter_add(&free_count, taken ? UINT64_MAX : 0);
    spin_unlock(&pool_lock);
    if (taken)
        *frame_of(*out) = (struct frame){.kind = FRAME_PLAIN};
    return taken;
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
    return npages(counter_get(&pool_count));
}

npages_t frame_pool_free(void)
{
    return npages(counter_get(&free_count));
}
