/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list through the frames' notes, oldest first; numbers do not fall along it, because they are drawn under
 * the lock. And ranges of frames that are to come into the pool. Lock: limbo_lock. With one CPU a round is
 * over at once, so frames go straight back.
 */
#include "kernel/mem/limbo.h"

#include <stddef.h>

#include "kernel/base/assert.h"
#include "kernel/base/spinlock.h"
#include "kernel/mem/frame.h"
#include "kernel/smp/round.h"

static struct spinlock limbo_lock = SPINLOCK_INIT(RANK_LIMBO);
static uint32_t oldest = FRAME_NONE; /* notes: a = next, base = round, owner = quota */
static uint32_t newest = FRAME_NONE;
static uint64_t last; /* round of what came last */

static uint64_t coming; /* bits: ranges that are to be opened */
static uint64_t coming_round[1 + FRAME_RANGES];
static struct quota *coming_quota;
_Static_assert(FRAME_RANGES < 64, "a bit for each range");

static void give_back(paddr_t p, struct quota *quota)
{
    frame_free(p);
    quota_refund(quota, PAGE_SIZE);
}

void frame_retire(paddr_t p, struct quota *quota)
{
    struct frame *f;

    spin_lock(&limbo_lock);
    last = round_next();
    if (round_done(last)) {
        spin_unlock(&limbo_lock);
        give_back(p, quota);
        return;
    }
    f = frame_of(p);
    ASSERT(f->kind != FRAME_FREE && f->kind != FRAME_LIMBO);
    *f = (struct frame){.kind = FRAME_LIMBO, .base = last, .owner = quota};
    if (newest == FRAME_NONE)
        oldest = (uint32_t)pfn_of(p).v;
    else
        frame_of(paddr_of(pfn(newest)))->a = (uint32_t)pfn_of(p).v;
    newest = (uint32_t)pfn_of(p).v;
    spin_unlock(&limbo_lock);
}

/* Takes the oldest frame out if its round is over. */
static bool take(paddr_t *p, struct quota **quota)
{
    const struct frame *f;
    bool done;

    spin_lock(&limbo_lock);
    *p = paddr_of(pfn(oldest));
    f = oldest == FRAME_NONE ? NULL : frame_of(*p);
    done = f && round_done(f->base);
    if (done) {
        *quota = f->owner;
        oldest = f->a;
        if (oldest == FRAME_NONE)
            newest = FRAME_NONE;
    }
    spin_unlock(&limbo_lock);
    return done;
}

static void ranges_open(void)
{
    spin_lock(&limbo_lock);
    for (uint64_t left = coming; left; left &= left - 1) {
        unsigned range = (unsigned)__builtin_ctzll(left);

        if (!round_done(coming_round[range]))
            continue;
        coming &= ~(UINT64_C(1) << range);
        frame_range_open(range);
        quota_raise(coming_quota, frame_range_size(range).v * PAGE_SIZE);
    }
    spin_unlock(&limbo_lock);
}

uint64_t frame_range_retire(unsigned range, struct quota *quota)
{
    uint64_t number = round_begin();

    spin_lock(&limbo_lock);
    coming |= UINT64_C(1) << range;
    coming_round[range] = number;
    coming_quota = quota;
    last = number > last ? number : last;
    spin_unlock(&limbo_lock);
    return number;
}

bool frame_reclaim(unsigned budget)
{
    ranges_open();
    for (; budget > 0; budget--) {
        struct quota *quota;
        paddr_t p;

        if (!take(&p, &quota))
            return true;
        give_back(p, quota);
    }
    return false;
}

uint64_t frame_retired(void)
{
    uint64_t number;

    spin_lock(&limbo_lock);
    number = newest == FRAME_NONE && !coming ? ROUND_NONE : last;
    spin_unlock(&limbo_lock);
    return number;
}

bool frame_retired_here(void)
{
    /* without the lock: what this CPU has retired it sees, and the rest is looked after by who has */
    return *(volatile uint32_t *)&newest != FRAME_NONE || *(volatile uint64_t *)&coming != 0;
}

uint64_t frame_retired_bytes(const struct quota *quota)
{
    uint64_t bytes = 0;

    spin_lock(&limbo_lock);
    for (uint32_t n = oldest; n != FRAME_NONE; n = frame_of(paddr_of(pfn(n)))->a)
        bytes += frame_of(paddr_of(pfn(n)))->owner == quota ? PAGE_SIZE : 0;
    spin_unlock(&limbo_lock);
    return bytes;
}
