/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread needs before it runs in user mode: that it may run here at all, an index, a UTCB that is
 * mapped, the words of the call that it came with. Called for the thread that is to run next, at the exit
 * of the kernel. Lock: none; the thread is in the custody of this CPU.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/smp/round.h"

/* Puts T's state on a numbered activation of its home pool, if there is one now. */
static void number_base(struct thread *t)
{
    struct activation *old = t->base;
    struct activation *a = pool_take(t->home, L4_POOL_HOME, t);

    if (!a)
        return;
    a->rip = old->rip;
    a->rsp = a->sp0;
    for (unsigned i = 0; i < ACT_REGS; i++)
        a->regs[i] = old->regs[i];
    a->regs[L4_REG_RBX] = a->utcb;
    a->flags = 0;
    a->full = old->full;
    t->base = a;
    t->current = a;
    pool_return(old);
}

/* What T's visit was sent has been taken from a forwarder, which leaves the chain below it. */
static void forwarded(struct thread *t)
{
    struct activation *a = t->current;

    t->current = a->link;
    t->depth--;
    a->flags |= t->current->flags & ACT_BROKEN;
    (void)visit_leave(t); /* whoever called may be gone already */
    a->link = t->current;
    t->current = a;
    t->depth++;
    a->priority = t->priority;
    if (a->via->floor > t->priority)
        sched_set_priority(t, a->via->floor);
}

/* Fetches what entry_send left open. False when the visit ended with an error. */
static bool pull(struct thread *t)
{
    struct activation *a = t->current;
    struct activation *from = a->pull;
    uint64_t tag = a->regs[L4_REG_RAX];
    enum l4_error err = L4_OK;

    a->pull = NULL;
    if (l4_tag_items(tag) && !a->via->takes_items)
        err = L4_ERR_ARG;
    if (err == L4_OK)
        err = message_fetch(from, a, tag, FETCH_REQUEST);
    if (err == ROUND_AGAIN) {
        a->pull = from;
        round_wait(t, round_current());
    } else if (err != L4_OK) {
        visit_abort(t, err);
    } else if (from->frame == FRAME_FORWARD) {
        forwarded(t);
    }
    return err == L4_OK;
}

/*
 * At home, with nobody in hand, T goes to the CPU that THREAD_MOVE named, or to the first one of its space if
 * that has left the set. Nobody runs at home on a CPU that has left, where there may be no table any more: a
 * server that serves the gate of another space there loses who is in hand.
 */
static bool moves(struct thread *t)
{
    uint64_t set;

    if (t->current != t->base)
        return false;
    /* acquire: as in space_on_cpu */
    set = atomic_load_explicit(&t->home->cpus, memory_order_acquire);
    if (!(set >> t->move_to & 1))
        t->move_to = (uint8_t)__builtin_ctzll(set);
    if (t->move_to == t->cpu || (t->base->link && set >> t->cpu & 1))
        return false;
    queue_drop_caller(t->base, L4_ERR_DEAD);
    sched_stop(t, L4_THREAD_BLOCKED);
    t->cpu = t->move_to;
    sched_ready(t);
    return true;
}

bool thread_prepare(struct thread *t)
{
    struct activation *a = t->current;

    ASSERT(a && !frame_is_fault(a->frame));
    if (moves(t))
        return false;
    if (t->suspended && a == t->base) {
        sched_stop(t, L4_THREAD_SUSPENDED);
        return false;
    }
    if (a->space->stopped) {
        t->stopped = true;
        sched_stop(t, L4_THREAD_SUSPENDED);
        return false;
    }
    if (a->index == ACT_NO_INDEX) {
        number_base(t);
        a = t->current;
    }
    if (!activation_make_resident(a)) {
        fault_switch(t);
        return false;
    }
    a->flags &= (uint8_t)~ACT_TRIED;
    if (a->pull && !pull(t))
        return false;
    if (a->flags & ACT_ASIDE) {
        queue_receive_again(t);
        return false;
    }
    return true;
}
