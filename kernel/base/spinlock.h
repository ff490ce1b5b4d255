/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlock. Interrupts are off wherever the kernel takes a lock, so holders are never interrupted.
 */
#ifndef QUIRE_BASE_SPINLOCK_H
#define QUIRE_BASE_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct spinlock {
    _Atomic uint32_t next;  /* ticket the next CPU draws */
    _Atomic uint32_t owner; /* ticket that holds the lock */
};

#define SPINLOCK_INIT \
    {                 \
        0, 0          \
    }

static inline void spin_lock(struct spinlock *lock)
{
    /* relaxed: drawing a ticket orders nothing; the acquire below pairs with the release in spin_unlock */
    uint32_t ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

    while (atomic_load_explicit(&lock->owner, memory_order_acquire) != ticket)
        __builtin_ia32_pause();
}

static inline void spin_unlock(struct spinlock *lock)
{
    /* relaxed load: only the holder writes owner */
    uint32_t ticket = atomic_load_explicit(&lock->owner, memory_order_relaxed);

    /* release: what the holder wrote is seen by the next one */
    atomic_store_explicit(&lock->owner, ticket + 1, memory_order_release);
}

/* True when somebody holds it; for assertions that the caller does. */
static inline bool spin_is_locked(struct spinlock *lock)
{
    /* relaxed: the answer is stable only for the holder, who needs no ordering to see his own lock */
    return atomic_load_explicit(&lock->owner, memory_order_relaxed) !=
           atomic_load_explicit(&lock->next, memory_order_relaxed);
}

#endif
