/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits. Queueing and sleeping are one step: interrupts are off from the check to the switch, and a thread's
 * state is written by the CPU that has it in custody only, so no wake-up falls between them.
 */
#include <stdatomic.h>

#include "kernel/arch/timer.h"
#include "kernel/base/assert.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/ipc/ipc.h"

uint64_t queue_key(const struct thread *t)
{
    static _Atomic uint64_t arrival;
    /* relaxed: first come first served among those who come one after the other */
    uint64_t n = atomic_fetch_add_explicit(&arrival, 1, memory_order_relaxed);

    return (uint64_t)(255 - t->priority) << 56 | (n & ((UINT64_C(1) << 56) - 1));
}

uint64_t call_deadline(const struct activation *a)
{
    return a->regs[L4_REG_RAX] & L4_FLAG_TIMED ? a->regs[L4_REG_RSI] : L4_DEADLINE_NEVER;
}

enum l4_error wait_refused(const struct thread *t, bool shielded)
{
    if (shielded)
        return L4_OK;
    return !t->home ? L4_ERR_OWNER_DIED : t->cancelled ? L4_ERR_CANCELLED : L4_OK;
}

bool wait_begin(struct thread *t, enum wait what, void *on, uint64_t deadline, bool shielded)
{
    bool bounded = what != WAIT_REPLY && !frame_is_fault(t->current->frame);

    if (bounded && wait_refused(t, shielded) != L4_OK) {
        frame_error(t, wait_refused(t, shielded));
        return false;
    }
    if (bounded && deadline != L4_DEADLINE_NEVER && deadline <= timer_now()) {
        frame_error(t, L4_ERR_TIMEOUT);
        return false;
    }
    if (t->state == L4_THREAD_READY || t->leaving)
        sched_stop(t, L4_THREAD_BLOCKED);
    t->wait = (uint8_t)what;
    t->wait_on = on;
    t->shielded = shielded;
    if (bounded && deadline != L4_DEADLINE_NEVER)
        sched_deadline(t, deadline);
    return true;
}

void wait_requeue(struct thread *t)
{
    uint64_t key = queue_key(t);
    struct gate *g = t->call_gate;

    if (t->wait == WAIT_SEND) {
        heap_remove(&g->callers, &t->queue);
        heap_insert(&g->callers, &t->queue, key);
    } else if (t->wait == WAIT_POOL) {
        pool_requeue(g->space, g->pool, t, key);
    } else if (t->wait == WAIT_EVENT) {
        event_level_raise(t->wait_on, t);
    }
    receiver_changed(t);
}

/* Takes T out of whatever it is queued in. */
static void wait_unlink(struct thread *t)
{
    sched_no_deadline(t);
    switch ((enum wait)t->wait) {
    case WAIT_SEND:
        heap_remove(&((struct gate *)t->wait_on)->callers, &t->queue);
        queue_arm(t->wait_on);
        break;
    case WAIT_POOL:
        entry_unwait(t);
        break;
    case WAIT_GONE:
        end_wait_forget(t);
        break;
    case WAIT_EVENT:
        list_remove(&t->receiver);
        event_changed(t->wait_on);
        break;
    case WAIT_ROUND:
        list_remove(&t->receiver);
        break;
    case WAIT_RECEIVE:
        list_remove(&t->receiver);
        queue_arm(t->wait_on);
        break;
    case WAIT_REPLY:
        list_remove(&t->receiver);
        if (t->current->partner)
            t->current->partner->link = NULL;
        t->current->partner = NULL;
        break;
    case WAIT_DEFERRED:
        list_remove(&t->receiver);
        cap_reply_rename(&t->reply, NULL);
        break;
    case WAIT_TRAVEL:
        t->travel = TRAVEL_NONE;
        break;
    case WAIT_PENDING:
    case WAIT_NOTHING:
        break;
    }
    t->wait = WAIT_NOTHING;
    t->wait_on = NULL;
}

void wait_end(struct thread *t)
{
    wait_unlink(t);
    if (t->state == L4_THREAD_BLOCKED)
        sched_ready(t);
}

void wait_abort(struct thread *t, enum l4_error err)
{
    ASSERT(t->wait != WAIT_NOTHING);
    wait_end(t);
    frame_error(t, err);
}

bool pending_deliver(struct activation *a, uint64_t bits)
{
    struct message m = {.tag = l4_tag(L4_OP_PENDING, 0, 0, 0), .w = {bits}};

    if (bits)
        message_put(a, &m);
    return bits != 0;
}

void pending_wait(struct thread *t)
{
    struct activation *a = t->current;

    /* acquire: pairs with pending_wake, so the taker sees what the waker wrote before */
    if (pending_deliver(a, atomic_exchange_explicit(&a->pending, 0, memory_order_acquire)))
        return;
    if (wait_begin(t, WAIT_PENDING, a, call_deadline(a), a->regs[L4_REG_RAX] & L4_FLAG_SHIELD))
        a->frame = FRAME_OPEN;
}

void pending_look(struct thread *t)
{
    struct activation *a = t->current;
    bool taken = false;

    if (t->wait == WAIT_PENDING)
        /* seq_cst: see pending_wake */
        taken = pending_deliver(a, atomic_exchange_explicit(&a->pending, 0, memory_order_seq_cst));
    else if (t->wait == WAIT_RECEIVE)
        taken = event_receive(t);
    if (taken)
        wait_end(t);
}

void pending_tell(struct thread *t)
{
    if (thread_is_mine(t))
        pending_look(t);
    else
        mail_post(&t->object.mail, thread_custody(t), MAIL_WAKE);
}

void pending_wake(struct activation *a, uint64_t bits)
{
    struct thread *t;

    /* seq_cst: first the bits, then whose it is. A recall gives A to another thread first and then looks at
     * the bits (pending_look): one of the two sees the other. The mail comes after the bits, so a wait that
     * begins meanwhile is seen. */
    atomic_fetch_or_explicit(&a->pending, bits, memory_order_seq_cst);
    t = activation_thread(a);
    if (t) /* else it has come free meanwhile: who gets it by the slow path begins without bits */
        pending_tell(t);
}
