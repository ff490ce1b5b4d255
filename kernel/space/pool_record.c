/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a space has in the records of CPUs: free activations of its pools, and which CPUs those are. Lock: the
 * space's, for all of it; the fast paths of a CPU, which take none, change only that CPU's records.
 */
#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
#include "kernel/space/record.h"
#include "kernel/space/space_parts.h"

#define SPILL 16 /* activations that leave the records in one step */

/* The record of POOL on this CPU, NULL when it has none. */
static struct record *record_of(const struct space *s, unsigned pool)
{
    return QUIRE_FASTPATH ? record_on(cpu_number(), s->record + (int32_t)(pool * sizeof(struct record)))
                          : NULL;
}

struct activation *record_pop(struct space *s, unsigned pool)
{
    struct record *r = record_of(s, pool);
    struct activation *a = r ? r->free : NULL_ACTIVATION;

    if (a == NULL_ACTIVATION)
        return NULL;
    r->free = a->link;
    a->cached = 0;
    return a;
}

bool space_may_arm(struct space *s)
{
    uint64_t bit = UINT64_C(1) << cpu_number();

    ASSERT(spin_is_locked(&s->lock));
    if (!QUIRE_FASTPATH || s->object.dying || s->stopped || !space_on_cpu(s, cpu_number()))
        return false;
    /* relaxed: written under the lock only; translations of this CPU may come from now on */
    atomic_fetch_or_explicit(&s->armed, bit, memory_order_relaxed);
    vspace_enter(&s->vs);
    return true;
}

void activation_arm(struct activation *a)
{
    struct space *s = a->space;

    a->live = a->utcb;
    a->cr3 = s->vs.root[cpu_number()].v;
    a->record = s->record + (int32_t)(a->pool * sizeof(struct record));
    /* seq_cst: first the cost, then the look: whoever takes the page away does the opposite (area_watch) */
    atomic_store_explicit(&a->cost, 1, memory_order_seq_cst);
    /* relaxed: this CPU is the only one to read it, and whoever else writes it writes the same */
    if (!activation_utcb(a))
        atomic_store_explicit(&a->cost, COST_UNUSABLE, memory_order_relaxed);
}

bool record_push(struct space *s, struct activation *a)
{
    struct record *r = record_of(s, a->pool);

    if (!r || !a->kutcb || a->flags & ACT_RETIRED || s->pools[a->pool].waiters.top || !space_may_arm(s))
        return false;
    r = record_here(s->record + (int32_t)(a->pool * sizeof(struct record)));
    activation_arm(a);
    a->pending = 0;
    a->queue = FAST_NONE;
    a->cached = (uint8_t)(cpu_number() + 1);
    a->link = r->free;
    r->free = a;
    return true;
}

void space_spill(struct space *s, uint64_t mask)
{
    ASSERT(spin_is_locked(&s->lock));
    for (mask = space_armed(s, mask); mask; mask &= mask - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(mask);

        mail_post(&record_on(cpu, s->record)->mail, cpu, MAIL_SPILL);
    }
}

bool pool_spill(struct space *s)
{
    unsigned left = SPILL;
    struct activation *a;

    spin_lock(&s->lock);
    for (unsigned pool = 0; pool < L4_POOL_COUNT; pool++)
        for (; left > 0 && (a = record_pop(s, pool)) != NULL; left--)
            activation_put_free(s, a);
    /* release: see space_armed */
    if (left > 0 && list_empty(&record_on(cpu_number(), s->record)->receivers))
        atomic_fetch_and_explicit(&s->armed, ~(UINT64_C(1) << cpu_number()), memory_order_release);
    spin_unlock(&s->lock);
    if (left > 0 && s->object.dying)
        space_tell_reaper(s);
    return left == 0;
}
