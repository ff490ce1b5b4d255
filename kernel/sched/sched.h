/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduler: one ready queue per CPU, 256 priorities, round robin among equals, no periodic tick. The running
 * thread is on no queue. Allocates nothing. Called on the CPU that has the thread in custody, interrupts off;
 * one that runs on another CPU goes there when it becomes ready.
 */
#ifndef QUIRE_SCHED_SCHED_H
#define QUIRE_SCHED_SCHED_H

#include "kernel/base/cpu_local.h"
#include "kernel/thread/thread.h"

#define SLICE_NS UINT64_C(10000000)

/* The ready queue of this CPU, a frame of the pool; and its timers, another one. */
void sched_init(void);
void timers_init(void);

/* T, blocked or new, may run: READY, queued, and the running thread gives way if its priority is lower. */
void sched_ready(struct thread *t);

/* T stops: state STATE (not READY). Works for the running thread and for a queued one. */
void sched_stop(struct thread *t, enum l4_thread_state state);

/* T, which was stopped with the space it is in, is so no more. */
void sched_go_on(struct thread *t);

/* Puts the running thread behind its equals. */
void sched_yield(void);

/* Direct switch: NEXT, blocked, runs at once on the running thread's slice; the running one has stopped. */
void sched_switch_to(struct thread *next);

/* The running thread, still ready, is put aside for a better one, which the caller makes run. */
void sched_push_aside(void);

/* Best ready priority of this CPU, -1 when none. */
int sched_top(void);

void sched_set_priority(struct thread *t, uint8_t priority);

/*
 * T, blocked, changes custody to CPU before the kernel is left; until then it is still this CPU's, and
 * sched_stop or sched_ready may think better of it.
 */
void sched_leave(struct thread *t, unsigned cpu, enum travel why);
void sched_flush_leaving(void);

/* The thread to run now, NULL when there is none. */
struct thread *sched_pick(void);

/* T's wait ends with L4_ERR_TIMEOUT at ns NS of the clock, unless sched_no_deadline comes first. */
void sched_deadline(struct thread *t, uint64_t ns);
void sched_no_deadline(struct thread *t);

/*
 * The timer of an event, NODE, fires at ns NS of the clock. LEVEL: the best priority of those who set it or
 * waited on it. Removing one that is not set does nothing.
 */
void sched_event_timer(struct heap_node *node, unsigned level, uint64_t ns);
void sched_no_event_timer(struct heap_node *node);

/* The level of T's timers on this CPU. */
unsigned sched_level(const struct thread *t);

/*
 * Fires what is due, the best levels first, at most a bounded number; called at timer interrupts. The
 * callbacks belong to ipc.
 */
void sched_timer(void);

struct sched_callbacks {
    void (*thread_timeout)(struct thread *t);
    void (*event_timer)(struct heap_node *node);
};
extern struct sched_callbacks sched_callbacks;

/*
 * Arms the timer for the next deadline or the end of the slice, if that has changed. What is below the
 * running thread waits until that one stops.
 */
void sched_arm(void);

#endif
