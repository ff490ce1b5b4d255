// SPDX-License-Identifier: BSD-2-Clause
// Mutex with direct hand-over. The word is 0 (free), 1 (held) or the address of the newest waiter | 1.
// Waiters lie on their own stacks, linked from newest to oldest; anyone pushes at the front by
// compare-and-swap, only the holder takes away, and it takes the oldest, so nobody is passed over. A waiter's
// memory is gone as soon as its `granted` is seen set: the holder reads its index before.
#include <l4/mutex.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include "pending.h"

#define HELD 1ull

struct waiter {
    struct waiter *older;
    uint64_t index; // activation to wake
    atomic_bool granted;
};

static struct waiter *newest_of(uint64_t word)
{
    return (struct waiter *)(uintptr_t)(word & ~HELD);
}

bool l4_mutex_try(struct l4_mutex *mutex)
{
    uint64_t free = 0;
    // acquire: what the last holder wrote is seen from here on
    if (!atomic_compare_exchange_strong_explicit(&mutex->word, &free, HELD, memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
    l4_utcb()->held_locks++;
    return true;
}

// Free in the meantime: taken, true. Else the waiter is queued, false.
static bool take_or_queue(struct l4_mutex *mutex, struct waiter *self)
{
    uint64_t word = atomic_load_explicit(&mutex->word, memory_order_relaxed);
    for (;;) {
        uint64_t wanted = word ? (uint64_t)(uintptr_t)self | HELD : HELD;
        self->older = newest_of(word);
        // acquire for the case that it was free, release so that the holder sees the waiter's fields
        if (atomic_compare_exchange_weak_explicit(&mutex->word, &word, wanted, memory_order_acq_rel,
                                                  memory_order_relaxed))
            return word == 0;
    }
}

void l4_mutex_lock(struct l4_mutex *mutex)
{
    L4_ASSERT(l4_utcb()->held_locks == 0);
    if (l4_mutex_try(mutex))
        return;
    struct waiter self = {.index = l4_utcb()->index};
    if (!take_or_queue(mutex, &self)) {
        // Woken between queueing and sleeping: the bit is pending and the wait ends at once.
        while (!atomic_load_explicit(&self.granted, memory_order_acquire)) {
            uint64_t taken;
            if (l4_pending_wait_flags(L4_PENDING_LOCK, 0, L4_FLAG_SHIELD, &taken))
                l4_abort("mutex-wait"); // a shielded wait has no other end
        }
    }
    l4_utcb()->held_locks++;
}

// The oldest waiter, out of the queue. There is one, and the caller holds the mutex.
static struct waiter *take_oldest(struct l4_mutex *mutex)
{
    uint64_t word = atomic_load_explicit(&mutex->word, memory_order_acquire);
    if (!newest_of(word)->older) {
        struct waiter *only = newest_of(word);
        // acquire on failure: newer waiters have come in front, and their fields are read below
        if (atomic_compare_exchange_strong_explicit(&mutex->word, &word, HELD, memory_order_acquire,
                                                    memory_order_acquire))
            return only;
    }
    struct waiter *before = newest_of(word);
    while (before->older->older)
        before = before->older;
    struct waiter *oldest = before->older;
    before->older = NULL;
    return oldest;
}

void l4_mutex_unlock(struct l4_mutex *mutex)
{
    L4_ASSERT(l4_utcb()->held_locks == 1);
    l4_utcb()->held_locks--;
    uint64_t word = HELD;
    // release: the next holder sees what this one wrote
    if (atomic_compare_exchange_strong_explicit(&mutex->word, &word, 0, memory_order_release,
                                                memory_order_relaxed))
        return;
    struct waiter *next = take_oldest(mutex);
    uint64_t index = next->index;
    atomic_store_explicit(&next->granted, true, memory_order_release); // *next may be gone after this line
    if (l4_pending_wake(index, L4_PENDING_LOCK))
        l4_abort("mutex-wake"); // the index was that of a running activation of this space
}
