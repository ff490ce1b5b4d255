/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Death. Whatever goes, everybody who waited for it gets an error, and nobody hangs. What is cut out of the
 * middle of a chain marks the activation above as broken: its reply goes on downwards as L4_ERR_DEAD.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/ipc/ipc.h"

#define VISITS 2 /* of one thread that end */

/* Ends what T waits for without an answer, so that its chain can change. */
static void wait_forget(struct thread *t)
{
    if (t->wait != WAIT_NOTHING)
        wait_end(t);
}

/* Takes A, which is not on top, out of T's chain. */
static void chain_cut(struct thread *t, struct activation *a)
{
    struct activation *above = t->current;

    while (above->link != a)
        above = above->link;
    above->link = a->link;
    above->flags |= ACT_BROKEN;
    if (above->pull == a)
        above->pull = NULL;
    if (frame_is_fault(a->frame))
        t->faults--;
    if (a == t->base) {
        t->base = NULL;
    } else {
        gate_leave(a->via);
        t->depth--;
        above->priority = a->priority;
    }
    activation_give_back(a);
}

/* The visit of A ends; whoever called gets ERR. */
static void visit_end(struct activation *a, enum l4_error err)
{
    struct thread *t = a->thread;

    if (t->current != a) {
        chain_cut(t, a);
        return;
    }
    wait_forget(t);
    visit_abort(t, err);
}

/* T is charged to the space it is in from now on. False when that dies or cannot pay. */
static bool charge_move(struct thread *t)
{
    struct space *host = t->current->space;
    struct space *payer = t->payer;

    if (host == payer || host->object.dying || !quota_charge(&host->quota, thread_charge()))
        return false;
    space_remove_thread(payer, t);
    quota_refund(&payer->quota, thread_charge());
    t->payer = host;
    space_add_thread(host, t);
    return true;
}

/* An orphan is charged to one of the spaces it is in. */
static bool payer_is_visited(const struct thread *t)
{
    for (const struct activation *a = t->current; a; a = a->link)
        if (a->space == t->payer)
            return true;
    return false;
}

void thread_check(struct thread *t)
{
    struct activation *a = t->current;
    enum l4_error refused = t->wait == WAIT_POOL ? entry_refused(t, t->call_gate) : L4_OK;
    unsigned ended = 0;

    if (t->object.dying)
        return; /* its end, which is on its way, takes it out of everything */
    receiver_changed(t);
    if (t->stopped && !t->current->space->stopped)
        sched_go_on(t);
    if (refused != L4_OK) {
        wait_abort(t, refused);
        a = t->current;
    }
    while (a && a != t->base && !t->ended) {
        if (!a->via->object.dying && !a->space->object.dying) {
            a = a->link;
            continue;
        }
        if (ended++ == VISITS) { /* the rest once others had their turn */
            mail_post(&t->object.mail, cpu_number(), MAIL_CHECK);
            return;
        }
        visit_end(a, L4_ERR_DEAD);
        a = t->current; /* ending a visit may have ended others */
    }
    while (!t->ended && !t->home && t->current && !payer_is_visited(t) && !charge_move(t))
        visit_end(t->current, L4_ERR_DEAD);
}

/* T, whose chain is empty, is on no queue any more; its memory waits for the rounds. */
static void thread_release(struct thread *t)
{
    sched_no_deadline(t);
    sched_stop(t, L4_THREAD_HALTED);
    if (cpu_local()->thread == t) {
        cpu_local()->thread = NULL;
        cpu_local()->current = NULL;
    }
    if (cpu_local()->vector_thread == t)
        cpu_local()->vector_thread = NULL;
    event_unbind_thread(t);
    t->ended = true;
    limbo_add(&t->object);
}

void thread_gone(struct thread *t)
{
    struct space *payer = t->payer;

    space_remove_thread(payer, t);
    thread_free(t);
    quota_refund(&payer->quota, thread_charge());
}

void chain_cut_space(struct thread *t, struct space *s)
{
    struct activation *a = t->current->link;

    while (a) {
        struct activation *below = a->link;

        if (a == t->base) {
            if (a->space == s)
                chain_cut(t, a);
            return; /* its link is a caller in hand, not part of the chain */
        }
        if (a->space == s)
            chain_cut(t, a);
        a = below;
    }
}

/* Frees T, which has no visits. */
static void thread_finish(struct thread *t)
{
    struct activation *a = t->base;

    wait_forget(t);
    t->base = NULL;
    t->current = NULL;
    t->depth = 0;
    t->faults = 0;
    if (a) {
        a->link = NULL;
        activation_give_back(a);
    }
    thread_release(t);
}

/* The end of T goes on at its own CPU, when the mail comes there; it does not run any more. */
static void end_later(struct thread *t)
{
    /* a fault is sent again from there, and what has been answered already is not answered twice */
    if (frame_is_fault(t->current->frame) || t->wait > WAIT_TRAVEL)
        wait_forget(t);
    else if (t->wait != WAIT_NOTHING)
        wait_abort(t, L4_ERR_OWNER_DIED);
    sched_stop(t, L4_THREAD_BLOCKED);
    t->wait = WAIT_TRAVEL;
    sched_leave(t, t->cpu, TRAVEL_END);
}

void thread_destroy(struct thread *t)
{
    struct thread *orphan;

    ASSERT(thread_is_mine(t) && !t->ended);
    t->object.dying = 1; /* visit_abort leaves the end to this function */
    /* a caller in hand is answered by T's own CPU only */
    if (caller_in_hand(t) && t->cpu != cpu_number()) {
        orphan = orphan_take(t);
        end_later(t);
        if (orphan)
            orphan_look(orphan);
        return;
    }
    if (caller_in_hand(t))
        queue_drop_caller(t->base, L4_ERR_DEAD);
    orphan = orphan_take(t);
    if (t->current != t->base) {
        end_later(t);
        return;
    }
    thread_finish(t);
    if (orphan)
        orphan_look(orphan);
}
