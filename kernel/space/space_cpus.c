/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPU sets. A space has a top-level table for each CPU of its set, and for one that has left the set as long
 * as somebody is inside there. The set of a space lies in that of its funder, and what needs a CPU to stay in
 * the set is counted: queue gates whose home it is, and spaces that were funded with it.
 *
 * Lock: tree_lock for sets, counts and departures of all spaces. A set is read without it: who has not seen
 * yet that a CPU has left is seen out by a round before anybody looks who is inside.
 */
#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
#include "kernel/smp/round.h"
#include "kernel/space/space_parts.h"

#define LOOKS 256 /* indices looked at for visitors in one step */

/* S needs each CPU of MASK once more, or (BY all ones) once less. */
static void count(struct space *s, uint64_t mask, uint32_t by)
{
    ASSERT(spin_is_locked(&tree_lock));
    for (; s && mask; mask &= mask - 1)
        s->cpu_uses[__builtin_ctzll(mask)] += by;
}

uint64_t space_use_cpus(struct space *s, uint64_t mask)
{
    spin_lock(&tree_lock);
    mask &= s ? s->cpus : cpus_online();
    count(s, mask, 1);
    spin_unlock(&tree_lock);
    return mask;
}

void space_unuse_cpus(struct space *s, uint64_t mask)
{
    spin_lock(&tree_lock);
    count(s, mask, UINT32_MAX);
    spin_unlock(&tree_lock);
}

enum l4_error space_join_cpus(struct space *s, uint64_t mask)
{
    enum l4_error err = L4_ERR_CPU;
    uint64_t before;

    spin_lock(&tree_lock);
    before = s->recorded;
    mask &= s->funder ? s->funder->cpus : cpus_online();
    if (mask)
        err = space_records_charge(s, mask);
    if (err == L4_OK)
        err = vspace_add_cpus(&s->vs, mask);
    if (err != L4_OK)
        space_records_refund(s, before);
    if (err == L4_OK) {
        space_records_make(s, mask & ~s->cpus);
        mask &= ~s->cpus;
        count(s->funder, mask, 1);
        /* release: who finds a CPU in the set finds its table */
        atomic_fetch_or_explicit(&s->cpus, mask, memory_order_release);
    }
    spin_unlock(&tree_lock);
    return err;
}

/* GONE, of the set, leave it; from now on nobody comes in there. */
static enum l4_error depart(struct space *s, uint64_t gone)
{
    if (gone == s->cpus)
        return L4_ERR_CPU;
    for (uint64_t m = gone; m; m &= m - 1)
        if (s->cpu_uses[__builtin_ctzll(m)])
            return L4_ERR_BUSY;
    if (gone) {
        count(s->funder, gone, UINT32_MAX);
        s->looked = 0;
        s->inside = 0;
        /* relaxed: the round below orders; threads at home there move when they are about to run (prepare.c)
         */
        atomic_fetch_and_explicit(&s->cpus, ~gone, memory_order_relaxed);
        /* under its lock: who has seen the CPU in the set has armed by now, and nobody does any more */
        spin_lock(&s->lock);
        space_spill(s, gone);
        spin_unlock(&s->lock);
        s->departure = round_begin();
    }
    return L4_OK;
}

/*
 * After the round: goes on looking on which CPUs somebody is inside. Visits stay on their CPU, and none
 * begins where the set does not reach, so an index that was looked at needs no second look. True when all
 * have been looked at; then the tables that nobody uses go.
 */
static bool look(struct space *s)
{
    /* what a fast call might still enter or return to there would have the table loaded */
    if (space_armed(s, ~s->cpus))
        return false;
    for (unsigned i = 0; i < LOOKS && s->looked < s->area.indices; i++) {
        const struct activation *a = space_activation(s, s->looked++);
        const struct thread *t = a && a->via ? activation_thread(a) : NULL;

        if (t)
            s->inside |= UINT64_C(1) << t->cpu;
    }
    if (s->looked < s->area.indices)
        return false;
    vspace_drop_cpus(&s->vs, ~(s->cpus | s->inside));
    s->looked = 0;
    s->inside = 0;
    return true;
}

enum l4_error space_leave_cpus(struct space *s, uint64_t mask, bool *again)
{
    enum l4_error err;

    spin_lock(&tree_lock);
    err = depart(s, mask & s->cpus);
    if (err == L4_OK && !round_done(s->departure))
        err = ROUND_AGAIN;
    if (err == L4_OK)
        *again = !look(s);
    spin_unlock(&tree_lock);
    return err;
}
