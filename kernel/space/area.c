/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Activation areas: indices, pools, residency. Index i means UTCB utcb_base + i * 1024 and a stack that ends
 * at stack_base + (i + 1) * stride, of which the lowest page is never mapped.
 *
 * Residency follows the page tables: the watcher below is told of every page that comes or goes in the two
 * areas, and takes the kernel's UTCB address away before the page can be given to somebody else.
 */
#include "kernel/arch/bootinfo.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/slab.h"
#include "kernel/space/area_parts.h"

static struct slab_cache activation_cache = SLAB_CACHE("activation", sizeof(struct activation), 128);

static bool range_ok(uint64_t base, uint64_t bytes)
{
    return is_aligned(base, PAGE_SIZE) && base >= PAGE_SIZE && bytes <= L4_USER_END &&
           base <= L4_USER_END - bytes;
}

static bool disjoint(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a + a_bytes <= b || b + b_bytes <= a;
}

static uint64_t utcb_bytes(const struct area *a)
{
    return align_up(a->indices * L4_UTCB_SIZE, PAGE_SIZE);
}

static void area_watch(struct vspace *vs, uint64_t va, bool present, bool was_present)
{
    struct space *s = CONTAINER_OF(vs, struct space, vs);
    uint64_t delta = (uint64_t)present - (uint64_t)was_present;
    uint64_t index;

    if (va - s->area.utcb_base >= utcb_bytes(&s->area)) {
        if (va - s->area.stack_base < s->area.indices * s->area.stride) {
            s->stack_pages += delta;
            space_totals.stack_pages += delta;
        }
        return;
    }
    s->utcb_pages += delta;
    space_totals.utcb_pages += delta;
    /* whatever changed, the four records look again before they are used */
    index = (va - s->area.utcb_base) / L4_UTCB_SIZE;
    for (unsigned i = 0; i < L4_UTCB_PER_PAGE; i++) {
        struct activation *a = space_activation(s, index + i);

        if (a)
            a->kutcb = NULL;
    }
}

/* The watcher counts what comes and goes: nothing may be there before it looks. */
static bool range_empty(struct space *s, uint64_t at, uint64_t bytes)
{
    return vspace_next(&s->vs, at, at + bytes) == at + bytes;
}

enum l4_error space_set_area(struct space *s, const struct area *a)
{
    uint64_t stacks;
    uint64_t window_bytes;
    uint64_t slots;

    if (s->area.indices)
        return L4_ERR_STATE;
    if (a->indices == 0 || a->indices > L4_INDEX_COUNT)
        return L4_ERR_RANGE;
    if (!is_aligned(a->stride, PAGE_SIZE) || a->stride < L4_STRIDE_MIN || a->stride > (UINT64_C(1) << 30))
        return L4_ERR_ALIGN;
    stacks = a->indices * a->stride;
    if (!range_ok(a->utcb_base, utcb_bytes(a)) || !range_ok(a->stack_base, stacks))
        return L4_ERR_RANGE;
    if (!disjoint(a->utcb_base, utcb_bytes(a), a->stack_base, stacks))
        return L4_ERR_RANGE;
    if (!is_aligned(a->window_bytes, PAGE_SIZE) || a->window_bytes > (UINT64_C(1) << 26))
        return L4_ERR_ALIGN;
    window_bytes = a->indices * a->window_bytes;
    if (a->window_bytes && !range_ok(a->window_base, window_bytes))
        return L4_ERR_RANGE;
    if (!disjoint(a->window_base, window_bytes, a->utcb_base, utcb_bytes(a)) ||
        !disjoint(a->window_base, window_bytes, a->stack_base, stacks))
        return L4_ERR_RANGE;
    if (a->slots_each > 16 || a->slot_first >= L4_SLOT_COUNT || (a->slots_each && a->slot_first == 0))
        return L4_ERR_RANGE;
    if (!range_empty(s, a->utcb_base, utcb_bytes(a)) || !range_empty(s, a->stack_base, stacks))
        return L4_ERR_EXISTS;
    slots = a->slot_first + a->indices * a->slots_each;
    cap_table_reserve_window(&s->caps, (uint32_t)a->slot_first,
                             (uint32_t)(slots < L4_SLOT_COUNT ? slots : L4_SLOT_COUNT));
    s->area = *a;
    s->vs.watch = area_watch;
    /* one range for both areas; what lies between them is told apart in the watcher */
    s->vs.watch_begin = a->utcb_base < a->stack_base ? a->utcb_base : a->stack_base;
    s->vs.watch_end = a->utcb_base < a->stack_base ? a->stack_base + stacks : a->utcb_base + utcb_bytes(a);
    return L4_OK;
}

struct activation **area_place(struct space *s, uint64_t index)
{
    struct activation ***dir = s->index_dirs[index / AREA_DIR];
    struct activation **page = dir ? dir[index / AREA_PAGE % AREA_PAGE] : NULL;

    return page ? page + index % AREA_PAGE : NULL;
}

struct activation *space_activation(struct space *s, uint64_t index)
{
    struct activation **place;

    if (index >= s->area.indices)
        return NULL;
    place = area_place(s, index);
    return place ? *place : NULL;
}

struct activation *area_activation(struct space *s)
{
    struct activation *a;

    if (!quota_charge(&s->quota, sizeof(*a)))
        return NULL;
    a = slab_alloc(&activation_cache);
    if (a)
        a->space = s;
    else
        quota_refund(&s->quota, sizeof(*a));
    return a;
}

void area_activation_drop(struct activation *a)
{
    quota_refund(&a->space->quota, sizeof(*a));
    slab_free(&activation_cache, a);
}

static void activation_free(struct activation *a)
{
    struct space *s = a->space;

    *area_place(s, a->index) = NULL;
    s->pools[a->pool].total--;
    s->activations--;
    space_totals.activations--;
    area_activation_drop(a);
}

static struct activation *pop(struct activation **list)
{
    struct activation *a = *list;

    if (a)
        *list = a->link;
    return a;
}

struct activation *pool_take(struct space *s, unsigned pool, struct thread *t)
{
    struct pool *p = &s->pools[pool];
    struct activation *a = pop(&p->resident);

    if (!a)
        a = pop(&p->absent);
    if (!a)
        return NULL;
    p->in_use++;
    a->thread = t;
    a->link = NULL;
    a->partner = NULL;
    a->via = NULL;
    a->pull = NULL;
    a->frame = FRAME_OPEN;
    a->full = 0;
    a->flags = 0;
    a->pending = 0;
    memset(a->regs, 0, sizeof(a->regs));
    list_add_tail(&s->active, &a->in_space);
    return a;
}

struct activation *activation_make_unnumbered(struct space *s, struct thread *t)
{
    struct activation *a = area_activation(s);

    if (!a)
        return NULL;
    a->index = ACT_NO_INDEX;
    a->cr3 = s->vs.root[0].v;
    a->caps = s->caps.hot;
    a->thread = t;
    list_init(&a->in_space);
    list_add_tail(&s->active, &a->in_space);
    return a;
}

void pool_return(struct activation *a)
{
    struct pool *p = &a->space->pools[a->pool];
    struct activation **list = a->kutcb ? &p->resident : &p->absent;

    list_remove(&a->in_space);
    if (a->index == ACT_NO_INDEX) {
        area_activation_drop(a);
        return;
    }
    ASSERT(a->thread != NULL && p->in_use > 0);
    a->thread = NULL;
    a->via = NULL;
    a->frame = FRAME_OPEN;
    a->link = *list;
    *list = a;
    p->in_use--;
}

bool activation_make_resident(struct activation *a)
{
    struct space *s = a->space;
    struct leaf leaf;
    paddr_t page;

    if (a->kutcb)
        return true;
    if (a->index == ACT_NO_INDEX || !vspace_find(&s->vs, a->utcb, &leaf))
        return false;
    /* writable write-back RAM in a page of its own size, which no other space's pager can take unnoticed */
    if (leaf.level != 1 || !(pte_rights(*leaf.pte) & 2) || pte_cache(*leaf.pte, 1) != 0 ||
        pte_is_device(*leaf.pte))
        return false;
    page = pte_address(*leaf.pte);
    a->kutcb = (struct l4_utcb *)((char *)phys_window(page) + (a->utcb & (PAGE_SIZE - 1)));
    a->kutcb->index = a->index;
    a->kutcb->stack_top = a->sp0;
    a->kutcb->stack_limit = a->stack_limit;
    return true;
}

void space_free_activations(struct space *s)
{
    for (unsigned pool = 0; pool < L4_POOL_COUNT; pool++) {
        struct pool *p = &s->pools[pool];
        struct activation *a;

        ASSERT(p->in_use == 0);
        while ((a = pop(&p->resident)) != NULL || (a = pop(&p->absent)) != NULL)
            activation_free(a);
    }
    for (unsigned d = 0; d < INDEX_DIRS; d++) {
        for (unsigned i = 0; s->index_dirs[d] && i < 512; i++) {
            if (s->index_dirs[d][i]) {
                frame_free(phys_of(s->index_dirs[d][i]));
                quota_refund(&s->quota, PAGE_SIZE);
            }
        }
        if (s->index_dirs[d]) {
            frame_free(phys_of(s->index_dirs[d]));
            quota_refund(&s->quota, PAGE_SIZE);
            s->index_dirs[d] = NULL;
        }
    }
}
