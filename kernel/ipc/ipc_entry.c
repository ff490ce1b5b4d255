/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry gates: the caller's thread goes on inside the server's space, on an activation of the gate's pool.
 * No server thread, no queue, no scheduler. Memory words and items are fetched when the new activation is
 * resident (thread_prepare), because only then is there a UTCB to put them into.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"

/* RFLAGS on every entry call and reply: interrupts on, nothing of the caller's (DESIGN rule 6). */
#define RFLAGS_CLEAN UINT64_C(0x202)

#define GRANTS 2 /* activations given out before something else has its turn */
#define WALKS  1 /* of them, those that threads walk in on at once */

static void priority_raise(struct thread *t, struct activation *visit, const struct gate *g)
{
    visit->priority = t->priority;
    if (g->floor > t->priority)
        sched_set_priority(t, g->floor);
}

/* T enters G on VISIT, which pool_take gave out. */
static void walk_in(struct thread *t, struct gate *g, uint64_t badge, struct activation *visit)
{
    struct activation *below = t->current;
    struct message m;

    message_of(below, &m);
    m.badge = badge;
    visit->thread = t;
    visit->link = below;
    visit->via = g;
    visit->rip = g->entry;
    visit->rsp = visit->sp0;
    message_put(visit, &m);
    visit->regs[ACT_REG_RFLAGS] = RFLAGS_CLEAN;
    if (l4_tag_words(m.tag))
        visit->pull = below;
    priority_raise(t, visit, g);
    gate_enter(g);
    t->current = visit;
    t->depth++;
    cpu_local()->calls++;
}

/*
 * True when T itself is in the way of an activation of POOL coming free: a caller that holds all of them
 * waits for nobody but itself; a fault does not even wait for others, who may be waiting for this thread.
 */
static bool in_own_way(const struct thread *t, const struct pool *pool)
{
    uint32_t held = 0;

    for (const struct activation *a = t->current; a && a != t->base; a = a->link)
        held += &a->space->pools[a->pool] == pool;
    return held > 0 && (held == pool->in_use || frame_is_fault(t->current->frame));
}

enum l4_error entry_refused(const struct thread *t, const struct gate *g)
{
    if (gate_dies(g))
        return L4_ERR_DEAD;
    return space_on_cpu(g->space, t->cpu) ? L4_OK : L4_ERR_CPU;
}

void entry_send(struct thread *t, struct gate *g, uint64_t badge)
{
    struct activation *a = t->current;
    struct pool *pool = &g->space->pools[g->pool];
    struct activation *visit;
    enum l4_error refused;

    if (t->depth >= THREAD_DEPTH_MAX) {
        frame_error(t, L4_ERR_DEPTH);
        return;
    }
    /* a space that dies deals nothing, and tells those who wait after the round of its mark */
    refused = entry_refused(t, g);
    if (refused != L4_OK) {
        frame_error(t, refused);
        return;
    }
    visit = pool_take(g->space, g->pool, t);
    if (visit) {
        walk_in(t, g, badge, visit);
        if (t->state == L4_THREAD_BLOCKED)
            sched_ready(t);
        return;
    }
    if (in_own_way(t, pool)) {
        frame_error(t, L4_ERR_DEPTH);
        return;
    }
    t->call_gate = g;
    t->call_badge = badge;
    if (!wait_begin(t, WAIT_POOL, pool, call_deadline(a), a->regs[L4_REG_RAX] & L4_FLAG_SHIELD))
        return;
    gate_wait_begin(g);
    pool_wait(g->space, g->pool, t, queue_key(t));
    /* one may have come free between the two */
    entry_pool_freed(g->space, g->pool);
}

/* T walks in on what was reserved for it. */
static NOINLINE void take_granted(struct thread *t)
{
    struct activation *visit = t->granted;
    struct gate *g = t->call_gate;

    t->granted = NULL;
    wait_end(t);
    walk_in(t, g, t->call_badge, visit);
}

void entry_granted(struct thread *t)
{
    const struct gate *g = t->call_gate;
    enum l4_error refused;

    if (!t->granted)
        return;
    ASSERT(t->wait == WAIT_POOL);
    /* since it was reserved the gate may have begun to die, or T's CPU left the set of the space: then
     * entry_unwait hands it on */
    refused = entry_refused(t, g);
    if (refused != L4_OK) {
        wait_abort(t, refused);
        return;
    }
    take_granted(t);
    entry_pool_freed(g->space, g->pool);
}

void entry_pool_freed(struct space *s, unsigned pool)
{
    struct thread *t;

    /* by mail also where one would lead to the next; who gets that looks for more */
    for (unsigned i = 0; i < GRANTS && (t = pool_grant(s, pool)) != NULL; i++) {
        if (thread_is_mine(t) && i < WALKS && entry_refused(t, t->call_gate) == L4_OK)
            take_granted(t);
        else
            mail_post(&t->object.mail, thread_custody(t), MAIL_GRANT);
    }
}

void entry_unwait(struct thread *t)
{
    struct gate *g = t->call_gate;
    struct activation *visit;

    (void)pool_unwait(g->space, g->pool, t);
    visit = t->granted;
    t->granted = NULL;
    if (visit) {
        pool_return(visit);
        entry_pool_freed(g->space, g->pool);
    }
    gate_wait_end(g);
}
