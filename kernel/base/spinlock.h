/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlocks with ranks (lock_ranks.h). Interrupts are off wherever the kernel takes a lock, so holders
 * are never interrupted.
 */
#ifndef QUIRE_BASE_SPINLOCK_H
#define QUIRE_BASE_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/assert.h"
#include "kernel/base/cpu_local.h"
#include "kernel/base/lock_ranks.h"

struct spinlock {
    _Atomic uint32_t next;  /* ticket the next CPU draws */
    _Atomic uint32_t owner; /* ticket that holds the lock */
    uint32_t rank;          /* enum lock_rank */
};

#define SPINLOCK_INIT(of_rank)                   \
    {                                            \
        .next = 0, .owner = 0, .rank = (of_rank) \
    }

#if __STDC_HOSTED__
/* Threads of the host play CPUs: who waits lets the others run. */
void host_spin(void);
#define SPIN_WAIT() host_spin()
/* relaxed load: only the holder writes owner. release: what the holder wrote is seen by the next one */
#define SPIN_NEXT(lock)                                                                                   \
    atomic_store_explicit(&(lock)->owner, atomic_load_explicit(&(lock)->owner, memory_order_relaxed) + 1, \
                          memory_order_release)
#else
#define SPIN_WAIT()     __builtin_ia32_pause()
/* The same in one instruction, of which the compiler makes three: every store releases (SDM vol. 3, 8.2.2),
 * and only the holder writes owner, so it needs no lock prefix. */
#define SPIN_NEXT(lock) __asm__ volatile("incl %0" : "+m"((lock)->owner) : : "memory")
#endif

/*
 * Notes in the CPU-local page what is held. Ranks from RANK_KMAP on are leaves, whose holders take nothing;
 * they are not noted, since some are taken before that page is there.
 */
static inline bool spin_is_noted(const struct spinlock *lock)
{
    return QUIRE_ASSERT && lock->rank < RANK_KMAP;
}

static inline void spin_note(const struct spinlock *lock)
{
    ASSERT(lock->rank != RANK_NONE);
    if (!spin_is_noted(lock))
        return;
    /* ascending: none of this rank or above is held */
    ASSERT(cpu_local()->locks_held >> lock->rank == 0);
    cpu_local()->locks_held |= 1u << lock->rank;
}

static inline void spin_lock(struct spinlock *lock)
{
    uint32_t ticket;

    spin_note(lock);
    /* relaxed: drawing a ticket orders nothing; the acquire below pairs with the release in spin_unlock */
    ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);
    while (atomic_load_explicit(&lock->owner, memory_order_acquire) != ticket)
        SPIN_WAIT();
}

static inline void spin_unlock(struct spinlock *lock)
{
    if (spin_is_noted(lock))
        cpu_local()->locks_held &= ~(1u << lock->rank);
    SPIN_NEXT(lock);
}

/* True when this CPU holds no noted lock. For assertions. */
static inline bool spin_none_held(void)
{
    return !QUIRE_ASSERT || cpu_local()->locks_held == 0;
}

/* True when somebody holds it; for assertions that the caller does. */
static inline bool spin_is_locked(struct spinlock *lock)
{
    /* relaxed: the answer is stable only for the holder, who needs no ordering to see his own lock */
    return atomic_load_explicit(&lock->owner, memory_order_relaxed) !=
           atomic_load_explicit(&lock->next, memory_order_relaxed);
}

#endif
