/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Activation areas and indices. Index i means UTCB utcb_base + i * 1024 and a stack that ends at
 * stack_base + (i + 1) * stride, of which the lowest page is never mapped.
 *
 * Residency follows the page tables: the watcher below is told of every page that comes or goes in the two
 * areas, and takes the kernel's UTCB address away before the page can be given to somebody else. It runs
 * under map_lock, as does whoever notes such an address, and finds activations by index without the space's
 * lock: they and the pages of the index come complete and stay until the space has no memory any more.
 */
#include "kernel/base/assert.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/frame.h"
#include "kernel/space/space_parts.h"

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

/* Pages of [VA, VA + BYTES) in [BASE, END). */
static uint64_t pages_in(uint64_t va, uint64_t bytes, uint64_t base, uint64_t end)
{
    uint64_t from = va > base ? va : base;
    uint64_t to = va + bytes < end ? va + bytes : end;

    return to > from ? (to - from) / PAGE_SIZE : 0;
}

/* Whoever waits on A for callers looks at its page again. */
static void receiver_look(const struct activation *a)
{
    struct thread *t = QUIRE_FASTPATH ? activation_thread(a) : NULL;

    if (t)
        mail_post(&t->object.mail, thread_custody(t), MAIL_CHECK);
}

static void area_watch(struct vspace *vs, uint64_t va, uint64_t bytes, bool present, bool was_present)
{
    struct space *s = CONTAINER_OF(vs, struct space, vs);
    const struct area *area = &s->area;
    uint64_t delta = (uint64_t)present - (uint64_t)was_present;
    uint64_t utcbs = pages_in(va, bytes, area->utcb_base, area->utcb_base + utcb_bytes(area));
    uint64_t stacks =
        delta * pages_in(va, bytes, area->stack_base, area->stack_base + area->indices * area->stride);
    uint64_t index;

    s->stack_pages += stacks;
    counter_add(&space_totals.stack_pages, stacks);
    s->utcb_pages += delta * utcbs;
    counter_add(&space_totals.utcb_pages, delta * utcbs);
    if (utcbs != 1)
        return; /* no record was resident in a large page */
    /* whatever changed, the four records look again before they are used */
    index = (va - s->area.utcb_base) / L4_UTCB_SIZE;
    for (unsigned i = 0; i < L4_UTCB_PER_PAGE; i++) {
        struct activation *a = space_activation(s, index + i);

        if (a && a->kutcb) {
            a->kutcb = NULL;
            /* seq_cst: after the round nobody has come in at the old cost, and nobody sets it anew: see
             * activation_arm. A receiver leaves its record before that: */
            atomic_store_explicit(&a->cost, COST_UNUSABLE, memory_order_seq_cst);
            receiver_look(a);
            map_flush_all();
        }
    }
}

/* What is wrong with A, whatever the space. */
static enum l4_error area_check(const struct area *a)
{
    uint64_t stacks;
    uint64_t window_bytes;

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
    return L4_OK;
}

static enum l4_error area_install(struct space *s, const struct area *a)
{
    const struct vspace_range ranges[] = {
        {a->utcb_base, a->utcb_base + utcb_bytes(a)},
        {a->stack_base, a->stack_base + a->indices * a->stride},
    };
    uint64_t slots = a->slot_first + a->indices * a->slots_each;

    if (s->object.dying)
        return L4_ERR_DEAD;
    if (s->area.indices)
        return L4_ERR_STATE;
    /* what lies between the two is told apart in the watcher, which looks at the area only once it is set
     * here */
    s->area = *a;
    if (!vspace_watch_set(&s->vs, ranges, 2, area_watch)) {
        s->area = (struct area){0};
        return L4_ERR_EXISTS;
    }
    cap_table_reserve_window(&s->caps, (uint32_t)a->slot_first,
                             (uint32_t)(slots < L4_SLOT_COUNT ? slots : L4_SLOT_COUNT));
    return L4_OK;
}

enum l4_error space_set_area(struct space *s, const struct area *a)
{
    enum l4_error err = s->area.indices ? L4_ERR_STATE : area_check(a);

    if (err != L4_OK)
        return err;
    spin_lock(&s->lock);
    err = area_install(s, a);
    spin_unlock(&s->lock);
    return err;
}

void index_page_free(struct space *s, void *page)
{
    frame_free(phys_of(page));
    quota_refund(&s->quota, PAGE_SIZE);
}

index_entry *index_place(struct space *s, uint64_t index)
{
    /* acquire: pairs with the releases of area_add.c */
    index_page_t *dir = atomic_load_explicit(&s->index_dirs[index / INDEX_DIR], memory_order_acquire);
    index_entry *page =
        dir ? atomic_load_explicit(dir + index / INDEX_PAGE % INDEX_PAGE, memory_order_acquire) : NULL;

    return page ? page + index % INDEX_PAGE : NULL;
}

void index_set(struct space *s, uint64_t index, struct activation *a)
{
    /* release: who finds the activation finds it complete */
    atomic_store_explicit(index_place(s, index), a, memory_order_release);
}

struct activation *space_activation(struct space *s, uint64_t index)
{
    index_entry *place;

    if (index >= s->area.indices)
        return NULL;
    place = index_place(s, index);
    /* acquire: pairs with index_set */
    return place ? atomic_load_explicit(place, memory_order_acquire) : NULL;
}

bool index_free_step(struct space *s, unsigned *budget)
{
    for (unsigned d = 0; d < INDEX_DIRS; d++) {
        index_page_t *dir = s->index_dirs[d];

        for (unsigned i = 0; dir && i < INDEX_PAGE; i++) {
            if (!dir[i])
                continue;
            if (*budget == 0)
                return false;
            --*budget;
            index_page_free(s, dir[i]);
            dir[i] = NULL;
        }
        if (dir)
            index_page_free(s, dir);
        s->index_dirs[d] = NULL;
    }
    return true;
}
