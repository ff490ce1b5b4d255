/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queue gates: L4 rendezvous. A receiver waits with its home activation; a caller queues by priority. While a
 * server has a caller in hand, server->link and caller->partner name each other's activations. All of it is
 * done on the gate's CPU: callers of other CPUs are lent to it from the call to the answer.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/ipc/ipc.h"
#include "kernel/smp/round.h"

/*
 * CALLER's message goes to SERVER, whose thread waits. False when the message cannot be fetched: then the
 * caller has its error and the server still waits.
 */
static bool rendezvous(struct thread *caller, struct thread *server, struct gate *g, uint64_t badge)
{
    struct activation *from = caller->current;
    struct activation *to = server->base;
    struct message m;
    enum l4_error err = L4_OK;

    message_of(from, &m);
    m.badge = badge;
    if (l4_tag_items(m.tag) && !g->takes_items)
        err = L4_ERR_ARG;
    if (from->frame == FRAME_FORWARD && (from->flags & ACT_BROKEN))
        err = L4_ERR_DEAD; /* who was to be answered is gone */
    if (err == L4_OK && l4_tag_words(m.tag))
        err = message_fetch(from, to, m.tag, FETCH_WHOLE);
    if (err == ROUND_AGAIN) {
        round_retry(caller);
        return false;
    }
    if (err != L4_OK) {
        frame_error(caller, err);
        return false;
    }
    message_put(to, &m);
    to->frame = FRAME_OPEN;
    if (from->frame == FRAME_FORWARD) {
        (void)visit_leave(caller);
        from = caller->current;
    }
    if (from->frame == FRAME_SEND) {
        answer_kernel(from, L4_OK);
        return true;
    }
    to->link = from;
    from->partner = to;
    return true;
}

/* The newest receiver whose UTCB is there. Others step aside: they run, switch-fault, and wait again. */
static struct thread *receiver_take(struct gate *g)
{
    queue_disarm(g);
    while (!list_empty(&g->receivers)) {
        struct thread *t = LIST_FIRST(&g->receivers, struct thread, receiver);

        if (activation_make_resident(t->base))
            return t;
        wait_end(t);
        t->base->flags |= ACT_ASIDE; /* thread_prepare makes it wait again */
    }
    return NULL;
}

/* CALLER is in the hands of a server of G. */
static void wait_reply(struct thread *caller, struct gate *g, bool shielded)
{
    if (wait_begin(caller, WAIT_REPLY, g, L4_DEADLINE_NEVER, shielded))
        list_add_tail(&g->served, &caller->receiver);
}

/* T's message goes to a receiver, or T to the callers. */
static void send_here(struct thread *t, struct gate *g, uint64_t badge, bool shielded)
{
    struct activation *a = t->current;
    bool running = t == cpu_local()->thread && t->state == L4_THREAD_READY;
    struct thread *server = receiver_take(g);
    bool direct;

    if (!server) {
        t->call_gate = g;
        t->call_badge = badge;
        if (wait_begin(t, WAIT_SEND, g, call_deadline(a), shielded))
            heap_insert(&g->callers, &t->queue, queue_key(t));
        return;
    }
    if (!rendezvous(t, server, g, badge))
        return;
    list_remove(&server->receiver);
    sched_no_deadline(server);
    server->wait_on = NULL;
    if (t->current->frame == FRAME_OPEN) { /* a send: both go on */
        sched_ready(server);
        if (t->state == L4_THREAD_BLOCKED)
            sched_ready(t);
        return;
    }
    direct = running && (int)server->priority >= sched_top();
    wait_reply(t, g, shielded);
    if (direct)
        sched_switch_to(server);
    else
        sched_ready(server);
}

void queue_send(struct thread *t, struct gate *g, uint64_t badge)
{
    struct activation *a = t->current;
    bool shielded = (a->regs[L4_REG_RAX] & L4_FLAG_SHIELD) != 0;

    if (g->object.dying) {
        frame_error(t, L4_ERR_DEAD);
        return;
    }
    if (!frame_is_fault(a->frame) && wait_refused(t, shielded) != L4_OK) {
        frame_error(t, wait_refused(t, shielded));
        return;
    }
    if (g->cpu != cpu_number()) {
        travel_gate(t, g->cpu, g, badge);
        return;
    }
    cpu_local()->calls++;
    send_here(t, g, badge, shielded);
    queue_arm(g);
}

void queue_receive(struct thread *t, struct gate *g)
{
    struct activation *a = t->current;
    bool shielded = (a->regs[L4_REG_RAX] & L4_FLAG_SHIELD) != 0;

    ASSERT(a == t->base && !a->link);
    a->frame = FRAME_OPEN;
    if (event_receive(t))
        return;
    while (g->callers.top) {
        struct thread *caller = CONTAINER_OF(g->callers.top, struct thread, queue);
        uint64_t badge = caller->call_badge;

        /* an item of the answer or of the last request may have replaced its page */
        if (!activation_make_resident(a)) {
            a->flags |= ACT_ASIDE;
            return;
        }
        wait_end(caller);
        if (!rendezvous(caller, t, g, badge))
            continue;
        if (caller->current->frame != FRAME_OPEN)
            wait_reply(caller, g, caller->shielded);
        return;
    }
    if (!wait_begin(t, WAIT_RECEIVE, g, call_deadline(a), shielded))
        return;
    list_add(&g->receivers, &t->receiver);
    queue_arm(g);
}

void queue_receive_again(struct thread *t)
{
    struct cap *c = cap_lookup(&t->base->space->caps, t->base->regs[L4_REG_RDI]);

    t->base->flags &= (uint8_t)~ACT_ASIDE;
    if (c && !cap_is_dead(c) && c->kind == L4_KIND_GATE && (c->rights & L4_RIGHT_WAIT))
        ipc_wait(t, c);
    else
        answer_kernel(t->base, c && cap_is_dead(c) ? L4_ERR_DEAD : L4_ERR_CAP);
}

enum l4_error queue_reply(struct thread *t)
{
    struct activation *server = t->base;
    struct activation *below = server->link;
    struct thread *caller;
    struct message m;
    enum l4_error err;

    if (!below)
        return L4_ERR_STATE;
    caller = below->thread;
    ASSERT(caller->wait == WAIT_REPLY && below->partner == server && thread_is_mine(caller));
    message_from_regs(server, &m);
    err = frame_take(below, server, &m);
    if (err != L4_OK)
        return err;
    wait_end(caller);
    frame_finish(caller, &m);
    return L4_OK;
}

void queue_drop_caller(struct activation *server, enum l4_error err)
{
    if (server->link)
        wait_abort(server->link->thread, err);
}
