// SPDX-License-Identifier: BSD-2-Clause
// Mutex. The word is the address of the newest waiter with two flags in its low bits: HELD, and WOKEN while a
// waiter that was woken has not yet looked. Waiters lie on their own stacks, linked from newest to oldest.
// Anyone pushes at the front by compare-and-swap; only the holder takes away, and each waiter takes away
// itself, once it holds.
//
// Unlocking frees the mutex and wakes the oldest waiter, but does not hand over to it: who comes first takes
// it. So a thread that locks again and again within its slice does not switch each time because others wait
// (a convoy). No wake-up is lost: a waiter that finds the mutex held clears WOKEN before it sleeps again, and
// an unlock that finds waiters and no WOKEN wakes one.
#include <l4/mutex.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include "pending.h"

#define HELD  1ull
#define WOKEN 2ull
#define FLAGS (HELD | WOKEN)

struct waiter {
    struct waiter *older;
    uint64_t index; // activation to wake
};
_Static_assert(_Alignof(struct waiter) > FLAGS, "room for the flags in an address");

static struct waiter *newest_of(uint64_t word)
{
    return (struct waiter *)(uintptr_t)(word & ~FLAGS);
}

// acquire: what the last holder wrote is seen; release: so are the fields of a waiter that is put in.
static bool exchange(struct l4_mutex *mutex, uint64_t *word, uint64_t wanted)
{
    return atomic_compare_exchange_weak_explicit(&mutex->word, word, wanted, memory_order_acq_rel,
                                                 memory_order_acquire);
}

bool l4_mutex_try(struct l4_mutex *mutex)
{
    uint64_t word = atomic_load_explicit(&mutex->word, memory_order_relaxed);
    while (!(word & HELD)) {
        if (exchange(mutex, &word, word | HELD)) {
            l4_utcb()->held_locks++;
            return true;
        }
    }
    return false;
}

// Free in the meantime: taken, true. Else the waiter is queued, false.
static bool take_or_queue(struct l4_mutex *mutex, struct waiter *self)
{
    uint64_t word = atomic_load_explicit(&mutex->word, memory_order_acquire);
    for (;;) {
        self->older = newest_of(word);
        uint64_t queued = (uint64_t)(uintptr_t)self | (word & FLAGS);
        if (exchange(mutex, &word, word & HELD ? queued : word | HELD))
            return !(word & HELD);
    }
}

// A waiter that was woken looks: free, and taken: true. Held: false, and the next unlock wakes somebody.
static bool take_woken(struct l4_mutex *mutex)
{
    uint64_t word = atomic_load_explicit(&mutex->word, memory_order_acquire);
    for (;;) {
        uint64_t wanted = (word & ~WOKEN) | HELD;
        if (exchange(mutex, &word, wanted))
            return !(word & HELD);
    }
}

// Out of the queue; the caller holds the mutex.
static void leave_queue(struct l4_mutex *mutex, struct waiter *self)
{
    uint64_t word = atomic_load_explicit(&mutex->word, memory_order_acquire);
    while (newest_of(word) == self) {
        if (exchange(mutex, &word, (uint64_t)(uintptr_t)self->older | (word & FLAGS)))
            return;
    }
    struct waiter *newer =
        newest_of(word); // others were put in front: the links behind them are the holder's
    while (newer->older != self)
        newer = newer->older;
    newer->older = self->older;
}

void l4_mutex_lock(struct l4_mutex *mutex)
{
    L4_ASSERT(l4_utcb()->held_locks == 0);
    if (l4_mutex_try(mutex))
        return;
    struct waiter self = {.index = l4_utcb()->index};
    if (!take_or_queue(mutex, &self)) {
        // Woken between queueing and sleeping: the bit is pending and the wait ends at once.
        do {
            uint64_t taken;
            if (l4_pending_wait_flags(L4_PENDING_LOCK, 0, L4_FLAG_SHIELD, &taken))
                l4_abort("mutex-wait"); // a shielded wait has no other end
        } while (!take_woken(mutex));
        leave_queue(mutex, &self);
    }
    l4_utcb()->held_locks++;
}

static uint64_t index_of_oldest(uint64_t word)
{
    const struct waiter *waiter = newest_of(word);
    while (waiter->older)
        waiter = waiter->older;
    return waiter->index;
}

void l4_mutex_unlock(struct l4_mutex *mutex)
{
    L4_ASSERT(l4_utcb()->held_locks == 1);
    l4_utcb()->held_locks--;
    uint64_t word = atomic_load_explicit(&mutex->word, memory_order_acquire);
    for (;;) {
        bool wake = newest_of(word) && !(word & WOKEN);
        uint64_t index = wake ? index_of_oldest(word) : 0; // while it is held, and the waiters are there
        if (!exchange(mutex, &word, (word & ~HELD) | (wake ? WOKEN : 0)))
            continue;
        // The waiter may have taken the mutex by itself meanwhile and be gone: then nobody needs the bit.
        int error = wake ? l4_pending_wake(index, L4_PENDING_LOCK) : L4_OK;
        (void)error;
        return;
    }
}
