// SPDX-License-Identifier: BSD-2-Clause
// Conditions. See l4/condition.h.
//
// A waiter lies on the stack of the one who waits. Once it is off the list a wake of its activation is on the
// way, and the waker still reads `next` and `index`; so the waiter does not return before that wake is there
// (absorb), even if its own wait ended by a deadline or a death in the meantime.
#include <l4/condition.h>
#include <l4/ipc.h>
#include <l4/program.h>

#include "pending.h"

#define PENDING_CONDITION (1ull << 62)

struct l4_waiter {
    struct l4_waiter *next;
    uint64_t index; // of the activation
    bool linked;
};

static void append(struct l4_condition *condition, struct l4_waiter *waiter)
{
    if (condition->last != NULL)
        condition->last->next = waiter;
    else
        condition->first = waiter;
    condition->last = waiter;
}

static void take_out(struct l4_condition *condition, struct l4_waiter *waiter)
{
    struct l4_waiter *before = NULL;

    for (struct l4_waiter *w = condition->first; w != waiter; w = w->next)
        before = w;
    if (before != NULL)
        before->next = waiter->next;
    else
        condition->first = waiter->next;
    if (condition->last == waiter)
        condition->last = before;
}

// Waits for a wake that is sure to come, whatever happens to the owner of this thread.
static void absorb(void)
{
    uint64_t taken;

    if (l4_pending_wait_flags(PENDING_CONDITION, 0, L4_FLAG_SHIELD, &taken) != L4_OK)
        l4_abort("condition-wait"); // a shielded wait has no other end
}

static void wake(uint64_t index)
{
    if (l4_pending_wake(index, PENDING_CONDITION) != L4_OK)
        l4_abort("condition-wake"); // the index was that of a running activation of this space
}

int l4_condition_wait(struct l4_condition *condition, struct l4_mutex *mutex, uint64_t deadline)
{
    struct l4_waiter self = {.index = l4_utcb()->index, .linked = true};
    uint64_t taken;
    int error;

    append(condition, &self);
    l4_mutex_unlock(mutex);
    error = l4_pending_wait(PENDING_CONDITION, deadline, &taken);
    l4_mutex_lock(mutex);
    if (self.linked) {
        // Nobody has woken us: the wait ended by itself (or a bit from elsewhere came: look again).
        take_out(condition, &self);
        return error;
    }
    if (error != L4_OK) {
        l4_mutex_unlock(mutex);
        absorb();
        l4_mutex_lock(mutex);
    }
    return L4_OK;
}

void l4_condition_wake_one_unlock(struct l4_condition *condition, struct l4_mutex *mutex)
{
    struct l4_waiter *waiter = condition->first;
    uint64_t index;

    if (waiter == NULL) {
        l4_mutex_unlock(mutex);
        return;
    }
    take_out(condition, waiter);
    waiter->linked = false;
    index = waiter->index;
    l4_mutex_unlock(mutex);
    wake(index);
}

void l4_condition_wake_all_unlock(struct l4_condition *condition, struct l4_mutex *mutex)
{
    struct l4_waiter *waiter = condition->first;

    for (struct l4_waiter *w = waiter; w != NULL; w = w->next)
        w->linked = false;
    condition->first = NULL;
    condition->last = NULL;
    l4_mutex_unlock(mutex);
    while (waiter != NULL) {
        uint64_t index = waiter->index;

        waiter = waiter->next; // before the wake: after it the waiter's stack is its own again
        wake(index);
    }
}
