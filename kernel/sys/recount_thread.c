/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recount of activations, their index and pools, and of threads with their chains and waits.
 */
#include "kernel/arch/pte.h"
#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/sched/sched.h"
#include "kernel/sys/recount.h"

/* CACHED: by pool, those that are in the record of a CPU, or were entered from there since it left the
 * kernel. */
static void check_activation(const struct recount *r, struct activation *a, uint64_t index, uint64_t *cached)
{
    struct leaf leaf;

    if (a->cached)
        cached[a->pool]++;
    recount_require(r, "activation in a record that is somebody's", !a->cached || !a->thread, index);
    recount_require(r, "activation at another index", a->space == r->space && a->index == index, index);
    recount_require(r, "activation in a wrong pool", a->pool < L4_POOL_COUNT, index);
    if (!a->kutcb)
        return;
    recount_require(r, "resident activation without its page",
                    vspace_find(&r->space->vs, a->utcb, &leaf) &&
                        phys_of(a->kutcb).v == pte_address(*leaf.pte).v + (a->utcb & (PAGE_SIZE - 1)),
                    index);
}

/* The activations found through the index; their number and that of the index pages. */
static void walk_index(struct recount *r, uint64_t *found, uint64_t *pages, uint64_t *cached)
{
    for (uint64_t d = 0; d < INDEX_DIRS; d++) {
        index_page_t *dir = r->space->index_dirs[d];

        *pages += dir != NULL;
        for (uint64_t i = 0; dir && i < 512; i++) {
            *pages += dir[i] != NULL;
            for (uint64_t k = 0; dir[i] && k < 512; k++) {
                if (!dir[i][k])
                    continue;
                check_activation(r, dir[i][k], (d * 512 + i) * 512 + k, cached);
                ++*found;
            }
        }
    }
}

static uint64_t count_free(const struct recount *r, const struct activation *a, unsigned pool)
{
    uint64_t n = 0;

    for (; a; a = a->link) {
        recount_require(r, "free activation that is somebody's", !a->thread && a->pool == pool, a->index);
        n++;
    }
    return n;
}

static uint64_t check_pools(const struct recount *r, const uint64_t *in_use, const bool *granted)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < L4_POOL_COUNT; i++) {
        const struct pool *p = &r->space->pools[i];
        uint64_t idle = count_free(r, p->resident, i) + count_free(r, p->absent, i);
        uint64_t retired = count_free(r, p->retired, i);

        recount_expect(r, "activations in use of a pool", in_use[i], p->in_use);
        recount_expect(r, "activations of a pool", idle + retired + in_use[i], p->total);
        /* a space that dies deals none, and tells those who wait after a round; of many that come at once,
         * some are reserved, and whoever takes those has more reserved */
        recount_require(r, "thread that waits for a pool with free activations",
                        !p->waiters.top || !idle || granted[i] || r->space->object.dying, i);
        total += p->total;
    }
    return total;
}

uint64_t recount_activations(struct recount *r)
{
    struct space *s = r->space;
    uint64_t in_use[L4_POOL_COUNT] = {0};
    bool granted[L4_POOL_COUNT] = {0};
    uint64_t unnumbered = 0;
    uint64_t visitors = 0;
    uint64_t found = 0;
    uint64_t pages = 0;

    if (!QUIRE_CHECK)
        return 0;
    for (struct list *l = s->active.next; l != &s->active; l = l->next) {
        const struct activation *a = CONTAINER_OF(l, struct activation, in_space);

        if (space_is_marker(s, l))
            continue;
        recount_require(r, "activation in use of another space", a->space == s, a->index);
        recount_require(r, "activation in use that is nobody's", a->thread || a->flags & ACT_WINDOW,
                        a->index);
        /* one that was reserved for a waiting thread has no visitor yet, one whose window is cleaned none any
         * more */
        visitors += a->thread && a->thread->base != a && a->thread->granted != a;
        granted[a->pool] |= a->thread && a->thread->granted == a;
        if (a->index == ACT_NO_INDEX)
            unnumbered++;
        else
            in_use[a->pool]++;
    }
    walk_index(r, &found, &pages, in_use);
    recount_expect(r, "activations of pools", found, check_pools(r, in_use, granted));
    recount_expect(r, "activations", found, s->activations);
    recount_expect(r, "visitors", visitors, s->visitors);
    r->activations += found;
    return pages * PAGE_SIZE + (found + unnumbered) * sizeof(struct activation);
}

static void check_chain(const struct recount *r, const struct thread *t)
{
    uint64_t depth = 0;
    uint64_t faults = 0;

    for (const struct activation *a = t->current; a && a != NULL_ACTIVATION; a = a->link) {
        recount_require(r, "activation of another thread's chain", a->thread == t, t->object.id);
        faults += frame_is_fault(a->frame);
        if (a == t->base)
            break;
        depth++;
    }
    recount_expect(r, "depth of a chain", depth, t->depth);
    recount_expect(r, "open faults of a chain", faults, t->faults);
}

static void check_wait(const struct recount *r, const struct thread *t)
{
    uint64_t id = t->object.id;
    bool queued = t->wait == WAIT_SEND || t->wait == WAIT_POOL;
    bool listed = t->wait == WAIT_RECEIVE || t->wait == WAIT_EVENT || t->wait == WAIT_REPLY ||
                  t->wait == WAIT_DEFERRED || t->wait == WAIT_ROUND ||
                  (t->wait == WAIT_POOL && t->queue.queued);
    bool running = cpu_local_of(t->cpu)->thread == t;
    bool leaving = t->leaving || t->travel != TRAVEL_NONE;

    recount_require(r, "thread blocked on nothing or waiting unblocked",
                    leaving || (t->state == L4_THREAD_BLOCKED) == (t->wait != WAIT_NOTHING), id);
    recount_require(r, "waiting thread in no queue", t->granted || queued == (bool)t->queue.queued, id);
    recount_require(r, "waiting thread on no list", listed == !list_empty(&t->receiver), id);
    recount_require(r, "deadline without a wait", !t->deadline.queued || t->wait != WAIT_NOTHING, id);
    recount_require(r, "ready thread that nobody will run",
                    t->state != L4_THREAD_READY || running != !list_empty(&t->ready), id);
    recount_require(r, "queued thread that is not ready",
                    t->leaving || t->state == L4_THREAD_READY || list_empty(&t->ready), id);
    recount_require(r, "ready thread away from its CPU", t->state != L4_THREAD_READY || t->custody == t->cpu,
                    id);
    if (t->wait == WAIT_REPLY)
        recount_require(r, "caller in nobody's hands",
                        t->current->partner && t->current->partner->link == t->current, id);
    if (caller_in_hand(t) && t->base->link != NULL_ACTIVATION)
        recount_require(r, "caller in hand who waits for another",
                        t->base->link->partner == t->base && t->base->link->thread->wait == WAIT_REPLY, id);
}

uint64_t recount_threads(struct recount *r)
{
    struct space *s = r->space;
    uint64_t n = 0;

    if (!QUIRE_CHECK)
        return 0;
    for (struct list *l = s->threads.next; l != &s->threads; l = l->next) {
        const struct thread *t = CONTAINER_OF(l, struct thread, in_home);

        if (space_is_marker(s, l))
            continue;
        recount_require(r, "thread on another space's list", t->payer == s && (!t->home || t->home == s),
                        t->object.id);
        recount_require(r, "thread bound to an event that is bound to another",
                        !thread_event(t) || event_bound(thread_event(t)) == t, t->object.id);
        check_chain(r, t);
        check_wait(r, t);
        n++;
    }
    recount_expect(r, "threads", n, s->thread_count);
    r->threads += n;
    return n * thread_charge();
}
