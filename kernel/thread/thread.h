/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thread: scheduling state, a chain of activations, vector state. All nodes it can ever be queued with lie in
 * it, so scheduling and IPC allocate nothing. Written by its own CPU only.
 *
 * States and who changes them (sched.c): NEW -> READY (start); READY <-> BLOCKED (waits); any -> HALTED
 * (fault nobody handles) -> READY (resume); SUSPENDED is READY or BLOCKED with a brake on: see `suspended`.
 */
#ifndef QUIRE_THREAD_THREAD_H
#define QUIRE_THREAD_THREAD_H

#include <l4/abi/ops.h>

#include "kernel/base/heap.h"
#include "kernel/base/list.h"
#include "kernel/cap/cap.h"
#include "kernel/smp/cpus.h"
#include "kernel/thread/activation.h"

/* What a blocked thread waits for; one writer per value: the file named. */
enum wait {
    WAIT_NOTHING,
    WAIT_SEND,     /* queued at a gate (ipc_queue.c) */
    WAIT_REPLY,    /* in the hands of a queue server (ipc_queue.c) */
    WAIT_RECEIVE,  /* on a queue gate (ipc_queue.c) */
    WAIT_EVENT,    /* event.c */
    WAIT_PENDING,  /* own pending word (ipc_wait.c) */
    WAIT_DEFERRED, /* kept by a queue server for later (ipc_defer.c) */
    WAIT_POOL,     /* for a free activation (ipc_entry.c) */
    WAIT_TRAVEL,   /* on its way to another CPU (ipc_travel.c) */
    WAIT_ROUND,    /* answered; goes on when a round is over (ipc_end.c) */
    WAIT_GONE,     /* answered; goes on when what it destroyed is gone (ipc_end.c) */
};

/* Why a thread changes custody, until the other CPU has taken it. */
enum travel {
    TRAVEL_NONE,
    TRAVEL_HOME, /* ready: it runs on */
    TRAVEL_GATE, /* its message goes to call_gate there */
    TRAVEL_CALL, /* its system call is decoded there */
    TRAVEL_END,  /* it dies at home */
};

struct thread {
    struct object object;
    struct object reply;  /* what reply capabilities to it name, while WAIT_DEFERRED */
    struct list receiver; /* in a list of a gate (receivers, served), event (waiters), CPU (round_waiters) or
                             of an activation whose window is cleaned */
    _Atomic uint8_t custody;    /* the CPU that may write it; changes hands by mail (sched.c) */
    uint8_t cpu;                /* where it runs; custody is elsewhere only while it is blocked */
    uint8_t travel;             /* enum travel */
    uint8_t travel_to;          /* CPU */
    uint8_t retries;            /* rounds its system call has waited for in a row */
    uint8_t hops;               /* CPUs its system call was sent to in a row */
    uint8_t move_to;            /* THREAD_MOVE: CPU from the next time on that it is free at home */
    struct space *home;         /* NULL: orphan */
    struct space *payer;        /* whose quota it is charged to */
    struct activation *base;    /* home activation; NULL until started, and for orphans */
    struct activation *current; /* top of the chain */

    uint8_t state;         /* enum l4_thread_state */
    uint8_t wait;          /* enum wait */
    uint8_t priority;      /* effective, 255 highest */
    uint8_t home_priority; /* what its holder set; in force at depth 0 */
    uint16_t depth;        /* activations above the home one */
    union {
        uint64_t special; /* 0: nothing of this is so */
        struct {
            bool suspended;   /* takes effect at home */
            bool stopped;     /* it is in a space that its holder has stopped */
            bool cancelled;   /* waits and queueing return L4_ERR_CANCELLED */
            bool shielded;    /* the wait it is in is not ended by cancellation or owner death */
            bool vector_live; /* vector_area holds its state */
            bool foreign;     /* at home all its system calls are exceptions */
            bool leaving;     /* on this CPU's list of those that change custody (ready node) */
            bool ended;       /* destroyed; its memory goes after a round */
        };
    };
    uint32_t faults;     /* open fault frames in its chain */
    uint64_t slice_left; /* ns of its slice it has still to get: it was pushed aside */
    uint64_t unwind;     /* frame_error: reason for the next step, 0 = none */
    bool unwinding;

    struct list in_home;
    struct list ready;
    struct heap_node deadline;
    struct heap_node queue; /* in a gate's or pool's queue */
    void *wait_on;          /* the gate, pool or event */
    struct gate *call_gate; /* WAIT_SEND, WAIT_POOL: where the message goes */
    uint64_t call_badge;
    uint64_t wait_mask;            /* WAIT_EVENT: bits it wants */
    uint64_t round;                /* WAIT_ROUND: number */
    struct object *ends;           /* WAIT_GONE: what; under bind_lock */
    _Atomic(struct event *) bound; /* whose bits end its waits for callers, or NULL; under bind_lock */
    struct activation *granted;    /* reserved for it while it was in WAIT_POOL; under the space's lock */

    uint64_t start_ip;
    uint64_t start_argument;
    uint16_t selectors[4]; /* ds, es, fs, gs */
    uint64_t fs;
    uint64_t gs;
    void *vector_area;
};
_Static_assert(sizeof(struct thread) <= 1024, "the promise: 1,024 bytes per thread never run");

#define THREAD_DEPTH_MAX 64

/* The CPU that may write T; it may have changed when the answer is used, unless it is this one. */
static inline unsigned thread_custody(const struct thread *t)
{
    /* acquire: pairs with the release in sched_flush_leaving */
    return atomic_load_explicit(&t->custody, memory_order_acquire);
}

/* True when this CPU may write T. */
static inline bool thread_is_mine(const struct thread *t)
{
    return thread_custody(t) == cpu_number();
}

/* A thread of HOME in state NEW, charged to QUOTA; NULL when that or memory is short. */
struct thread *thread_alloc(struct space *home, struct quota *quota);

/* Frees the memory; the charge of thread_charge() bytes is the caller's to return. */
void thread_free(struct thread *t);

/* Bytes a thread is charged with, vector area included. */
uint64_t thread_charge(void);

uint64_t thread_count(void);

#endif
