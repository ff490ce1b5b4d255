/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slabs. The free objects of a frame are a list through their first word; the frame's notes hold its head
 * and the number in use. Frames with free objects are a doubly-linked list through notes.a and notes.b.
 */
#include "kernel/mem/slab.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/mem/fail.h"
#include "kernel/mem/frame.h"

static struct frame *notes_at(uint32_t n)
{
    return frame_of(paddr_of(pfn(n)));
}

static void partial_push(struct slab_cache *c, uint32_t n)
{
    struct frame *f = notes_at(n);

    f->a = c->partial;
    f->b = FRAME_NONE;
    if (c->partial != FRAME_NONE)
        notes_at(c->partial)->b = n;
    c->partial = n;
}

static void partial_remove(struct slab_cache *c, uint32_t n)
{
    struct frame *f = notes_at(n);

    if (f->b != FRAME_NONE)
        notes_at(f->b)->a = f->a;
    else
        c->partial = f->a;
    if (f->a != FRAME_NONE)
        notes_at(f->a)->b = f->b;
}

static bool grow(struct slab_cache *c)
{
    paddr_t p;
    struct frame *f;
    char *page;
    void *head = NULL;

    if (!frame_alloc(&p))
        return false;
    f = frame_of(p);
    f->kind = FRAME_SLAB;
    f->owner = c;
    page = phys_window(p);
    for (uint32_t i = (uint32_t)PAGE_SIZE / c->size; i > 0; i--) {
        void **object = (void **)(page + (size_t)(i - 1) * c->size);

        *object = head;
        head = object;
    }
    f->base = (uint64_t)(uintptr_t)head;
    partial_push(c, (uint32_t)pfn_of(p).v);
    return true;
}

void *slab_alloc(struct slab_cache *c)
{
    struct frame *f;
    void **object = NULL;

    ASSERT(c->size >= 16 && c->size <= PAGE_SIZE && c->size % c->align == 0);
    if (alloc_fails(L4_FAIL_MEMORY))
        return NULL;
    spin_lock(&c->lock);
    if (c->partial != FRAME_NONE || grow(c)) {
        f = notes_at(c->partial);
        object = (void **)(uintptr_t)f->base;
        f->base = (uint64_t)(uintptr_t)*object;
        f->used++;
        counter_add(&c->in_use, 1);
        if (f->base == 0)
            partial_remove(c, c->partial);
    }
    spin_unlock(&c->lock);
    if (object)
        memset(object, 0, c->size);
    return object;
}

void slab_free(struct slab_cache *c, void *object)
{
    paddr_t p = paddr(align_down(phys_of(object).v, PAGE_SIZE));
    struct frame *f = frame_of(p);
    uint32_t n = (uint32_t)pfn_of(p).v;

    ASSERT(f->kind == FRAME_SLAB && f->owner == c);
    spin_lock(&c->lock);
    ASSERT(f->used > 0);
    if (f->base == 0)
        partial_push(c, n);
    *(void **)object = (void *)(uintptr_t)f->base;
    f->base = (uint64_t)(uintptr_t)object;
    counter_add(&c->in_use, UINT64_MAX);
    if (--f->used == 0) {
        partial_remove(c, n);
        frame_free(p);
    }
    spin_unlock(&c->lock);
}
