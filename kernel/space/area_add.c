/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adding activations, all or nothing: whatever is needed, pages of the index among it, is made first and
 * nobody sees it; then it is put in its place, which cannot fail. Lock: the space's, all the time.
 */
#include "kernel/base/assert.h"
#include "kernel/mem/frame.h"
#include "kernel/space/space_parts.h"

#define COUNT_MAX INDEX_PAGE /* so the index needs at most two more pages, below one directory or two */

struct addition {
    struct space *space;
    uint64_t first;
    uint64_t last;
    void *page[4];           /* directory and page for the first index, the same for the last */
    struct activation *made; /* through link, the lowest index first */
};

static bool page_make(struct addition *add, unsigned i)
{
    struct space *s = add->space;
    paddr_t p;

    if (!quota_charge(&s->quota, PAGE_SIZE))
        return false;
    if (!frame_alloc_zeroed(&p)) {
        quota_refund(&s->quota, PAGE_SIZE);
        return false;
    }
    add->page[i] = phys_window(p);
    return true;
}

static bool pages_make(struct addition *add)
{
    struct space *s = add->space;
    bool two_pages = add->first / INDEX_PAGE != add->last / INDEX_PAGE;
    bool two_dirs = add->first / INDEX_DIR != add->last / INDEX_DIR;

    if (!s->index_dirs[add->first / INDEX_DIR] && !page_make(add, 0))
        return false;
    if (!index_place(s, add->first) && !page_make(add, 1))
        return false;
    if (two_dirs && !s->index_dirs[add->last / INDEX_DIR] && !page_make(add, 2))
        return false;
    return !two_pages || index_place(s, add->last) || page_make(add, 3);
}

static bool activations_make(struct addition *add)
{
    for (uint64_t i = add->last + 1; i > add->first; i--) {
        struct activation *a = activation_alloc(add->space, i - 1);

        if (!a)
            return false;
        a->link = add->made;
        add->made = a;
    }
    return true;
}

static void drop(struct addition *add)
{
    struct activation *next;

    for (struct activation *a = add->made; a; a = next) {
        next = a->link;
        activation_release(a);
    }
    for (unsigned i = 0; i < 4; i++)
        if (add->page[i])
            index_page_free(add->space, add->page[i]);
}

static void pages_link(const struct addition *add)
{
    struct space *s = add->space;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t index = i ? add->last : add->first;
        index_dir_t *dir = &s->index_dirs[index / INDEX_DIR];

        /* release: who finds a page finds it zeroed */
        if (add->page[2 * i])
            atomic_store_explicit(dir, add->page[2 * i], memory_order_release);
        if (add->page[2 * i + 1])
            atomic_store_explicit(*dir + index / INDEX_PAGE % INDEX_PAGE, add->page[2 * i + 1],
                                  memory_order_release);
    }
}

/* Puts what was made in front of POOL's. */
static void activations_link(const struct addition *add, unsigned pool)
{
    struct space *s = add->space;
    uint64_t count = add->last - add->first + 1;
    struct activation *last = add->made;

    for (struct activation *a = add->made; a; a = a->link) {
        a->utcb = s->area.utcb_base + a->index * L4_UTCB_SIZE;
        a->sp0 = s->area.stack_base + (a->index + UINT64_C(1)) * s->area.stride;
        a->stack_limit = a->sp0 - s->area.stride + PAGE_SIZE;
        a->pool = (uint8_t)pool;
        index_set(s, a->index, a);
        last = a;
    }
    last->link = s->pools[pool].absent;
    s->pools[pool].absent = add->made;
    s->pools[pool].total += (uint32_t)count;
    s->activations += (uint32_t)count;
    counter_add(&space_totals.activations, count);
}

static enum l4_error add_locked(struct addition *add, unsigned pool)
{
    struct space *s = add->space;

    if (s->object.dying)
        return L4_ERR_DEAD;
    if (add->first >= s->area.indices || add->last - add->first >= s->area.indices - add->first)
        return L4_ERR_RANGE;
    for (uint64_t i = add->first; i <= add->last; i++)
        if (space_activation(s, i))
            return L4_ERR_EXISTS;
    if (!pages_make(add) || !activations_make(add)) {
        drop(add);
        return L4_ERR_QUOTA;
    }
    /* after this line no error */
    pages_link(add);
    activations_link(add, pool);
    return L4_OK;
}

enum l4_error space_add_activations(struct space *s, uint64_t pool, uint64_t first, uint64_t count)
{
    struct addition add = {.space = s, .first = first, .last = first + count - 1};
    enum l4_error err;

    if (pool >= L4_POOL_COUNT || count == 0 || count > COUNT_MAX)
        return L4_ERR_ARG;
    spin_lock(&s->lock);
    err = add_locked(&add, (unsigned)pool);
    spin_unlock(&s->lock);
    return err;
}
