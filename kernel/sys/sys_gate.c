/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on gates and events. Those on events are done on the event's CPU (syscall.c).
 */
#include "kernel/base/assert.h"
#include "kernel/sys/reaper.h"

enum l4_error op_GATE_CREATE(struct call *c)
{
    struct space *s = call_space(c);
    struct gate_config config = {.mode = (enum l4_gate_mode)(c->w[0] & 0xff),
                                 .takes_items = (c->w[0] & L4_GATE_ITEMS) != 0,
                                 .entry = c->w[1],
                                 .pool = c->w[2],
                                 .floor = c->w[5]};
    struct gate *g;
    enum l4_error err;

    if (c->w[0] & ~(uint64_t)(0xff | L4_GATE_ITEMS) || c->w[3] & ~(uint64_t)L4_RIGHT_ALL)
        return L4_ERR_ARG;
    err = cap_check(&c->space->caps, c->w[4]);
    if (err != L4_OK)
        return err;
    err = gate_create(s, &config, &g);
    if (err != L4_OK)
        return err;
    err = call_give(c, &g->object, c->w[3], c->w[4]);
    if (err != L4_OK)
        gate_free(g);
    return err;
}

enum l4_error op_GATE_DEFER(struct call *c)
{
    if (call_space(c) != c->space)
        return L4_ERR_STATE;
    return ipc_defer(c->thread, c->w[0], &c->w[0]);
}

enum l4_error op_GATE_DESTROY(struct call *c)
{
    struct cap *cap = cap_lookup(&call_space(c)->caps, c->w[0]);
    struct gate *g;

    if (!cap || (cap->kind != L4_KIND_GATE && cap->kind != L4_KIND_DEAD))
        return L4_ERR_CAP;
    if (cap_is_dead(cap))
        return L4_ERR_DEAD;
    if (!(cap->rights & L4_RIGHT_MANAGE))
        return L4_ERR_RIGHTS;
    g = CONTAINER_OF(cap_object(cap), struct gate, object);
    if (g->mode == L4_GATE_QUEUE && g->cpu != cpu_number()) {
        c->done = true;
        travel_call(c->thread, g->cpu);
        return L4_OK;
    }
    if (gate_destroy(g) != L4_OK)
        return L4_ERR_DEAD;
    c->ends = &g->object;
    return L4_OK;
}

enum l4_error op_EVENT_CREATE(struct call *c)
{
    struct event *e;
    enum l4_error err;

    if (c->w[0] & ~(uint64_t)L4_RIGHT_ALL)
        return L4_ERR_ARG;
    err = cap_check(&c->space->caps, c->w[1]);
    if (err != L4_OK)
        return err;
    err = event_create(call_space(c), &e);
    if (err != L4_OK)
        return err;
    err = call_give(c, &e->object, c->w[0], c->w[1]);
    if (err != L4_OK) {
        event_destroy(e);
        c->ends = &e->object;
    }
    return err;
}

enum l4_error op_EVENT_DESTROY(struct call *c)
{
    event_destroy(call_event(c));
    c->ends = c->object;
    return L4_OK;
}

enum l4_error op_EVENT_SIGNAL(struct call *c)
{
    if (c->w[0] == 0)
        return L4_ERR_ARG;
    event_signal(call_event(c), c->w[0]);
    return L4_OK;
}

enum l4_error op_EVENT_WAIT(struct call *c)
{
    if (c->w[0] == 0)
        return L4_ERR_ARG;
    if (event_bound(call_event(c)))
        return L4_ERR_STATE;
    c->done = true;
    event_wait(c->thread, call_event(c), c->w[0]);
    return L4_OK;
}

enum l4_error op_EVENT_TIMER(struct call *c)
{
    if (c->w[0] == 0 && c->w[1] != L4_DEADLINE_NEVER)
        return L4_ERR_ARG;
    event_set_timer(call_event(c), c->thread, c->w[0], c->w[1]);
    return L4_OK;
}

enum l4_error op_EVENT_BIND_DEATH(struct call *c)
{
    struct cap *cap = cap_lookup(&c->space->caps, c->w[1]);

    if (c->w[0] == 0)
        return L4_ERR_ARG;
    if (!cap)
        return L4_ERR_CAP;
    if (cap_is_dead(cap))
        return L4_ERR_DEAD;
    if (cap->kind != L4_KIND_SPACE && cap->kind != L4_KIND_THREAD && cap->kind != L4_KIND_GATE)
        return L4_ERR_CAP;
    return event_bind_death(call_event(c), c->w[0], cap_object(cap));
}

enum l4_error op_EVENT_BIND_THREAD(struct call *c)
{
    struct event *e = call_event(c);
    uint64_t bits = 0;
    struct thread *t;
    struct cap *cap;
    enum l4_error err;

    if (c->w[0] == L4_HANDLE_NONE) {
        event_unbind_thread(event_bound(e));
        return L4_OK;
    }
    err = call_argument(c, c->w[0], L4_KIND_THREAD, L4_RIGHT_MANAGE, &cap);
    if (err != L4_OK)
        return err;
    t = CONTAINER_OF(cap_object(cap), struct thread, object);
    event_take_in(e); /* no look at its waiters is left half-way, unless there are some */
    spin_lock(&bind_lock);
    err = t->object.dying ? L4_ERR_DEAD : L4_ERR_BUSY;
    if (!t->object.dying && !event_bound(e) && !thread_event(t) && list_empty(&e->waiters)) {
        /* release: who finds one of them finds it whole */
        atomic_store_explicit(&e->bound, t, memory_order_release);
        atomic_store_explicit(&t->bound, e, memory_order_release);
        /* what nobody has waited for is the thread's, too */
        bits = e->pending;
        e->pending = 0;
        event_level_raise(e, t);
        err = L4_OK;
    }
    spin_unlock(&bind_lock);
    event_changed(e);
    event_signal(e, bits);
    return err;
}

enum l4_error op_EVENT_UNBIND(struct call *c)
{
    c->again = !event_unbind(call_event(c), L4_ERR_CANCELLED);
    return L4_OK;
}
