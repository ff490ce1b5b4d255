/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a handler of an object operation gets: its arguments by name, and where results go. A handler names
 * its arguments, checks ranges, checks capabilities, acts, returns; nothing is written before the last check.
 */
#ifndef QUIRE_SYS_CALL_H
#define QUIRE_SYS_CALL_H

#include "kernel/ipc/event.h"
#include "kernel/ipc/gate.h"
#include "kernel/ipc/ipc.h"

struct call {
    struct thread *thread;     /* the caller */
    struct space *space;       /* it is in; handles in words are of this one's table */
    struct cap *cap;           /* the object's capability */
    struct object *object;     /* NULL for system capabilities */
    uint64_t w[L4_WORDS_REGS]; /* arguments, then results */
    struct object *ends;       /* what the operation destroys: the answer comes when it is gone */
    uint64_t round;            /* the answer comes when this round is over; ROUND_NONE: at once */
    bool again;                /* let interrupts in, then decode anew: progress lies in the objects */
    bool done;                 /* the thread has been answered or has blocked: nothing more to do */
};

typedef enum l4_error (*call_handler)(struct call *c);

/* op_NAME for every operation that is built; answered by the file its object names. */
#define L4_BUILT_1(name) enum l4_error op_##name(struct call *c);
#define L4_BUILT_0(name)
#define L4_X(kind, name, number, right, built, what) L4_BUILT_##built(name)
L4_OPERATIONS(L4_X)
#undef L4_X

static inline struct space *call_space(const struct call *c)
{
    return CONTAINER_OF(c->object, struct space, object);
}
static inline struct thread *call_thread(const struct call *c)
{
    return CONTAINER_OF(c->object, struct thread, object);
}
static inline struct gate *call_gate(const struct call *c)
{
    return CONTAINER_OF(c->object, struct gate, object);
}
static inline struct event *call_event(const struct call *c)
{
    return CONTAINER_OF(c->object, struct event, object);
}

/* The capability HANDLE names in the caller's table, of KIND and with RIGHTS; else the error. */
enum l4_error call_argument(const struct call *c, l4_handle_t handle, enum l4_kind kind, unsigned rights,
                            struct cap **out) MUST_CHECK;

/* A capability with RIGHTS on a new object into slot INDEX of the caller's table; its handle to word 0, the
 * object's id to word 1. The object comes first: it is gone without trace if there is no place for this. */
enum l4_error call_give(struct call *c, struct object *o, uint64_t rights, uint64_t index) MUST_CHECK;

/* Range [at, at + bytes) is page-aligned, not empty and below L4_USER_END. */
enum l4_error user_range_check(uint64_t at, uint64_t bytes) MUST_CHECK;

/* sys/irq.c: an interrupt from the I/O APIC. */
void irq_fired(unsigned vector);
void irq_setup(void);

/* sys/exit.c: back to user mode: whoever is to run. */
NORETURN void kernel_exit(void);

#endif
