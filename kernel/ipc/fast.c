/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fast paths find and what they leave. On their own CPU, interrupts off. Locks: the space's, for
 * lists of activations in use and of receivers.
 */
#include "kernel/ipc/fast.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/ipc/ipc.h"
#include "kernel/space/record.h"

#define DISARM 16 /* receivers that leave their records in one step */

/* A thread that any queue gate may be called by without a look at it. */
static bool is_plain(const struct thread *t)
{
    return t->home && !t->cancelled && !t->foreign && t->faults == 0;
}

void fast_begin(struct thread *t)
{
    struct cpu_local *c = cpu_local();
    struct activation *a = t->current;
    int top = sched_top();
    int left = THREAD_DEPTH_MAX - t->depth;

    if (!QUIRE_FASTPATH)
        return;
    a->live = a->utcb;
    a->cr3 = c->cr3;
    a->depth = (int8_t)(left < FAST_NESTED ? left : FAST_NESTED);
    if (!a->link)
        a->link = NULL_ACTIVATION;
    /* who runs is not worse than who is ready; one that must not queue finds nobody good enough */
    c->top = !is_plain(t) ? L4_PRIORITIES : top > 0 ? (uint64_t)top : 0;
}

/*
 * A waits, and may do so again by the fast path, which keeps no registers: what it goes on with one day in
 * those that no message uses must not be old. It waits for ever (may_run), also if it has to ask anew.
 */
static void forget(struct activation *a)
{
    a->regs[L4_REG_RAX] &= ~(uint64_t)L4_FLAG_TIMED;
    a->regs[L4_REG_RSI] = 0;
    a->regs[L4_REG_RBP] = 0;
}

/* A has called by a fast path, of which the kernel has kept nothing but where it goes on. */
static void note_call(struct activation *a)
{
    memset(a->regs, 0, sizeof(a->regs));
    a->regs[L4_REG_RAX] = l4_tag(L4_OP_CALL, 0, 0, 0); /* see forward_words */
}

/* T has called from B through an entry gate and runs on A. */
static void settle_visit(struct thread *t, struct activation *b, struct activation *a)
{
    const struct cap *c = b->caps + a->slot;
    struct gate *g = CONTAINER_OF(cap_object(c), struct gate, object);

    b->frame = FRAME_CALL;
    a->frame = FRAME_OPEN;
    a->full = 0;
    a->mapped = 0;
    a->flags = 0;
    a->cached = 0;
    a->partner = NULL;
    a->pull = NULL;
    a->progress_ip = L4_USER_END;
    a->via = g;
    a->priority = t->priority;
    gate_enter(g);
    t->current = a;
    t->depth++;
    spin_lock(&a->space->lock);
    /* who is asked to wake A knows from now on whom to tell: see pending_wake */
    a->thread = t;
    list_add_tail(&a->space->active, &a->in_space);
    spin_unlock(&a->space->lock);
}

/* T has called from B through a queue gate at which the thread of A waited. */
static struct thread *settle_rendezvous(struct thread *t, struct activation *b, struct activation *a)
{
    struct thread *server = a->thread;
    struct gate *g = server->wait_on;

    ASSERT(server->wait == WAIT_RECEIVE && server->base == a && g->record == a->wait_record);
    b->frame = FRAME_CALL;
    b->queue = FAST_NONE;
    a->queue = FAST_NONE;
    b->partner = a;
    spin_lock(&a->space->lock);
    list_remove(&a->armed);
    spin_unlock(&a->space->lock);
    list_remove(&server->receiver);
    server->wait_on = NULL;
    if (wait_begin(t, WAIT_REPLY, g, L4_DEADLINE_NEVER, false))
        list_add_tail(&g->served, &t->receiver);
    sched_switch_to(server);
    queue_arm(g);
    return server;
}

/* What is above O, the top activation of T in the books, with A as the last. */
static void settle_stack(struct thread *t, struct activation *o, struct activation *a)
{
    struct activation *stack[FAST_NESTED];
    unsigned n = 0;

    for (; a != o; a = a->link) {
        ASSERT(n < FAST_NESTED);
        stack[n++] = a;
    }
    while (n > 0) {
        a = stack[--n];
        note_call(a->link);
        if (a->thread)
            t = settle_rendezvous(t, a->link, a);
        else
            settle_visit(t, a->link, a);
        a->live = 0;
    }
}

void fast_settle(void)
{
    struct cpu_local *c = cpu_local();
    struct thread *t = c->thread;
    struct activation *o;

    if (!QUIRE_FASTPATH || !t)
        return;
    o = t->current;
    c->cr3 = c->current->cr3;
    o->live = 0;
    o->flags &= (uint8_t)~ACT_FORGOT;
    if (o->link == NULL_ACTIVATION)
        o->link = NULL;
    fast_settle_woken();
    if (c->current == o)
        return;
    settle_stack(t, o, c->current);
    /* registers of a kind that IPC does not carry are those of whoever runs; T expects none back */
    if (c->thread != t) {
        c->vector_thread = c->thread;
        c->thread->vector_live = false;
    }
}

/* True when T, which waits for callers at G and has been made their first receiver, may run at once. */
static bool may_run(const struct thread *t)
{
    return t->wait == WAIT_RECEIVE && is_plain(t) && !t->shielded && !t->deadline.queued && !t->suspended &&
           t->move_to == t->cpu && !t->object.dying && activation_utcb(t->base);
}

/* T's home activation becomes what a fast call through the gate with record R finds. */
static void arm(struct gate *g, struct record *r, struct thread *t)
{
    struct activation *a = t->base;
    struct space *s = a->space;
    struct record *first = record_on(cpu_number(), s->record);

    spin_lock(&s->lock);
    if (first && space_may_arm(s)) {
        list_add_tail(&first->receivers, &a->armed);
        activation_arm(a);
        /* no visitor enters it. relaxed: whoever else writes the cost writes the same */
        atomic_store_explicit(&a->cost, COST_UNUSABLE, memory_order_relaxed);
        a->priority = t->priority;
        a->queue = FAST_RECEIVER;
        a->wait_record = g->record;
        a->wait_handle = a->regs[L4_REG_RDI];
        a->link = NULL_ACTIVATION;
        forget(a);
        r->free = a;
    }
    spin_unlock(&s->lock);
}

static void disarm(struct record *r)
{
    struct activation *a = r->free;

    if (a == NULL_ACTIVATION)
        return;
    r->free = NULL_ACTIVATION;
    a->queue = FAST_NONE;
    a->live = 0;
    a->link = NULL;
    spin_lock(&a->space->lock);
    list_remove(&a->armed);
    spin_unlock(&a->space->lock);
}

static struct record *record_of(const struct gate *g)
{
    return QUIRE_FASTPATH && g->record != RECORD_NULL ? record_here(g->record) : NULL;
}

void queue_disarm(struct gate *g)
{
    struct record *r = record_of(g);

    if (r)
        disarm(r);
}

void queue_arm(struct gate *g)
{
    struct record *r = record_of(g);
    bool open = !g->object.dying && !g->callers.top;
    struct thread *t;

    if (!r)
        return;
    disarm(r);
    if (!open || list_empty(&g->receivers))
        return;
    t = LIST_FIRST(&g->receivers, struct thread, receiver);
    if (may_run(t))
        arm(g, r, t);
}

void receiver_changed(struct thread *t)
{
    if (t->wait == WAIT_RECEIVE)
        queue_arm(t->wait_on);
}

/* Receivers at home in S that must not run at once any more leave their records. True when there are more. */
static bool receivers_spill(struct space *s, struct record *r)
{
    for (unsigned i = 0; i < DISARM; i++) {
        struct activation *a = NULL;

        spin_lock(&s->lock);
        if (!list_empty(&r->receivers) && (s->object.dying || s->stopped || !space_on_cpu(s, cpu_number())))
            a = LIST_FIRST(&r->receivers, struct activation, armed);
        spin_unlock(&s->lock);
        if (!a)
            return false;
        queue_arm(a->thread->wait_on);
    }
    return true;
}

void record_deliver(struct record *r)
{
    struct space *s = r->owner;
    bool more = receivers_spill(s, r);

    more |= pool_spill(s);
    for (unsigned pool = 0; pool < L4_POOL_COUNT; pool++)
        entry_pool_freed(s, pool);
    if (more)
        mail_post(&r->mail, cpu_number(), MAIL_SPILL);
}
