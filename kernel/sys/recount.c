/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recount of all spaces: quotas and totals. The parts are in recount_map.c, recount_cap.c and
 * recount_thread.c. Callers: the ends of system calls and faults, in check builds only. The other CPUs stand
 * still meanwhile (recount_park.c).
 */
#include "kernel/sys/recount.h"

#include <stdatomic.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
#include "kernel/base/bootargs.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/gate.h"
#include "kernel/map/mapdb.h"
#include "kernel/map/node.h"
#include "kernel/mem/limbo.h"

#define EVERY_DEFAULT 64

static uint64_t every = EVERY_DEFAULT;
static _Atomic uint64_t steps;
static _Atomic uint64_t objects_before;

void recount_init(void)
{
    if (!bootarg("recount"))
        return;
    if (!QUIRE_CHECK)
        LOG(LOG_WARN, "boot: argument \"recount\" needs the check build");
    else
        (void)bootarg_number("recount", UINT64_MAX, &every);
}

void recount_expect(const struct recount *r, const char *what, uint64_t expected, uint64_t found)
{
    if (QUIRE_CHECK && expected != found)
        PANIC("recount: %s, space %lu: expected %lu, found %lu", what, r->space->object.id, expected, found);
}

void recount_require(const struct recount *r, const char *what, bool ok, uint64_t value)
{
    if (QUIRE_CHECK && !ok)
        PANIC("recount: %s, space %lu: 0x%lx", what, r->space->object.id, value);
}

static uint64_t list_count(const struct list *head)
{
    uint64_t n = 0;

    for (const struct list *l = head->next; l != head; l = l->next)
        n++;
    return n;
}

static uint64_t count_gates(struct recount *r)
{
    struct space *s = r->space;
    uint64_t n = 0;

    for (struct list *l = s->gates.next; l != &s->gates; l = l->next) {
        const struct gate *g = CONTAINER_OF(l, struct gate, in_space);

        if (space_is_marker(s, l))
            continue;
        recount_require(r, "gate of another space", g->space == s, g->object.id);
        if (g->mode == L4_GATE_QUEUE)
            r->cpu_uses[g->cpu]++;
        recount_require(r, "gate with callers and receivers", !g->callers.top || list_empty(&g->receivers),
                        g->object.id);
        n++;
    }
    r->gates += n;
    return n * GATE_CHARGE;
}

/* A thread that waits for callers while bits of its event are set has mail that says so. */
static void check_bound(const struct recount *r, struct event *e)
{
    struct thread *t = event_bound(e);

    if (!t)
        return;
    recount_require(r, "event bound to a thread that is bound to another", thread_event(t) == e,
                    e->object.id);
    recount_require(r, "event with bits or waiters of its own that is bound to a thread",
                    !e->pending && list_empty(&e->waiters), e->object.id);
    recount_require(r, "receiver that was not told of its bits",
                    t->wait != WAIT_RECEIVE || !e->incoming || mail_is_queued(&t->object.mail), t->object.id);
}

/* Events and their death bindings. */
static uint64_t count_events(struct recount *r)
{
    struct space *s = r->space;
    uint64_t bytes = 0;

    for (struct list *l = s->events.next; l != &s->events; l = l->next) {
        struct event *e = CONTAINER_OF(l, struct event, in_space);

        if (space_is_marker(s, l))
            continue;
        recount_require(r, "event of another space", e->space == s, e->object.id);
        /* unbound on another CPU, it stays EVENT_SLOW until the mail comes */
        recount_require(r, "event of another shape", e->shape == event_shape(e) || e->object.mail.queued,
                        e->object.id);
        check_bound(r, e);
        for (struct list *d = e->deaths.next; d != &e->deaths; d = d->next) {
            const struct death_binding *b = CONTAINER_OF(d, struct death_binding, in_event);

            recount_require(r, "death binding of another event", b->event == e, e->object.id);
            recount_require(r, "death binding of nothing", !list_empty(&b->in_object), e->object.id);
        }
        bytes += sizeof(struct event) + list_count(&e->deaths) * sizeof(struct death_binding);
        r->events++;
    }
    return bytes;
}

static uint64_t count_funded(struct recount *r)
{
    struct space *s = r->space;
    uint64_t bytes = 0;

    for (struct list *l = s->funded.next; l != &s->funded; l = l->next) {
        const struct space *child = CONTAINER_OF(l, struct space, sibling);

        if (space_is_marker(s, l))
            continue;
        recount_require(r, "funded space with another funder", child->funder == s, child->object.id);
        recount_require(r, "funded quota with another funder", child->quota.funder == &s->quota,
                        child->object.id);
        recount_require(r, "CPUs the funder has not", !(child->cpus & ~s->cpus), child->object.id);
        for (uint64_t cpus = child->cpus; cpus; cpus &= cpus - 1)
            r->cpu_uses[__builtin_ctzll(cpus)]++;
        bytes += child->quota.limit;
    }
    return bytes;
}

static void count_space(struct recount *r)
{
    const struct space *s = r->space;
    uint64_t bytes = SPACE_CHARGE + frame_retired_bytes(&s->quota);

    r->spaces++;
    memset(r->cpu_uses, 0, sizeof(r->cpu_uses));
    for (uint64_t cpus = s->recorded; cpus; cpus &= cpus - 1)
        bytes += RECORD_SPACE_BYTES;
    bytes += recount_memory(r);
    bytes += recount_caps(r);
    bytes += recount_activations(r);
    bytes += recount_threads(r);
    bytes += count_gates(r);
    bytes += count_events(r);
    bytes += count_funded(r);
    for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
        recount_expect(r, "what needs a CPU", r->cpu_uses[cpu], s->cpu_uses[cpu]);
    recount_require(r, "CPUs of the set without a table", s->object.dying || !(s->cpus & ~s->vs.roots),
                    s->cpus);
    recount_expect(r, "bytes charged", bytes, s->quota.used);
    recount_require(r, "more charged than the limit", s->quota.used <= s->quota.limit, s->quota.used);
}

/* The first space of PARENT's list behind node L, or NULL. The reaper's marker may stand between. */
static struct space *child_behind(struct space *parent, struct list *l)
{
    l = l->next;
    if (l == &parent->marker)
        l = l->next;
    return l == &parent->funded ? NULL : CONTAINER_OF(l, struct space, sibling);
}

/* The space after S in preorder, or NULL. */
static struct space *next_space(struct space *s)
{
    struct space *next = child_behind(s, &s->funded);

    for (; !next && s->funder; s = s->funder)
        next = child_behind(s->funder, &s->sibling);
    return next;
}

static void count_all(void)
{
    struct recount r = {.space = space_first};

    for (struct space *s = space_first; s; s = next_space(s)) {
        r.space = s;
        count_space(&r);
    }
    r.space = space_first;
    recount_expect(&r, "spaces in all", r.spaces, space_totals.spaces);
    recount_expect(&r, "threads in all", r.threads, thread_count());
    recount_expect(&r, "gates in all", r.gates, gate_count());
    recount_expect(&r, "events in all", r.events, event_count());
    recount_expect(&r, "slots in use in all", r.caps, cap_count());
    recount_expect(&r, "mappings reached from roots", r.leaves, r.listed);
    recount_expect(&r, "mappings that hang from capabilities", r.held, r.hanging);
    recount_expect(&r, "mappings in all", r.leaves, map_count());
    recount_expect(&r, "activations in all", r.activations, space_totals.activations);
    recount_expect(&r, "UTCB pages in all", r.utcb_pages, space_totals.utcb_pages);
    recount_expect(&r, "stack pages in all", r.stack_pages, space_totals.stack_pages);
}

void recount_step(void)
{
    uint64_t objects = space_totals.spaces + thread_count() + gate_count() + event_count();
    bool fewer = objects < objects_before;

    if (!QUIRE_CHECK)
        return;
    objects_before = objects;
    steps++;
    if ((fewer || (every != 0 && steps % every == 0)) && recount_stop_others()) {
        count_all();
        recount_go_on();
    }
}
