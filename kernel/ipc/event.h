/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event: a word of pending bits. Signal ORs bits in and never blocks; wait takes those of its mask. Timers,
 * interrupts and deaths are bound to events. An event may be bound to a thread (sys/sys_gate.c), whose waits
 * at queue gates take all its bits; nobody waits on it then. Where bits go: event_signal.c.
 */
#ifndef QUIRE_IPC_EVENT_H
#define QUIRE_IPC_EVENT_H

#include "kernel/space/space.h"

struct event {
    struct object object;
    struct space *space;
    struct list in_space;
    _Atomic(struct thread *) bound; /* that hears of them when it waits for callers, or NULL; bind_lock */
    _Atomic uint64_t incoming;      /* bits signalled and not taken in yet, or not taken by BOUND */
    uint8_t cpu;                    /* the one that pending, waiters and timer belong to */
    uint8_t shape;                  /* enum event_shape */
    uint8_t level;                  /* best priority of those who set the timer, waited or are bound */
    bool rescan;                    /* more has become pending since the look for who wants it began */
    uint64_t pending;
    struct list waiters;    /* threads in WAIT_EVENT (receiver node), oldest first */
    struct list scan;       /* in waiters: how far that look is */
    struct heap_node timer; /* of cpu_local.timed */
    uint64_t timer_bits;
    struct list deaths;     /* death bindings */
    struct list interrupts; /* of sys/irq.c */
    struct list supervised; /* spaces whose supervisor it is */
};

/* What the fast paths may take an event for (ipc/fast.h). */
enum event_shape {
    EVENT_SLOW, /* they keep away from it */
    EVENT_IDLE, /* nobody waits */
    EVENT_ONE,  /* one thread waits, and runs on this CPU */
};

/* One object whose death one event hears of; charged to the event's space. */
struct death_binding {
    struct event *event;
    uint64_t bits;
    struct list in_event;
    struct list in_object;
};

enum l4_error event_create(struct space *s, struct event **out) MUST_CHECK;

/* On its own CPU: nobody finds it any more; the rest is done in steps (event_wind). */
void event_destroy(struct event *e);

/* Its memory. */
void event_free(struct event *e);

/* The thread that E is bound to, or NULL. */
static inline struct thread *event_bound(const struct event *e)
{
    /* acquire: pairs with op_EVENT_BIND_THREAD */
    return atomic_load_explicit(&e->bound, memory_order_acquire);
}

/* The event bound to T, or NULL. */
static inline struct event *thread_event(const struct thread *t)
{
    /* acquire: as above */
    return atomic_load_explicit(&t->bound, memory_order_acquire);
}

/* On any CPU. */
void event_signal(struct event *e, uint64_t bits);

/* On its own CPU: takes in what other CPUs have signalled, unless that is for the thread it is bound to. */
void event_take_in(struct event *e);

/* The event that hears of halted threads of S, or NULL; and sets it (NULL: none). */
struct event *event_supervisor(struct space *s);
void event_supervise(struct event *e, struct space *s, uint64_t bits);

/* E's timer wakes T, which waits, sets it or is bound: at T's level, if that is the best. */
void event_level_raise(struct event *e, const struct thread *t);

/* What the fast paths may take E for. On its own CPU. */
enum event_shape event_shape(const struct event *e);

/* Somebody has begun or ceased to wait on E, or E dies. On its own CPU. */
static inline void event_changed(struct event *e)
{
    e->shape = (uint8_t)event_shape(e);
}

/* The running thread takes bits of MASK or blocks. */
void event_wait(struct thread *t, struct event *e, uint64_t mask);

/* Absolute ns; ~0 switches it off. */
void event_set_timer(struct event *e, const struct thread *by, uint64_t bits, uint64_t ns);
void event_timer_fired(struct heap_node *node);

/* Ends the binding that T has, if it has one; T may be NULL. What it has not taken stays with the event. */
void event_unbind_thread(struct thread *t);

/* T, of this CPU, which waits or begins to, takes the bits of its event. False when there are none. */
bool event_receive(struct thread *t) MUST_CHECK;

enum l4_error event_bind_death(struct event *e, uint64_t bits, struct object *o) MUST_CHECK;

/* A step of ending timer, death and interrupt bindings and of giving waiters ERR. True when done. */
bool event_unbind(struct event *e, enum l4_error err) MUST_CHECK;

/* The same for one that dies, with whatever else knows it. */
bool event_wind(struct event *e) MUST_CHECK;

/* O, which is marked as dying, dies: tells some of those who asked. True when all have been told. */
bool object_died(struct object *o) MUST_CHECK;

uint64_t event_count(void);

/* What sys/irq.c does to end the interrupt bindings of an event. */
extern void (*event_unbind_interrupts)(struct event *e);

#endif
