/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on threads, done on the CPU that has the thread in custody (syscall.c).
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/fast.h"
#include "kernel/sys/reaper.h"

#define RFLAGS_START UINT64_C(0x202)

enum l4_error op_THREAD_CREATE(struct call *c)
{
    struct space *s = call_space(c);
    uint64_t rights = c->w[0];
    uint64_t priority = c->w[2];
    struct thread *t;
    enum l4_error err;

    if (rights & ~(uint64_t)L4_RIGHT_ALL)
        return L4_ERR_ARG;
    if (priority > s->max_priority)
        return L4_ERR_RANGE;
    if (s->area.indices == 0)
        return L4_ERR_STATE;
    err = cap_check(&c->space->caps, c->w[1]);
    if (err != L4_OK)
        return err;
    t = thread_alloc(s, &s->quota);
    if (!t)
        return L4_ERR_QUOTA;
    t->priority = (uint8_t)priority;
    t->home_priority = (uint8_t)priority;
    space_add_thread(s, t);
    err = call_give(c, &t->object, rights, c->w[1]);
    if (err != L4_OK) {
        thread_destroy(t);
        c->ends = &t->object;
    }
    return err;
}

/* True when T may run on CPU: it is in the set of T's space, all of which are online. */
static bool cpu_allowed(const struct thread *t, uint64_t cpu)
{
    return cpu < CPUS_MAX && space_on_cpu(t->home, (unsigned)cpu);
}

enum l4_error op_THREAD_START(struct call *c)
{
    struct thread *t = call_thread(c);
    uint64_t ip = c->w[0];
    struct activation *a;

    if (ip >= L4_USER_END)
        return L4_ERR_RANGE;
    if (t->state != L4_THREAD_NEW || !t->home)
        return L4_ERR_STATE;
    if (!cpu_allowed(t, c->w[2]))
        return L4_ERR_CPU;
    a = pool_take(t->home, L4_POOL_HOME, t);
    if (!a)
        a = activation_make_unnumbered(t->home, t);
    if (!a)
        return L4_ERR_QUOTA;
    t->base = a;
    t->current = a;
    a->rip = ip;
    a->rsp = a->sp0;
    a->regs[L4_REG_RDI] = c->w[1];
    a->regs[L4_REG_RBX] = a->utcb;
    a->regs[ACT_REG_RFLAGS] = RFLAGS_START;
    a->full = 1;
    t->cpu = (uint8_t)c->w[2];
    t->move_to = t->cpu;
    /* started, from now on: on its way to its CPU it must not be started again */
    t->state = L4_THREAD_BLOCKED;
    sched_ready(t);
    return L4_OK;
}

enum l4_error op_THREAD_MOVE(struct call *c)
{
    struct thread *t = call_thread(c);

    if (!t->home)
        return L4_ERR_STATE;
    if (!cpu_allowed(t, c->w[0]))
        return L4_ERR_CPU;
    /* it goes when it is about to run at home; one that has not started yet is told its CPU then */
    t->move_to = (uint8_t)c->w[0];
    if (t == cpu_local()->thread)
        cpu_local()->need_pick = true;
    receiver_changed(t);
    return L4_OK;
}

enum l4_error op_THREAD_DESTROY(struct call *c)
{
    struct thread *t = call_thread(c);

    thread_destroy(t);
    if (t->object.dying)
        c->ends = &t->object;
    return L4_OK;
}

enum l4_error op_THREAD_SUSPEND(struct call *c)
{
    struct thread *t = call_thread(c);

    t->suspended = true;
    /* callers queue until it is resumed and waits again */
    if (t->wait == WAIT_RECEIVE) {
        wait_end(t);
        t->base->flags |= ACT_ASIDE;
    }
    /* a ready thread is looked at before it runs; a waiting one when its wait is over */
    if (t == c->thread)
        cpu_local()->need_pick = true;
    return L4_OK;
}

enum l4_error op_THREAD_RESUME(struct call *c)
{
    struct thread *t = call_thread(c);

    if (!t->suspended && t->state != L4_THREAD_HALTED)
        return L4_ERR_STATE;
    t->suspended = false;
    if (t->state == L4_THREAD_SUSPENDED || t->state == L4_THREAD_HALTED)
        sched_ready(t);
    return L4_OK;
}

enum l4_error op_THREAD_PRIORITY(struct call *c)
{
    struct thread *t = call_thread(c);

    if (!t->home)
        return L4_ERR_STATE;
    if (c->w[0] > t->home->max_priority)
        return L4_ERR_RANGE;
    t->home_priority = (uint8_t)c->w[0];
    if (t->current == t->base && t->priority != t->home_priority) {
        sched_set_priority(t, t->home_priority);
        wait_requeue(t);
    }
    return L4_OK;
}

enum l4_error op_THREAD_STATE(struct call *c)
{
    struct thread *t = call_thread(c);
    struct activation *a = t->current;

    c->w[0] = t->suspended ? L4_THREAD_SUSPENDED : t->state;
    c->w[1] = t->object.id;
    c->w[2] = t->priority;
    /* registers are the space's that the thread is in: shown at home only */
    c->w[3] = a && a == t->base ? a->rip : 0;
    c->w[4] = a && a == t->base ? a->rsp : 0;
    c->w[5] = t->depth;
    c->w[6] = a ? a->space->object.id : 0;
    c->w[7] = t->base && t->base->index != ACT_NO_INDEX ? t->base->index : L4_INDEX_NONE;
    return L4_OK;
}

enum l4_error op_THREAD_CANCEL(struct call *c)
{
    struct thread *t = call_thread(c);

    if (c->w[0] > 1)
        return L4_ERR_ARG;
    if (!t->home)
        return L4_ERR_STATE;
    thread_cancel(t, c->w[0] == 1);
    return L4_OK;
}

enum l4_error op_THREAD_FOREIGN(struct call *c)
{
    if (c->w[0] > 1)
        return L4_ERR_ARG;
    call_thread(c)->foreign = c->w[0] == 1;
    receiver_changed(call_thread(c));
    return L4_OK;
}

enum l4_error op_THREAD_RECALL(struct call *c)
{
    if (call_thread(c) == c->thread)
        return L4_ERR_STATE;
    return thread_recall(call_thread(c));
}

enum l4_error op_THREAD_YIELD(struct call *c)
{
    if (call_thread(c) != c->thread)
        return L4_ERR_STATE;
    sched_yield();
    return L4_OK;
}
