// SPDX-License-Identifier: BSD-2-Clause
// Conditions: threads and visitors of one space wait until something guarded by a mutex has changed. No
// memory of its own: the list of waiters lies on their stacks. Pending bit 62 is used for it.
#ifndef L4_CONDITION_H
#define L4_CONDITION_H

#include <l4/base.h>
#include <l4/mutex.h>

struct l4_waiter;
struct l4_condition {
    struct l4_waiter *first; // guarded by the mutex that goes with the condition, as is all of this
    struct l4_waiter *last;
};

// With the mutex held: gives it up, waits and takes it again. 0 = woken; L4_ERR_TIMEOUT (deadline as of
// l4_pending_wait), L4_ERR_CANCELLED, L4_ERR_OWNER_DIED. Always look again at what was waited for.
L4_MUST_CHECK int l4_condition_wait(struct l4_condition *condition, struct l4_mutex *mutex,
                                    uint64_t deadline);
// With the mutex held: unlocks it and then wakes the one who has waited longest, or all.
void l4_condition_wake_one_unlock(struct l4_condition *condition, struct l4_mutex *mutex);
void l4_condition_wake_all_unlock(struct l4_condition *condition, struct l4_mutex *mutex);

#endif
