/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receive windows when their use ends. What was delivered to an activation goes before the activation returns
 * to its pool, in steps: who gets it next finds nothing there. Meanwhile it is nobody's, counts as in use and
 * lies on a list of the CPU on which its use ended (cpu_local.windows), which alone touches it.
 *
 * One window has one step in each turn of that CPU (sys/work.c), in rotation and whatever the priorities, so
 * that nobody who computes keeps a space from its end, which waits for its activations. In a space that dies
 * no window is cleaned: all its memory and slots go anyway, after the last activation has come back.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/map/mapdb.h"
#include "kernel/smp/round.h"

/* In one step, which may come before a thread of any priority. */
#define SLOTS 2
#define PAGES 4

static void return_now(struct activation *a)
{
    struct space *s = a->space;
    unsigned pool = a->pool;

    pool_return(a);
    entry_pool_freed(s, pool);
}

void activation_give_back(struct activation *a)
{
    struct cpu_local *c = cpu_local();

    if (!(a->flags & ACT_WINDOW) || a->space->object.dying) {
        return_now(a);
        return;
    }
    /* threads that are worse wait for it, the others share the CPU with it */
    if (a->thread->priority > c->busy_for)
        c->busy_for = a->thread->priority;
    activation_disown(a);
    a->cleaning.slots = 0;
    a->cleaning.bytes = 0;
    list_init(&a->cleaning.waiter);
    list_add_tail(&c->windows, &a->cleaning.list);
}

/* True when nothing is left in A's window. */
static bool step(struct activation *a)
{
    const struct area *area = &a->space->area;
    uint64_t slot = area->slot_first + a->index * area->slots_each;
    uint64_t at = area->window_base + a->index * area->window_bytes;
    uint64_t done;
    bool finished;

    for (unsigned i = 0; i < SLOTS; i++, a->cleaning.slots++) {
        if (a->cleaning.slots == area->slots_each) {
            finished = unmap_within(&a->space->vs, at + a->cleaning.bytes,
                                    area->window_bytes - a->cleaning.bytes, L4_UNMAP_ALL, 0, PAGES, &done);
            a->cleaning.bytes += done;
            return finished;
        }
        if (!cap_unmap_index(&a->space->caps, slot + a->cleaning.slots))
            return false;
        cap_clear_index(&a->space->caps, slot + a->cleaning.slots);
    }
    return false;
}

/*
 * Who waits for A goes on once no other CPU uses what was unmapped. The round begins also when nobody waits:
 * a CPU that computes, and is asked for nothing, would go on using it.
 */
static void tell_waiter(struct activation *a)
{
    uint64_t number = map_flush_finish();
    struct thread *t = LIST_FIRST(&a->cleaning.waiter, struct thread, receiver);

    if (list_empty(&a->cleaning.waiter)) {
        round_start(number);
        return;
    }
    wait_end(t);
    if (number != ROUND_NONE)
        round_wait(t, number);
}

bool windows_run(void)
{
    struct list *windows = &cpu_local()->windows;
    struct activation *a = LIST_FIRST(windows, struct activation, cleaning.list);

    if (list_empty(windows))
        return false;
    list_remove(&a->cleaning.list);
    if (a->space->object.dying || step(a)) {
        tell_waiter(a);
        return_now(a);
    } else {
        list_add_tail(windows, &a->cleaning.list);
    }
    return !list_empty(windows);
}

void window_wait(struct thread *t, struct activation *a)
{
    /* in a space that dies it has gone back at once; and the answer may have led T to something else */
    if (!(a->flags & ACT_WINDOW) || t->state != L4_THREAD_READY)
        return;
    sched_stop(t, L4_THREAD_BLOCKED);
    t->wait = WAIT_ROUND;
    t->wait_on = NULL;
    list_add_tail(&a->cleaning.waiter, &t->receiver);
}
