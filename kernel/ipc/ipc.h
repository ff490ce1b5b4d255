/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPC, slow path: the reference for what every call does. The pieces, from below:
 *   message.c    a message: building it, putting it into registers, fetching memory words and items
 *   ipc_answer.c what an activation gets back: answers, errors, leaving a visit
 *   ipc_wait.c   waits: blocking, ending a wait with an error, deadlines, the pending word
 *   ipc_entry.c  entry gates: walking in
 *   ipc_queue.c  queue gates: rendezvous
 *   fault.c      faults as messages, and their answers
 *   ipc_defer.c  callers kept for later; ipc_cancel.c cancellation and recall
 *   ipc_abort.c  death: cutting chains, orphans, gates and threads that go
 *   ipc.c        the six calls
 *
 * All run on the CPU of the thread they act on, interrupts off. "The thread" below is any thread of this CPU,
 * not only the running one; T's top activation is T->current.
 */
#ifndef QUIRE_IPC_IPC_H
#define QUIRE_IPC_IPC_H

#include <l4/abi/item.h>
#include <l4/abi/tag.h>

#include "kernel/ipc/gate.h"
#include "kernel/sched/sched.h"

struct message {
    uint64_t tag;
    uint64_t badge;
    uint64_t w[L4_WORDS_REGS];
};

/* Key for queues by priority, first come first served among equals (ipc_wait.c). */
uint64_t queue_key(const struct thread *t);

/* --- message.c --- */

/* The request A is sending, as its receiver sees it; badge left 0. */
void message_of(const struct activation *a, struct message *m);

/* The words in A's registers, tag included, as a partner sees them; badge left 0. */
void message_from_regs(const struct activation *a, struct message *m);

/* Puts M into the registers of A, which will leave by SYSRET. */
void message_put(struct activation *a, const struct message *m);

/*
 * Fetches the memory words and items of a message with TAG that FROM sends to TO; TO is resident. FAULT:
 * items go where the sender says, not into a window. On an error nothing has been transferred.
 */
enum l4_error message_fetch(struct activation *from, struct activation *to, uint64_t tag,
                            bool fault) MUST_CHECK;

/* Deletes and unmaps what lies in the receive window of A. */
void window_clean(struct activation *a);

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

/* T stops for good; its home's supervisor hears of it. */
void thread_halt(struct thread *t);

/* --- ipc_wait.c --- */

/* T blocks; DEADLINE as in the ABI. False when it must not (an orphan, unless shielded): then it has been
 * answered. */
bool wait_begin(struct thread *t, enum wait what, void *on, uint64_t deadline, bool shielded);

/* Why T must neither wait nor queue: owner dead or cancelled; L4_OK when it may. */
enum l4_error wait_refused(const struct thread *t, bool shielded);

/* T's wait is over, by whatever: nodes out of queues, READY. */
void wait_end(struct thread *t);

/* T's wait ends with an error for its top activation. */
void wait_abort(struct thread *t, enum l4_error err);

/* Deadline of the call in A: from rsi when TIMED, else never. */
uint64_t call_deadline(const struct activation *a);

void pending_wait(struct thread *t);
void pending_wake(struct activation *a, uint64_t bits);

/* --- ipc_entry.c, ipc_queue.c --- */

/*
 * T's top activation (frame CALL, SEND or a fault) sends its message through G with BADGE. T goes on inside,
 * blocks, or gets an error.
 */
void gate_send(struct thread *t, struct gate *g, uint64_t badge);
void entry_send(struct thread *t, struct gate *g, uint64_t badge);
void queue_send(struct thread *t, struct gate *g, uint64_t badge);

/* An activation of this pool came free: the first thread that waits for one walks in. */
void entry_pool_freed(struct pool *p);

/* G goes: threads that wait for an activation to enter it get L4_ERR_DEAD, the others of the pool stay. */
void entry_gate_gone(struct pool *p, struct gate *g);

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

void fault_page(struct thread *t, uint64_t address, uint64_t error_code);
void fault_exception(struct thread *t, uint64_t vector, uint64_t error_code, uint64_t extra, uint64_t reason);

/*
 * Makes T ready to run on its top activation: UTCB resident, everything fetched. False when it had to do
 * something else first (a switch fault, an error): pick again.
 */
bool thread_prepare(struct thread *t);

/* --- ipc_abort.c --- */

/* The gate goes: callers inside, queued and receivers get L4_ERR_DEAD; then it is freed. */
void gate_destroy(struct gate *g);

/* T goes; away from home it becomes an orphan of the space it is in. */
void thread_destroy(struct thread *t);

/* Takes all activations of T that lie in space S, except one on top, out of its chain. */
void chain_cut_space(struct thread *t, struct space *s);

/* Everybody who is in S leaves: visitors get L4_ERR_DEAD below. */
void space_evict(struct space *s);

/* --- ipc_defer.c --- */

/* T, a queue server, moves its caller in hand into slot SLOT of its table as a reply capability. */
enum l4_error ipc_defer(struct thread *t, uint64_t slot, l4_handle_t *out) MUST_CHECK;

/* T answers through reply capability C, which is used up unless the answer fails. */
void ipc_reply_deferred(struct thread *t, struct cap *c);

/* The last capability to O, a deferred caller, is gone without an answer. */
void ipc_reply_deleted(struct object *o);

/* --- ipc_cancel.c --- */

/* Sets or clears T's cancellation; a wait it is in ends. */
void thread_cancel(struct thread *t, bool cancelled);

/* T comes home with L4_ERR_CANCELLED; its visits go on as an orphan. STATE at home. */
enum l4_error thread_recall(struct thread *t) MUST_CHECK;

/* --- ipc.c: the calls on gates, by the running thread T; arguments in its current activation, checked --- */

/* C: a gate capability with the right the call needs. */
void ipc_call(struct thread *t, struct cap *c, bool send);
void ipc_wait(struct thread *t, struct cap *c);
void ipc_reply(struct thread *t);
void ipc_reply_wait(struct thread *t, struct cap *c);
void ipc_forward(struct thread *t, struct cap *c);

extern uint64_t ipc_exceptions;

#endif
