/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces: creation and the end. What lies in a space is freed by its own module before space_free.
 */
#include "kernel/space/space.h"

#include "kernel/base/assert.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/slab.h"

static struct slab_cache space_cache = SLAB_CACHE("space", (sizeof(struct space) + 63) / 64 * 64, 64);

struct spinlock tree_lock = SPINLOCK_INIT(RANK_TREE);
struct space_totals space_totals;
struct space *space_first;

static void space_lists_init(struct space *s)
{
    object_init(&s->object, L4_KIND_SPACE);
    list_init(&s->funded);
    list_init(&s->sibling);
    list_init(&s->threads);
    list_init(&s->gates);
    list_init(&s->events);
    list_init(&s->active);
    list_init(&s->in_supervisor);
    list_init(&s->ending.list);
    list_init(&s->marker);
    s->lock.rank = RANK_SPACE;
    list_init(&s->fault_gate[0].in_gate);
    list_init(&s->fault_gate[1].in_gate);
    s->cpus = L4_CPU_ALL;
    s->max_priority = L4_PRIORITIES - 1;
}

static enum l4_error space_fund(struct space *s, struct space *funder, uint64_t bytes)
{
    if (!funder) {
        s->quota.limit = bytes;
        return L4_OK;
    }
    return quota_open(&s->quota, &funder->quota, bytes) ? L4_OK : L4_ERR_QUOTA;
}

static void space_unfund(struct space *s)
{
    if (s->quota.funder)
        quota_close(&s->quota);
}

enum l4_error space_create(struct space *funder, uint64_t bytes, struct space **out)
{
    struct space *s = slab_alloc(&space_cache);
    enum l4_error err;

    if (!s)
        return L4_ERR_QUOTA;
    err = space_fund(s, funder, bytes);
    if (err != L4_OK)
        goto no_quota;
    space_lists_init(s);
    err = L4_ERR_QUOTA;
    if (!quota_charge(&s->quota, SPACE_CHARGE))
        goto no_charge;
    err = vspace_init(&s->vs, &s->quota);
    if (err != L4_OK)
        goto no_vspace;
    err = cap_table_init(&s->caps, &s->quota);
    if (err != L4_OK)
        goto no_caps;
    s->funder = funder;
    if (funder) {
        spin_lock(&tree_lock);
        list_add_tail(&funder->funded, &s->sibling);
        spin_unlock(&tree_lock);
    } else {
        space_first = s;
    }
    space_totals.spaces++;
    *out = s;
    return L4_OK;
no_caps:
    vspace_fini(&s->vs);
no_vspace:
    quota_refund(&s->quota, SPACE_CHARGE);
no_charge:
    space_unfund(s);
no_quota:
    slab_free(&space_cache, s);
    return err;
}

void space_link(struct space *s, struct list *head, struct list *node)
{
    spin_lock(&s->lock);
    list_add_tail(head, node);
    spin_unlock(&s->lock);
}

/* Somebody has left a space that dies. */
static void tell_reaper(struct space *s)
{
    mail_post(&s->object.mail, s->ending.cpu, MAIL_END);
}

void space_unlink(struct space *s, struct list *head, struct list *node)
{
    bool last;

    spin_lock(&s->lock);
    list_remove(node);
    last = list_empty(head);
    spin_unlock(&s->lock);
    if (last && s->object.dying)
        tell_reaper(s);
}

void space_add_thread(struct space *s, struct thread *t)
{
    /* relaxed: a count for people */
    atomic_fetch_add_explicit(&s->thread_count, 1, memory_order_relaxed);
    space_link(s, &s->threads, &t->in_home);
}

void space_remove_thread(struct space *s, struct thread *t)
{
    atomic_fetch_sub_explicit(&s->thread_count, 1, memory_order_relaxed);
    space_unlink(s, &s->threads, &t->in_home);
}

void space_free(struct space *s)
{
    struct space *funder = s->funder;

    ASSERT(list_empty(&s->threads) && list_empty(&s->gates) && list_empty(&s->events));
    ASSERT(list_empty(&s->active) && list_empty(&s->funded) && s->activations == 0);
    cap_table_fini(&s->caps);
    vspace_fini(&s->vs);
    quota_refund(&s->quota, SPACE_CHARGE);
    space_unfund(s);
    spin_lock(&tree_lock);
    list_remove(&s->sibling);
    spin_unlock(&tree_lock);
    if (funder && funder->object.dying)
        tell_reaper(funder);
    space_totals.spaces--;
    slab_free(&space_cache, s);
}
