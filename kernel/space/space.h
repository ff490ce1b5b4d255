/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Space: address space, capability table, quota, activation areas and pools, and the lists of what lies in
 * it. A protection domain. Destruction is conducted by sys/destroy.c.
 *
 * Locks: tree_lock (space.c) for who funds whom; each space's own for its lists, pools, areas and index.
 * Counters are sums, read without a lock.
 */
#ifndef QUIRE_SPACE_SPACE_H
#define QUIRE_SPACE_SPACE_H

#include <l4/abi/layout.h>
#include <l4/abi/ops.h>

#include "kernel/base/counter.h"
#include "kernel/base/spinlock.h"
#include "kernel/cap/cap.h"
#include "kernel/map/vspace.h"
#include "kernel/thread/thread.h"

#define SPACE_CHARGE sizeof(struct space)

struct gate;
struct event;

/* A place that names a gate without a capability slot; the gate clears it when it dies (ipc/gate.c). */
struct gate_ref {
    _Atomic(struct gate *) gate;
    _Atomic uint64_t badge;
    struct list in_gate;
};

/* What dies in steps (sys/reaper.c): spaces and entry gates. */
struct ending {
    struct list list; /* cpu_local.reaping: it has a step to do */
    struct object *object;
    uint8_t cpu; /* where its steps are done */
    uint8_t priority;
};

/* How far the death of a space is. */
enum reap_phase {
    REAP_MARK,
    REAP_ROUND,
    REAP_CHILDREN, /* those it funds begin to die */
    REAP_GATES,    /* close */
    REAP_WAITERS,  /* for an activation are told */
    REAP_THREADS,  /* end, or go on as orphans elsewhere */
    REAP_VISITORS, /* leave */
    REAP_CLOSED_GATES,
    REAP_EVENTS,
    REAP_FUNDED, /* those it funds are gone */
    REAP_REFS,
    REAP_MEMORY,
    REAP_SETTLE, /* its frames are free */
    REAP_FREE,
};

/* A set of activations that gates or home threads draw from. */
struct pool {
    struct activation *resident; /* free, UTCB present when last used: LIFO */
    struct activation *absent;   /* free, never resident or lost */
    struct activation *retired;  /* its visit was aborted by a fault: not dealt before it is added again */
    struct heap waiters;         /* threads in WAIT_POOL, by priority */
    uint32_t total;
    uint32_t in_use; /* those in no list above: in use, or in the record of a CPU */
};

struct area {
    uint64_t utcb_base;
    uint64_t stack_base;
    uint64_t stride;
    uint64_t indices; /* 0: not set yet */
    uint64_t window_base;
    uint64_t window_bytes;
    uint64_t slot_first;
    uint64_t slots_each;
};

/* activations by index: directory pages of pages of pointers */
#define INDEX_DIRS (L4_INDEX_COUNT / (512 * 512))

typedef struct activation *_Atomic index_entry;
typedef index_entry *_Atomic index_page_t;
typedef index_page_t *_Atomic index_dir_t;

struct space {
    struct object object;
    struct vspace vs;
    struct cap_table caps;
    struct quota quota;

    /* tree_lock */
    struct space *funder;
    struct list funded;  /* spaces it funds */
    struct list sibling; /* in the funder's list */

    /* its own lock */
    struct spinlock lock;
    struct list threads; /* in_home */
    struct list gates;   /* in_space */
    struct list events;  /* in_space */
    struct list active;  /* activations in use (in_space) */

    struct area area;
    index_dir_t index_dirs[INDEX_DIRS]; /* read without the lock */
    struct pool pools[L4_POOL_COUNT];
    uint32_t activations;
    uint64_t recorded;      /* CPUs for which its records are paid */
    int32_t record;         /* of its pools on every CPU of its set (record.h) */
    _Atomic uint64_t armed; /* CPUs in whose records something of it may be, or was taken by a fast call */

    struct ending ending;
    _Atomic bool stopped;        /* nobody runs in it */
    struct list marker;          /* of the reaper in one of the lists above, while it goes through it */
    struct list stop_marker;     /* of SPACE_STOP in `active`; none after REAP_ROUND */
    uint8_t phase;               /* enum reap_phase */
    _Atomic uint64_t cpus;       /* CPU set; written under tree_lock, see space_cpus.c */
    uint32_t cpu_uses[CPUS_MAX]; /* tree_lock: queue gates and funded spaces that need the CPU */
    uint64_t departure;          /* tree_lock: round in which CPUs left the set */
    uint64_t inside;             /* tree_lock: CPUs on which somebody was found inside since */
    uint32_t looked;             /* tree_lock: indices that were looked at for that */
    uint32_t max_priority;
    _Atomic uint32_t thread_count;
    _Atomic uint32_t visitors;
    struct gate_ref fault_gate[2]; /* enum l4_space_gate */
    _Atomic uint64_t foreign;      /* where system calls go that are not native ones; 0: nowhere */
    _Atomic(struct event *) supervisor;
    uint64_t supervisor_bits;
    struct list in_supervisor;

    uint64_t utcb_pages; /* map_lock */
    uint64_t stack_pages;
    counter_t switch_faults;
    counter_t page_faults;
};

/* True when L, found in a list of S, is no object's node. */
static inline bool space_is_marker(const struct space *s, const struct list *l)
{
    return l == &s->marker || l == &s->stop_marker;
}

/* A space for the CPUs of the set, funded with BYTES by FUNDER (NULL: the first one, with the pool's memory).
 * CPU when the set is empty, DEAD when the funder dies. */
enum l4_error space_create(struct space *funder, uint64_t bytes, uint64_t cpus,
                           struct space **out) MUST_CHECK;

/* True when threads on CPU may come into S, and live in it. On any CPU; see space_cpus.c. */
static inline bool space_on_cpu(const struct space *s, unsigned cpu)
{
    /* acquire: pairs with space_join_cpus, so the table is there */
    return atomic_load_explicit(&s->cpus, memory_order_acquire) >> cpu & 1;
}

/*
 * Something that needs the CPUs of MASK that S has (NULL: that are online) comes to lie in S: they are
 * returned, and do not leave the set before as many calls of space_unuse_cpus.
 */
uint64_t space_use_cpus(struct space *s, uint64_t mask) MUST_CHECK;
void space_unuse_cpus(struct space *s, uint64_t mask);

/* CPUs of MASK that the funder has join the set of S, all or none. CPU when it has none of them. */
enum l4_error space_join_cpus(struct space *s, uint64_t mask) MUST_CHECK;

/*
 * CPUs of MASK leave the set of S, all or none: BUSY when one is in use, CPU when none would be left. AGAIN:
 * not everybody has been looked at yet who may be inside on such a CPU; the rest is the next call's.
 */
enum l4_error space_leave_cpus(struct space *s, uint64_t mask, bool *again) MUST_CHECK;

/*
 * Frees what is left of a space in which nothing lies any more: slots, memory, activations, tables, about
 * *BUDGET of them. True when all is given back but what is in limbo, and the space itself.
 */
bool space_fini_step(struct space *s, unsigned *budget);

/* True when nothing that was charged to S is left but S itself: its limbo is empty. */
bool space_settled(const struct space *s);

/* Frees S, which is settled, and gives its quota back to the funder. */
void space_free(struct space *s);

/*
 * NODE of an object in S joins HEAD, a list of S. Callers have looked whether S is dying; who has not seen it
 * yet is still in time, for the lists are walked after a round.
 */
void space_link(struct space *s, struct list *head, struct list *node);

/* And leaves it; who destroys S is told when it was the last. */
void space_unlink(struct space *s, struct list *head, struct list *node);

/* T joins the threads that S pays for, or leaves them. The charge is the caller's. */
void space_add_thread(struct space *s, struct thread *t);
void space_remove_thread(struct space *s, struct thread *t);

/* Checks and sets the areas; once. */
enum l4_error space_set_area(struct space *s, const struct area *a) MUST_CHECK;

/* Makes COUNT activations from FIRST for POOL. All or nothing. */
enum l4_error space_add_activations(struct space *s, uint64_t pool, uint64_t first,
                                    uint64_t count) MUST_CHECK;

/* The activation with INDEX, or NULL. */
struct activation *space_activation(struct space *s, uint64_t index);

/*
 * Takes a free activation of POOL for thread T, or returns NULL, also when the space dies. It is on the list
 * of active ones and has the space's table, CR3 and stack top; the rest is the taker's.
 */
struct activation *pool_take(struct space *s, unsigned pool, struct thread *t);

/*
 * An activation without an index, for a thread whose home pool is empty: it holds the thread's state until
 * its pager has handed out indices. NULL when quota or memory is short.
 */
struct activation *activation_make_unnumbered(struct space *s, struct thread *t);

/* T, in WAIT_POOL, joins those who wait for an activation of POOL, by KEY, and SAME, the list of those who do
 * so to enter the same gate. */
void pool_wait(struct space *s, unsigned pool, struct thread *t, uint64_t key, struct list *same);

/* T, in WAIT_POOL, gets another KEY, unless something has been reserved for it already. */
void pool_requeue(struct space *s, unsigned pool, struct thread *t, uint64_t key);

/* T leaves them. False when it was not among them: an activation has been reserved for it. */
bool pool_unwait(struct space *s, unsigned pool, struct thread *t);

/*
 * Reserves a free activation of POOL for the first who waits and returns that thread, NULL when there is
 * neither: t->granted.
 */
struct thread *pool_grant(struct space *s, unsigned pool);

/* Gives it back, on top; an unnumbered one is freed. */
void pool_return(struct activation *a);

/*
 * True when S may have something in the records of this CPU: it lives, stands not still, and this CPU is of
 * its set. Its lock is held; CPUs where it has are in `armed` from then on, until they have spilled.
 */
bool space_may_arm(struct space *s);

/* A, free or about to be, resident, may be used by the fast paths of this CPU. */
void activation_arm(struct activation *a);

/* Asks the CPUs of MASK where S has something in records to take it out (pool_spill). Its lock is held. */
void space_spill(struct space *s, uint64_t mask);

/*
 * On this CPU, asked by MAIL_SPILL: what its records have of the pools of S goes back to these, and receivers
 * leave them that may not be there; a step. True when there is more. (ipc/fast.c goes through receivers.)
 */
bool pool_spill(struct space *s) MUST_CHECK;

/* Bits of CPUs of MASK in whose records there may be something of S. */
static inline uint64_t space_armed(struct space *s, uint64_t mask)
{
    /* acquire: who sees a bit gone sees what that CPU did before */
    return atomic_load_explicit(&s->armed, memory_order_acquire) & mask;
}

/* A, which will be given back, is nobody's from now on. */
void activation_disown(struct activation *a);

/* Looks whether the UTCB page is mapped as it must be and notes its kernel address. */
bool activation_make_resident(struct activation *a);

/* Frees activations, of which none is in use, and index pages; at most *BUDGET. True when done. */
bool space_free_activations_step(struct space *s, unsigned *budget);

/* Guards who funds whom: funded and sibling of all spaces. */
extern struct spinlock tree_lock;

/* Counters since boot, for INFO_COUNTERS. */
struct space_totals {
    counter_t spaces, activations, utcb_pages, stack_pages, switch_faults, page_faults, exceptions;
};
extern struct space_totals space_totals;

/* The one that funds all others; NULL until it is made. */
extern struct space *space_first;

#endif
