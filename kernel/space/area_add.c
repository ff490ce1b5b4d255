/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adding activations, all or nothing: whatever is needed, pages of the index among it, is made first and
 * belongs to nobody; then it is put in its place, which cannot fail.
 */
#include "kernel/mem/frame.h"
#include "kernel/space/area_parts.h"

#define COUNT_MAX AREA_PAGE /* so the index needs at most two more pages, below one directory or two */

struct addition {
    struct space *space;
    uint64_t first;
    uint64_t last;
    void *page[4];           /* directory and page for the first index, the same for the last */
    struct activation *made; /* through link */
};

/* A zeroed page of pointers, charged to the space. */
static void *index_page(struct space *s)
{
    paddr_t p;

    if (!quota_charge(&s->quota, PAGE_SIZE))
        return NULL;
    if (frame_alloc_zeroed(&p))
        return phys_window(p);
    quota_refund(&s->quota, PAGE_SIZE);
    return NULL;
}

static bool page_make(struct addition *add, unsigned i)
{
    add->page[i] = index_page(add->space);
    return add->page[i] != NULL;
}

static bool pages_make(struct addition *add)
{
    struct activation ****dirs = add->space->index_dirs;
    bool two_pages = add->first / AREA_PAGE != add->last / AREA_PAGE;
    bool two_dirs = add->first / AREA_DIR != add->last / AREA_DIR;

    if (!dirs[add->first / AREA_DIR] && !page_make(add, 0))
        return false;
    if (!area_place(add->space, add->first) && !page_make(add, 1))
        return false;
    if (two_dirs && !dirs[add->last / AREA_DIR] && !page_make(add, 2))
        return false;
    return !two_pages || area_place(add->space, add->last) || page_make(add, 3);
}

static bool activations_make(struct addition *add)
{
    for (uint64_t i = add->first; i <= add->last; i++) {
        struct activation *a = area_activation(add->space);

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
        area_activation_drop(a);
    }
    for (unsigned i = 0; i < 4; i++) {
        if (!add->page[i])
            continue;
        frame_free(phys_of(add->page[i]));
        quota_refund(&add->space->quota, PAGE_SIZE);
    }
}

static void pages_link(const struct addition *add)
{
    struct activation ****dirs = add->space->index_dirs;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t index = i ? add->last : add->first;

        if (add->page[2 * i])
            dirs[index / AREA_DIR] = add->page[2 * i];
        if (add->page[2 * i + 1])
            dirs[index / AREA_DIR][index / AREA_PAGE % AREA_PAGE] = add->page[2 * i + 1];
    }
}

static void activation_link(struct space *s, struct activation *a, unsigned pool, uint64_t index)
{
    a->index = (uint32_t)index;
    a->utcb = s->area.utcb_base + index * L4_UTCB_SIZE;
    a->sp0 = s->area.stack_base + (index + 1) * s->area.stride;
    a->stack_limit = a->sp0 - s->area.stride + PAGE_SIZE;
    a->cr3 = s->vs.root[0].v;
    a->caps = s->caps.hot;
    a->pool = (uint8_t)pool;
    list_init(&a->in_space);
    a->link = s->pools[pool].absent;
    s->pools[pool].absent = a;
    s->pools[pool].total++;
    s->activations++;
    space_totals.activations++;
    *area_place(s, index) = a;
}

enum l4_error space_add_activations(struct space *s, uint64_t pool, uint64_t first, uint64_t count)
{
    struct addition add = {.space = s, .first = first, .last = first + count - 1};

    if (pool >= L4_POOL_COUNT || count == 0 || count > COUNT_MAX)
        return L4_ERR_ARG;
    if (first >= s->area.indices || count > s->area.indices - first)
        return L4_ERR_RANGE;
    for (uint64_t i = first; i < first + count; i++)
        if (space_activation(s, i))
            return L4_ERR_EXISTS;
    if (!pages_make(&add) || !activations_make(&add)) {
        drop(&add);
        return L4_ERR_QUOTA;
    }
    /* after this line no error; the lowest index comes to lie on top */
    pages_link(&add);
    for (uint64_t i = add.last + 1; i > first; i--) {
        struct activation *a = add.made;

        add.made = a->link;
        activation_link(s, a, (unsigned)pool, i - 1);
    }
    return L4_OK;
}
