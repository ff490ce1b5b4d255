/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU-local page: one fixed virtual address, different memory on each CPU. Written by its own CPU only.
 * The first line is what entry code touches (NASM reads the offsets from offsets.inc).
 */
#ifndef QUIRE_BASE_CPU_LOCAL_H
#define QUIRE_BASE_CPU_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/heap.h"
#include "kernel/base/list.h"

struct activation;
struct mail;
struct object;
struct thread;
struct space;

#define CPUS_MAX 64

struct cpu_local {
    struct activation *current; /* the running activation; user registers are saved into it */
    struct thread *thread;      /* whose it is */
    uint64_t top;               /* best ready priority (scheduler) */
    uint64_t stack_top;         /* of the one kernel stack */
    uint64_t user_rsp;          /* scratch of the entry code */
    uint64_t cr3;               /* as loaded */
    uint64_t number;            /* of this CPU */
    uint64_t has_fsgsbase;      /* RDFSBASE and its kin may be used */

    struct list *woken;           /* receiver node of the thread that a fast signal has woken; NULL: none */
    uint64_t top_below;           /* `top` before that */
    struct thread *vector_thread; /* whose vector state the registers hold; NULL: nobody's */
    uint64_t slice_end;           /* ns; when the running thread's slice is over */
    uint64_t timer_at;            /* ns; what the timer is armed for */
    struct list *ready;           /* queued threads by priority, a page of list heads */
    uint64_t ready_bitmap[4];     /* priorities with a queued thread */
    struct heap *timed;           /* deadlines of threads and timers of events, a heap for each level */
    uint64_t timed_bitmap[4];     /* levels with something in their heaps */
    struct list leaving;          /* threads that change custody before the kernel is left */
    struct list round_waiters;    /* threads in WAIT_ROUND */
    struct list reaping;          /* spaces that die here (sys/reaper.c) */
    struct list windows;          /* activations whose windows are cleaned (ipc/window.c) */
    struct object *limbo;         /* objects that wait for a round, oldest first */
    struct object *limbo_last;
    struct mail *inbox;    /* taken out of the box, oldest first */
    uint64_t round_taken;  /* the round that was current when the box was emptied last */
    int busy_for;          /* best priority of those who asked for that work here; 0: others asked */
    bool busy;             /* the kernel was left with work undone */
    struct thread *rested; /* whose unfinished call interrupts came in for; only compared */
    bool waits;            /* others know that somebody here waits for a round */
    uint64_t interrupts;
    uint64_t switches;
    uint64_t calls;
    uint64_t kernel_cr3;  /* this CPU's table without user memory */
    uint64_t flush_mask;  /* CPUs to be told to drop translations before the map lock is let go (map) */
    uint64_t flush_round; /* round after which what the operation under way took away is nobody's (map) */
    uint32_t locks_held;  /* by rank, where ranks are checked */
    bool slow_entry;      /* every system call takes the slow path (arch/x86_64/entry) */
    bool shared;          /* one of the running thread's priority has become ready in this slice */
    bool need_pick;       /* the ready queue may hold a better thread than the running one */
};

#if __STDC_HOSTED__
struct cpu_local *cpu_local(void);
#else
#include "kernel/arch/kmap.h"
static inline struct cpu_local *cpu_local(void)
{
    return (struct cpu_local *)CPU_LOCAL_PAGE;
}
#endif

#endif
