/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Activation: what a thread needs to run in a space, a UTCB and a stack, and the state kept for it. The user
 * registers of the running thread are always saved into its current activation; entry code knows the offsets.
 *
 * A thread is a chain of activations: its home one at the bottom, one per visit above it, linked downwards.
 */
#ifndef QUIRE_THREAD_ACTIVATION_H
#define QUIRE_THREAD_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <l4/abi/fault.h>
#include <l4/abi/utcb.h>

#include "kernel/base/compiler.h"
#include "kernel/base/list.h"

struct cap;
struct gate;
struct space;
struct thread;

/* What an activation waits for from the one above it, or from a queue server. */
enum frame_state {
    FRAME_OPEN, /* nothing: it runs, or waits by itself */
    FRAME_CALL,
    FRAME_SEND,
    FRAME_FORWARD,   /* its request, with memory words, is handed on: until they are taken */
    FRAME_PAGE,      /* page fault: fault[] = address, access word, repeats */
    FRAME_SWITCH,    /* switch fault: fault[] = what is missing */
    FRAME_EXCEPTION, /* fault[] = vector, error code, CR2 or DR6, reason */
};

/* Index into regs[]: enum l4_reg up to R15, then RFLAGS; RIP and RSP have their own fields. */
#define ACT_REG_RFLAGS 15
#define ACT_REGS       16

/* An activation that is nobody's any more, while its receive window is cleaned (ipc/window.c). */
struct cleaning {
    struct list list;   /* cpu_local.windows */
    struct list waiter; /* the thread that goes on when it is done, if there is one */
    uint64_t slots;     /* emptied so far */
    uint64_t bytes;     /* unmapped so far */
};

struct activation {
    /* line 0: the entry path */
    uint64_t rip;
    uint64_t rsp;
    struct activation *link; /* in use: the one below, or a queue server's caller in hand; free: next free */
    uint64_t live;    /* the UTCB's user address where a fast path may go on with it, else 0 (ipc/fast.h) */
    uint64_t cr3;     /* top-level table of its space on the CPU where LIVE counts */
    struct cap *caps; /* capability table of its space */
    uint64_t sp0;     /* top of its stack */
    int32_t record;   /* of its pool: where a fast reply puts it */
    uint16_t slot;    /* a visit by a fast call: the slot of the caller's table that was called */
    int8_t depth;     /* fast calls that may still be nested */
    _Atomic uint8_t cost; /* free, in a record: 1, or COST_UNUSABLE; also written by whoever takes its page */

    /* line 1: the queue path */
    struct thread *thread;      /* whose it is; NULL while free, and while its window is cleaned */
    struct activation *partner; /* queue caller: the server's activation that has it in hand */
    uint32_t priority;          /* a visit: the thread's before it; a receiver in a record: the thread's */
    int32_t wait_record;        /* home: of the gate it waited on last */
    uint64_t wait_handle;  /* and by which capability: with the same, a fast path may make it wait again */
    struct l4_utcb *kutcb; /* the UTCB in the kernel's window; NULL = not resident */
    uint64_t utcb;         /* user address */
    uint8_t queue;         /* enum fast_queue */
    uint8_t cached;        /* free or visited by a fast call: 1 + CPU in whose record it is; else 0 */
    uint16_t padding;
    uint32_t index; /* ACT_NO_INDEX: not dealt yet */
    uint8_t frame;  /* enum frame_state */
    uint8_t full;   /* all registers are to be restored (interrupted, not in a system call) */
    uint8_t pool;
    uint8_t flags;   /* ACT_* */
    uint32_t mapped; /* bytes of the items of what it is being sent that are mapped already (ipc/items.c) */

    /* slow */
    union {
        uint64_t regs[ACT_REGS];
        struct cleaning cleaning;
    };
    struct space *space;
    struct gate *via;         /* a visit: the gate it was entered through */
    struct activation *pull;  /* where memory words and items are still to be fetched from */
    _Atomic uint64_t pending; /* pending word: any CPU sets bits, the thread's own takes them */
    struct list in_space;     /* activations in use of the space */
    uint64_t fault[4];
    uint64_t progress_address; /* last page fault, for the count without progress; a system call ends it */
    uint64_t progress_ip;
    uint64_t progress_count;
    uint64_t stack_limit; /* lowest address its stack may grow to */
    struct list armed;    /* home: in the list of receivers of a record of its space (space/record.h) */
};

/* What the queue paths may do with an activation; 0: nothing. */
enum fast_queue {
    FAST_NONE,
    FAST_RECEIVER, /* a thread waits here, at home, and may run at once */
    FAST_CALLER,   /* a thread has called from here through a queue gate, by a fast path, since the kernel was
                      left */
};

/* More than any depth: an activation that no fast path enters. */
#define COST_UNUSABLE 127

/* Stands for "none" where a fast path follows a link: nothing can be done with it. Never written. */
extern const struct activation null_activation;
#define NULL_ACTIVATION ((struct activation *)(uintptr_t)&null_activation)

#define ACT_NO_INDEX UINT32_MAX
#define ACT_BROKEN   1   /* what lay below it died: its reply goes on to the next one down as L4_ERR_DEAD */
#define ACT_TRIED    2   /* its switch fault has been answered */
#define ACT_ASIDE    4   /* home: its UTCB was gone when a request came; waits on the gate in rdi again */
#define ACT_RETIRED  32  /* its visit ends because of a fault that nobody took */
#define ACT_AGAIN    16  /* its system call is not finished: decoded anew when it runs next */
#define ACT_FORGOT   128 /* it waits on an event by a fast path: its registers are those of an earlier call */
#define ACT_WINDOW   64  /* something was delivered into its receive window */
#define ACT_ASKS     8   /* an operation of a kernel object is under way for it */

_Static_assert(sizeof(struct activation) == 384, "the promise: an idle visitor slot costs 384 bytes");
_Static_assert(offsetof(struct activation, thread) == 64, "line 1");
_Static_assert(offsetof(struct activation, cost) == 63 && offsetof(struct activation, mapped) == 124,
               "lines");
_Static_assert(offsetof(struct activation, regs) == 128, "cold part");

/*
 * The kernel's address of A's UTCB, NULL when it is absent. Another CPU may clear it at any time: read it
 * once, and use what was read until the kernel is left; the page stays until then. Model:
 * test/models/switchfault.pml.
 */
static inline struct l4_utcb *activation_utcb(const struct activation *a)
{
    return *(struct l4_utcb *const volatile *)&a->kutcb;
}

/* Whose A is, NULL while it is free. On another CPU it may have changed when the answer is used. */
static inline struct thread *activation_thread(const struct activation *a)
{
    return *(struct thread *const volatile *)&a->thread;
}

/* The words of a message live in these registers: rdx r8 r9 r10 r12 r13 r14 r15. */
static inline uint64_t *act_word(struct activation *a, unsigned i)
{
    static const uint8_t reg[8] = {L4_REG_RDX, L4_REG_R8,  L4_REG_R9,  L4_REG_R10,
                                   L4_REG_R12, L4_REG_R13, L4_REG_R14, L4_REG_R15};

    return &a->regs[reg[i]];
}

static inline bool frame_is_fault(uint8_t frame)
{
    return frame >= FRAME_PAGE;
}

#endif
