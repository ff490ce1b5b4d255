/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces: creation, the funding tree, and the end. What lies in a space is freed by its own module before
 * space_fini_step; what is left goes in the order slots, mappings, activations, page tables.
 */
#include "kernel/space/space_parts.h"

#include "kernel/base/assert.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/slab.h"
#include "kernel/space/record.h"

static struct slab_cache space_cache = SLAB_CACHE("space", (sizeof(struct space) + 63) / 64 * 64, 64);

struct spinlock tree_lock = SPINLOCK_INIT(RANK_TREE);
struct space_totals space_totals;
struct space *space_first;

static void space_lists_init(struct space *s)
{
    object_init(&s->object, L4_KIND_SPACE);
    s->lock = (struct spinlock)SPINLOCK_INIT(RANK_SPACE);
    list_init(&s->funded);
    list_init(&s->sibling);
    list_init(&s->threads);
    list_init(&s->gates);
    list_init(&s->events);
    list_init(&s->active);
    list_init(&s->in_supervisor);
    list_init(&s->ending.list);
    list_init(&s->marker);
    list_init(&s->stop_marker);
    s->lock.rank = RANK_SPACE;
    list_init(&s->fault_gate[0].in_gate);
    list_init(&s->fault_gate[1].in_gate);
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

/*
 * S joins the tree. A funder that began to die since space_create looked is no harm: whoever found it alive
 * is seen out by a round before anybody walks its list.
 */
static void space_plant(struct space *s, struct space *funder)
{
    spin_lock(&tree_lock);
    s->funder = funder;
    if (funder)
        list_add_tail(&funder->funded, &s->sibling);
    else
        space_first = s;
    spin_unlock(&tree_lock);
}

enum l4_error space_create(struct space *funder, uint64_t bytes, uint64_t cpus, struct space **out)
{
    struct space *s;
    enum l4_error err;

    if (funder && funder->object.dying)
        return L4_ERR_DEAD;
    cpus = space_use_cpus(funder, cpus);
    if (cpus == 0)
        return L4_ERR_CPU;
    err = L4_ERR_QUOTA;
    s = slab_alloc(&space_cache);
    if (!s)
        goto no_space;
    err = space_fund(s, funder, bytes);
    if (err != L4_OK)
        goto no_quota;
    space_lists_init(s);
    s->cpus = cpus;
    err = L4_ERR_QUOTA;
    if (!quota_charge(&s->quota, SPACE_CHARGE))
        goto no_charge;
    err = vspace_init(&s->vs, &s->quota, cpus);
    if (err != L4_OK)
        goto no_vspace;
    err = space_records_charge(s, cpus);
    if (err != L4_OK)
        goto no_caps;
    err = cap_table_init(&s->caps, &s->quota);
    if (err != L4_OK)
        goto no_caps;
    s->record = record_of_space(s->caps.id);
    space_records_make(s, cpus);
    space_plant(s, funder);
    counter_add(&space_totals.spaces, 1);
    *out = s;
    return L4_OK;
no_caps:
    space_records_refund(s, 0);
    vspace_undo(&s->vs);
no_vspace:
    quota_refund(&s->quota, SPACE_CHARGE);
no_charge:
    space_unfund(s);
no_quota:
    slab_free(&space_cache, s);
no_space:
    space_unuse_cpus(funder, cpus);
    return err;
}

void space_link(struct space *s, struct list *head, struct list *node)
{
    spin_lock(&s->lock);
    list_add_tail(head, node);
    spin_unlock(&s->lock);
}

void space_tell_reaper(struct space *s)
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
        space_tell_reaper(s);
}

/* Bytes of the records of a space on CPUS. */
static uint64_t records_bytes(uint64_t cpus)
{
    uint64_t bytes = 0;

    for (; cpus; cpus &= cpus - 1)
        bytes += RECORD_SPACE_BYTES;
    return bytes;
}

enum l4_error space_records_charge(struct space *s, uint64_t cpus)
{
    cpus &= ~s->recorded;
    if (cpus && !quota_charge(&s->quota, records_bytes(cpus)))
        return L4_ERR_QUOTA;
    s->recorded |= cpus;
    return L4_OK;
}

void space_records_make(struct space *s, uint64_t cpus)
{
    for (; cpus; cpus &= cpus - 1)
        record_make((unsigned)__builtin_ctzll(cpus), s->record, s);
}

void space_records_refund(struct space *s, uint64_t keep)
{
    quota_refund(&s->quota, records_bytes(s->recorded & ~keep));
    s->recorded &= keep;
}

void space_add_thread(struct space *s, struct thread *t)
{
    /* relaxed: a count for people */
    atomic_fetch_add_explicit(&s->thread_count, 1, memory_order_relaxed);
    space_link(s, &s->threads, &t->in_home);
}

void space_remove_thread(struct space *s, struct thread *t)
{
    /* relaxed: a count for people */
    atomic_fetch_sub_explicit(&s->thread_count, 1, memory_order_relaxed);
    space_unlink(s, &s->threads, &t->in_home);
}

bool space_fini_step(struct space *s, unsigned *budget)
{
    bool done = cap_table_fini_step(&s->caps, budget) && unmap_all_step(&s->vs) &&
                space_free_activations_step(s, budget) && vspace_fini_step(&s->vs, budget);

    if (done)
        space_records_refund(s, 0);
    return done;
}

bool space_settled(const struct space *s)
{
    return quota_used(&s->quota) == SPACE_CHARGE;
}

void space_free(struct space *s)
{
    struct space *funder = s->funder;

    ASSERT(list_empty(&s->threads) && list_empty(&s->gates) && list_empty(&s->events));
    ASSERT(list_empty(&s->active) && list_empty(&s->funded) && s->activations == 0);
    quota_refund(&s->quota, SPACE_CHARGE);
    space_unfund(s);
    space_unuse_cpus(funder, s->cpus);
    spin_lock(&tree_lock);
    list_remove(&s->sibling);
    spin_unlock(&tree_lock);
    if (funder && funder->object.dying)
        space_tell_reaper(funder);
    counter_add(&space_totals.spaces, UINT64_MAX);
    slab_free(&space_cache, s);
}
