/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast paths seen from C. arch/x86_64/entry/fast.asm does calls through entry gates, replies to them,
 * calls through queue gates and reply_wait when nothing out of the ordinary is the matter, and writes two or
 * three words each. What the books say besides (whose an activation is, what a thread waits for, how many are
 * inside a gate) follows at the next slow entry into the kernel of that CPU: fast_settle.
 *
 * While a program runs, what fast calls have done since the kernel was left is a stack: the chain of links
 * from cpu_local.current down to the activation on which the books say the thread runs. A fast call adds to
 * it, a fast reply takes away, and none goes below that activation, because whatever is in the books is not
 * `live` and no FAST_CALLER. So only the CPU itself can be ahead of the books, by a chain it can walk; and
 * whoever looks at the books on another CPU comes after a round or by mail, which both come after a slow
 * entry.
 */
#ifndef QUIRE_IPC_FAST_H
#define QUIRE_IPC_FAST_H

#include "kernel/ipc/gate.h"

/* Fast calls that may be nested before the slow path takes over, which puts them into the books: what
 * fast_settle does at once. */
#define FAST_NESTED 12

/* The thread that runs is about to leave the kernel on its top activation, whose table is loaded. */
void fast_begin(struct thread *t);

/* First thing at every slow entry from user mode: what fast paths have done since is put into the books. */
void fast_settle(void);

/* A part of it: the end of the wait of the thread that a fast signal has woken. */
void fast_settle_woken(void);

/*
 * True when an interrupt may signal BITS to E by a switch to the thread that waits for them, which is better
 * than who runs. On any CPU's event; the books are up to date then.
 */
struct event;
bool event_can_interrupt(const struct event *e, uint64_t bits) MUST_CHECK;

/*
 * That switch as far as C does it: the running thread, whose registers are in its activation, is put aside
 * for the one whose receiver node is returned, for event_switch (kernel/arch/entry.h).
 */
struct list *event_interrupt(struct event *e, uint64_t bits) MUST_CHECK;

/*
 * Something has changed about who waits or queues at queue gate G, or about its first receiver: G's record
 * says what it may. On G's CPU; after every such change.
 */
void queue_arm(struct gate *g);

/* Before a receiver of G is given a caller: none is in its record. */
void queue_disarm(struct gate *g);

/* queue_arm for the gate that T, of this CPU, waits on for callers, if it does. */
void receiver_changed(struct thread *t);

/* MAIL_SPILL to R, first of a space's records on this CPU. */
struct record;
void record_deliver(struct record *r);

/* The caller in hand of T, at home; NULL when there is none. Its links mean something else while it waits. */
static inline struct activation *caller_in_hand(const struct thread *t)
{
    return t->base && t->wait != WAIT_RECEIVE ? t->base->link : NULL;
}

/* The CPU that knows whether A is in use: another one when A may be by a fast call there, else this one. Read
 * once: it may be another the next moment. */
static inline unsigned activation_cpu(const struct activation *a)
{
    unsigned cached = *(const volatile uint8_t *)&a->cached;

    return cached != 0 ? cached - 1 : cpu_number();
}

#endif
