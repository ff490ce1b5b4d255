/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPC, slow path: the reference for what every call does. The pieces, from below:
 *   message.c    a message: building it, putting it into registers, fetching memory words
 *   items.c      its items; window.c what they leave behind
 *   ipc_answer.c what an activation gets back: answers, errors, leaving a visit
 *   ipc_wait.c   waits: blocking, ending a wait with an error, deadlines, the pending word
 *   ipc_entry.c  entry gates: walking in
 *   ipc_queue.c  queue gates: rendezvous
 *   fault.c      faults as messages, and their answers
 *   ipc_defer.c  callers kept for later; ipc_cancel.c cancellation and recall; ipc_orphan.c orphans
 *   ipc_abort.c  death: cutting chains, orphans, threads that go; gate_end.c gates that go
 *   ipc_end.c    waiting for rounds, freeing what died
 *   ipc_travel.c threads that go to another CPU
 *   ipc.c        the six calls
 *
 * All run on the CPU that has the thread they act on in custody, interrupts off. "The thread" below is any
 * thread of this CPU, not only the running one; T's top activation is T->current.
 */
#ifndef QUIRE_IPC_IPC_H
#define QUIRE_IPC_IPC_H

#include "kernel/ipc/gate.h"
#include "kernel/ipc/message.h"
#include "kernel/sched/sched.h"

/* Key for queues by priority, first come first served among equals (ipc_wait.c). */
uint64_t queue_key(const struct thread *t);

/* --- window.c --- */

/* A's use ends: back to its pool, and to whoever waits for one of those; first its receive window is cleaned.
 */
void activation_give_back(struct activation *a);

/* A step of cleaning windows here. True when there is more to do. */
bool windows_run(void);

/* T, whose visit on A had things in its window and which has its answer, goes on when they are gone. */
void window_wait(struct thread *t, struct activation *a);

/* --- ipc_answer.c --- */

/* A's system call ends with the kernel's answer. */
void answer_kernel(struct activation *a, enum l4_error err);

/* What T's top activation waits for ends with an error, or with a pager's reason for refusing a fault; not 0.
 */
void frame_error(struct thread *t, uint64_t reason);

/*
 * FROM answers A, in two steps: frame_take fetches what the answer brings, and its error is the answerer's,
 * who may try again; frame_finish, with A on top of T, cannot fail.
 */
enum l4_error frame_take(struct activation *a, struct activation *from, const struct message *m) MUST_CHECK;
void frame_finish(struct thread *t, const struct message *m);

/* T leaves its top activation, which is a visit; the one below is on top then. True if T is still alive. */
bool visit_leave(struct thread *t);

/* Ends T's visit (top activation): the one below gets ERR. */
void visit_abort(struct thread *t, enum l4_error err);

/* Signals the supervisor event of S: a fault in it was taken by nobody. */
void supervisor_tell(struct space *s);

/* T stops for good; its home's supervisor hears of it. */
void thread_halt(struct thread *t);

/* --- ipc_wait.c --- */

/* T blocks; DEADLINE as in the ABI. False when it must not (an orphan, unless shielded): then it has been
 * answered. */
bool wait_begin(struct thread *t, enum wait what, void *on, uint64_t deadline, bool shielded);

/* Why T must neither wait nor queue: owner dead or cancelled; L4_OK when it may. */
enum l4_error wait_refused(const struct thread *t, bool shielded);

/* T's priority has changed: where it waits in an order, it goes behind those of its new one. */
void wait_requeue(struct thread *t);

/* T's wait is over, by whatever: nodes out of queues, READY. */
void wait_end(struct thread *t);

/* T's wait ends with an error for its top activation. */
void wait_abort(struct thread *t, enum l4_error err);

/* Deadline of the call in A: from rsi when TIMED, else never. */
uint64_t call_deadline(const struct activation *a);

void pending_wait(struct thread *t);
/* BITS into the pending word of A, on any CPU; nothing when it is free. Model: test/models/wake.pml. */
void pending_wake(struct activation *a, uint64_t bits);

/* A is given BITS, if there are any: of its pending word, or of the event bound to its thread. */
bool pending_deliver(struct activation *a, uint64_t bits);

/* T takes its pending word if it waits for it, its event's bits if for callers. On T's CPU; on any. */
void pending_look(struct thread *t);
void pending_tell(struct thread *t);

/* --- ipc_travel.c --- */

/* T sends its message through G with BADGE on another CPU. */
void travel_gate(struct thread *t, unsigned cpu, struct gate *g, uint64_t badge);

/* T's system call is decoded anew on CPU. */
void travel_call(struct thread *t, unsigned cpu);

/* T has come into this CPU's custody. */
void travel_arrive(struct thread *t);

/* Decodes and does the system call in T's current activation (sys/syscall.c). */
void ipc_decode(struct thread *t);

/* --- ipc_end.c --- */

/* Guards who hears of what: deaths, supervisors, fault gates, interrupts, ends. */
extern struct spinlock bind_lock;

/* T, which has been answered, goes on when O, which is dying, is gone. */
void end_wait(struct thread *t, struct object *o);
void end_wait_forget(struct thread *t);

/* O is gone: whoever destroyed it goes on. */
void end_tell(struct object *o);
void end_arrived(struct thread *t);

/* O is found by nobody any more: it is freed after three rounds. */
void limbo_add(struct object *o);

/* O, which dies in steps, has its next one (sys/reaper.c) after a round. */
void limbo_return(struct object *o);
void reaper_resume(struct object *o);

/* Frees what may be. True when there is more to do at once. */
bool limbo_run(void);

/* True when memory that was freed is still charged, on any CPU. */
bool limbo_holds_memory(void);

/* T's system call cannot go on before slots emptied a moment ago may be filled: it is decoded anew then. */
void round_retry(struct thread *t);

/* T, which has been answered, goes on when round NUMBER is over. */
void round_wait(struct thread *t, uint64_t number);

/* Those whose rounds are over go on. True when more may at once. */
bool round_waiters_run(void);

/* --- ipc_entry.c, ipc_queue.c --- */

/*
 * T's top activation (frame CALL, SEND or a fault) sends its message through G with BADGE. T goes on inside,
 * blocks, or gets an error.
 */
void gate_send(struct thread *t, struct gate *g, uint64_t badge);
enum l4_error entry_refused(const struct thread *t, const struct gate *g) MUST_CHECK;
void entry_send(struct thread *t, struct gate *g, uint64_t badge);
void queue_send(struct thread *t, struct gate *g, uint64_t badge);

/* An activation of POOL of S came free: the first thread that waits for one gets it and walks in. */
void entry_pool_freed(struct space *s, unsigned pool);

/* T walks in on the activation that was reserved for it, or gives it back. */
void entry_granted(struct thread *t);

/* T waits for an activation no more; what was reserved for it goes to somebody else. */
void entry_unwait(struct thread *t);

/* T, at home, waits for a request on G. */
void queue_receive(struct thread *t, struct gate *g);

/* T, which stepped aside for its switch fault, waits again. The gate may be gone: its handle is looked up. */
void queue_receive_again(struct thread *t);

/* T's base answers the caller in hand; STATE when there is none. */
enum l4_error queue_reply(struct thread *t) MUST_CHECK;

/* The caller in hand of server S loses its server: gets ERR. */
void queue_drop_caller(struct activation *server, enum l4_error err);

/* --- fault.c --- */

/* T's top activation has the fault in its frame and fault[]: sends it, or does what is done when nobody
 * can be asked. */
void fault_send(struct thread *t);

/*
 * One step of frame_error for a fault frame: a page or switch fault goes to the exception gate; an exception
 * ends the visit or halts the thread. False when T is gone.
 */
bool fault_failed(struct thread *t, uint64_t reason);

/* The two steps of an answer to a fault, as frame_take and frame_finish. */
enum l4_error fault_take(struct activation *a, struct activation *from, const struct message *m) MUST_CHECK;
void fault_finish(struct thread *t, const struct message *m);

/*
 * T has made a system call that is not a native one, or is FLAGGED so that all are none. The handler of the
 * space goes on, with all registers as SYSCALL left them. Without one, or if FLAGGED, it is an exception.
 */
void fault_foreign(struct thread *t, bool flagged);

/* T's top activation has no UTCB, or no index yet. */
void fault_switch(struct thread *t);

void fault_page(struct thread *t, uint64_t address, uint64_t error_code);
void fault_exception(struct thread *t, uint64_t vector, uint64_t error_code, uint64_t extra, uint64_t reason);

/* --- prepare.c --- */

/*
 * Makes T ready to run on its top activation: UTCB resident, everything fetched. False when it had to do
 * something else first (a switch fault, an error): pick again.
 */
bool thread_prepare(struct thread *t);

/* --- ipc_abort.c --- */

/*
 * G, which has been marked as dying, goes: nobody comes in any more. A queue gate, on its own CPU: callers
 * queued and served and receivers get L4_ERR_DEAD. An entry gate: those inside hear of it from
 * gate_end_step, after a round.
 */
void gate_end(struct gate *g);

/* A step of clearing the references to G and ending the waits at it. True when there are none. */
bool gate_wind(struct gate *g) MUST_CHECK;

/* One step of the end of entry gate G, after the round. False when it is done, or waits for who is inside. */
bool gate_end_step(struct gate *g) MUST_CHECK;

/* Posts to some of those who wait to enter S, which dies; who leaves posts back. True when nobody is left. */
bool space_tell_waiters(struct space *s) MUST_CHECK;

/* T loses what dies: visits through dying gates and in dying spaces, waits for them. */
void thread_check(struct thread *t);

/* T's memory. */
void thread_gone(struct thread *t);

/* T goes; away from home its visits go on as an orphan's. */
void thread_destroy(struct thread *t);

/* Takes all activations of T that lie in space S, except one on top, out of its chain. */
void chain_cut_space(struct thread *t, struct space *s);

/* --- ipc_defer.c --- */

/* T, a queue server, moves its caller in hand into slot SLOT of its table as a reply capability. */
enum l4_error ipc_defer(struct thread *t, uint64_t slot, l4_handle_t *out) MUST_CHECK;

/* T answers through reply capability C, or hands on to gate TO; C is used up unless that fails. */
void ipc_reply_deferred(struct thread *t, struct cap *c, struct cap *to);

/* The last capability to O, a deferred caller, is gone without an answer; on any CPU. */
void ipc_reply_deleted(struct object *o);

/* CALLER, of this CPU: if nobody can answer it any more, it gets L4_ERR_DEAD. */
void ipc_reply_check(struct thread *caller);

/* --- ipc_orphan.c --- */

/*
 * T's visits, and what it waits in there, become those of an orphan of the space it is in. Visits for which
 * nobody pays end, a few at a time; the next one down hears L4_ERR_DEAD. NULL when none is left, and T is at
 * home then, or nowhere; NULL also when T is still away: then the rest is another piece of work.
 */
struct thread *orphan_take(struct thread *t);

/* ORPHAN hears of what mail has told T meanwhile. Once T is as it is to be. */
void orphan_look(struct thread *orphan);

/* --- ipc_cancel.c --- */

/* True when the wait T is in may be ended by cancellation or owner death. */
bool wait_ends(const struct thread *t);

/* Sets or clears T's cancellation; a wait it is in ends. */
void thread_cancel(struct thread *t, bool cancelled);

/* T comes home with L4_ERR_CANCELLED; its visits go on as an orphan. At home: as thread_cancel. */
enum l4_error thread_recall(struct thread *t) MUST_CHECK;

/* --- ipc.c: the calls on gates, by the running thread T; arguments in its current activation, checked --- */

/* C: a gate capability with the right the call needs. */
void ipc_call(struct thread *t, struct cap *c, bool send);
void ipc_wait(struct thread *t, struct cap *c);
void ipc_reply(struct thread *t);
void ipc_reply_wait(struct thread *t, struct cap *c);
void ipc_forward(struct thread *t, struct cap *c);

/* CALLER, which waits for nothing any more, sends what is in A's registers through C. */
void forward_caller(struct activation *a, struct thread *caller, struct cap *c);

extern uint64_t ipc_exceptions;

#endif
