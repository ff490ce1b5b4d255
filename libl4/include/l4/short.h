// SPDX-License-Identifier: BSD-2-Clause
// Short calls: a request of one word or three, an answer of one, all in registers. The quickest way to call
// and to serve: the words lie where C has its arguments, so there is no message in memory. Servers of both
// forms answer clients of both: a short call is a message whose other words are 0. There is no deadline: a
// short call waits until it is taken.
#ifndef L4_SHORT_H
#define L4_SHORT_H

#include <l4/base.h>
#include <l4/program.h>
#include <l4/stub.h>
#include <l4/utcb.h>
#include <l4/abi/handle.h>
#include <l4/abi/tag.h>

// An answer: as it comes from the kernel, in rax and rdx.
struct l4_short {
    uint64_t tag;
    uint64_t w0;
};
_Static_assert(sizeof(struct l4_short) == 16, "returned in two registers");
_Static_assert(offsetof(struct l4_short, w0) == 8, "returned in two registers");

// L4_OK: the partner answered, its label is in the tag; else the kernel's error.
static inline int l4_short_error(struct l4_short answer)
{
    return l4_tag_op(answer.tag) == L4_OP_KERNEL ? (int)l4_tag_label(answer.tag) : L4_OK;
}
// The same for partners whose answers have an l4_error as label: that error, or the kernel's.
static inline int l4_short_result(struct l4_short answer)
{
    return (int)l4_tag_label(answer.tag);
}
static inline uint32_t l4_short_label(struct l4_short answer)
{
    return l4_tag_label(answer.tag);
}

// Stubs (NASM): the system call of the tag. Words beyond those given are 0.
struct l4_short l4_ipc_short(l4_handle_t handle, uint64_t tag, uint64_t w0) L4_STUB(l4_ipc_short);
struct l4_short l4_ipc_short3(l4_handle_t handle, uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2)
    L4_STUB(l4_ipc_short3);

// Call a gate.
L4_MUST_CHECK static inline struct l4_short l4_call_short(l4_handle_t handle, uint32_t label, uint64_t w0)
{
    return l4_ipc_short(handle, l4_tag(L4_OP_CALL, label, 0, 0), w0);
}
L4_MUST_CHECK static inline struct l4_short l4_call_short3(l4_handle_t handle, uint32_t label, uint64_t w0,
                                                           uint64_t w1, uint64_t w2)
{
    return l4_ipc_short3(handle, l4_tag(L4_OP_CALL, label, 0, 0), w0, w1, w2);
}

// The same as l4_call_short, in line: the compiler keeps only what it needs again. In files compiled with
// vector registers it is l4_call_short.
#if L4_STUB_VECTORS
L4_MUST_CHECK static inline struct l4_short l4_call_inline(l4_handle_t handle, uint32_t label, uint64_t w0)
{
    return l4_call_short(handle, label, w0);
}
#else
L4_MUST_CHECK static inline struct l4_short l4_call_inline(l4_handle_t handle, uint32_t label, uint64_t w0)
{
    uint64_t tag = l4_tag(L4_OP_CALL, label, 0, 0);
    L4_ASSERT(l4_utcb()->held_locks == 0);
    _Static_assert(128 + sizeof(uint64_t) == 136, "the red zone, and room for rbp");
    // rbp cannot be named as clobbered, so it is kept on the stack, beyond the red zone: the compiler does
    // not know of it. rbx needs no clearing: the server finds its own UTCB's address there.
    __asm__ volatile("lea -136(%%rsp), %%rsp\n\tmov %%rbp, (%%rsp)\n\t"
                     "xor %%ebp, %%ebp\n\txor %%esi, %%esi\n\txor %%r8d, %%r8d\n\txor %%r9d, %%r9d\n\t"
                     "xor %%r10d, %%r10d\n\txor %%r12d, %%r12d\n\txor %%r13d, %%r13d\n\t"
                     "xor %%r14d, %%r14d\n\txor %%r15d, %%r15d\n\tsyscall\n\t"
                     "mov (%%rsp), %%rbp\n\tlea 136(%%rsp), %%rsp"
                     : "+a"(tag), "+d"(w0), "+D"(handle)
                     :
                     : "rbx", "rcx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory",
                       "cc");
    return (struct l4_short){tag, w0};
}
#endif

// A short handler: badge, tag and first three words of the request; memory words in utcb->words. Returns the
// answer: l4_short_answer(label, word 0). Words 1 to 3 of the answer are 0, the others go back as they came.
typedef struct l4_short l4_short_handler_t(uint64_t badge, uint64_t tag, uint64_t w0, struct l4_utcb *utcb,
                                           uint64_t w1, uint64_t w2);

static inline struct l4_short l4_short_answer(uint32_t label, uint64_t w0)
{
    return (struct l4_short){l4_tag(L4_OP_REPLY, label, 0, 0), w0};
}

#endif
