// SPDX-License-Identifier: BSD-2-Clause
// Gates: create and destroy, entry stubs for C handlers, the loop of a queue server.
#ifndef L4_GATE_H
#define L4_GATE_H

#include <l4/base.h>
#include <l4/ipc.h>
#include <l4/short.h>
#include <l4/stub.h>
#include <l4/abi/ops.h>

// Rights of the new capability: all. `space` is where the gate leads (L4_CAP_SPACE = the own).
// Entry gate: `entry` is a function made by L4_ENTRY_GATE or L4_ENTRY_FAULT.
L4_MUST_CHECK int l4_gate_create_entry(l4_handle_t space, void (*entry)(void), unsigned pool, bool items,
                                       l4_handle_t *gate);
// Queue gate: its home is the CPU that runs the caller now; only threads of that CPU receive.
L4_MUST_CHECK int l4_gate_create_queue(l4_handle_t space, bool items, l4_handle_t *gate);
// All arguments as the kernel takes them.
struct l4_gate_options {
    uint64_t mode; // enum l4_gate_mode | enum l4_gate_flags
    uint64_t entry;
    uint64_t pool; // of an entry gate; home CPU of a queue gate
    uint64_t rights, slot, floor;
};
L4_MUST_CHECK int l4_gate_create(l4_handle_t space, const struct l4_gate_options *options, l4_handle_t *gate,
                                 uint64_t *id);
L4_MUST_CHECK int l4_gate_destroy(l4_handle_t gate);
// The caller in hand of this queue server waits on: l4_send on *reply answers it, deleting *reply gives it
// L4_ERR_DEAD. slot: index or L4_SLOT_ANY.
L4_MUST_CHECK int l4_defer_caller(unsigned slot, l4_handle_t *reply);

// A handler gets the request (m->handle = badge, m->tag, m->w; memory words in utcb->words) and makes *m the
// answer: l4_answer first, then the words. Words it leaves go back as they came. A queue server's handler
// also gets the bits of the event that is bound to its thread, if one is (l4_msg_is_signal,
// l4_event_bind_thread): what it answers then goes nowhere.
typedef void l4_handler_t(struct l4_msg *m, struct l4_utcb *utcb);

static inline void l4_answer(struct l4_msg *m, uint32_t label, unsigned memory_words, unsigned items)
{
    m->tag = l4_tag(L4_OP_REPLY, label, memory_words, items);
}

// L4_ENTRY_GATE(name, handler): defines the entry `name` of an entry gate served by `handler`, at file level.
// L4_ENTRY_SHORT: the same with a short handler (l4/short.h).
// L4_ENTRY_FAULT: the same as L4_ENTRY_GATE for fault and exception gates; it leaves the vector registers,
// which are still those of the thread that faulted, alone (and so must the handler: -mgeneral-regs-only).
// Assembly because an entry gate is entered with the handler's arguments in the registers of a message and
// with nothing on the stack; what they have in common lies in arch/x86_64/user/entry.asm.
#define L4_ENTRY_WITH_(name, type, handler, scratch, common)                     \
    void name(void);                                                             \
    /* used by the assembly only: keeps the function, and checks its type */     \
    static type *const name##_handler_ __attribute__((used)) = handler;          \
    _Static_assert(sizeof(name##_handler_) == 8, "reached by a 64-bit address"); \
    __asm__(".pushsection .text." #name ",\"ax\",@progbits\n"                    \
            ".globl " #name "\n"                                                 \
            ".type " #name ", @function\n" #name ":\n"                           \
            "    lea " #handler "(%rip), %" scratch "\n"                         \
            "    jmp " common "\n"                                               \
            ".size " #name ", . - " #name "\n"                                   \
            ".popsection\n")
#define L4_ENTRY_GATE(name, handler) \
    L4_ENTRY_WITH_(name, l4_handler_t, handler, "rcx", "l4_entry" L4_STUB_VARIANT)
#define L4_ENTRY_SHORT(name, handler) \
    L4_ENTRY_WITH_(name, l4_short_handler_t, handler, "r11", "l4_entry_short" L4_STUB_VARIANT)
#define L4_ENTRY_FAULT(name, handler) L4_ENTRY_WITH_(name, l4_handler_t, handler, "rcx", "l4_entry_general")

// Stubs (NASM): wait at the gate and serve it until the kernel says something: its error.
int l4_serve_requests(l4_handle_t gate, l4_handler_t *handler) L4_STUB(l4_serve_requests);
int l4_serve_short_requests(l4_handle_t gate, l4_short_handler_t *handler) L4_STUB(l4_serve_short_requests);
// Whether there may be a next request after this error. The caller in hand, if there is one, is told it.
bool l4_serve_goes_on(int error);

// Serve a queue gate until it is gone, or the thread on another CPU than its home (L4_ERR_CPU): handler for
// each request. Returns the error that ended it. If an answer cannot be delivered its caller gets the
// kernel's error as label, as from an entry gate, and the next is served.
L4_MUST_CHECK static inline int l4_serve(l4_handle_t gate, l4_handler_t *handler)
{
    int error;
    do
        error = l4_serve_requests(gate, handler);
    while (l4_serve_goes_on(error));
    return error;
}
L4_MUST_CHECK static inline int l4_serve_short(l4_handle_t gate, l4_short_handler_t *handler)
{
    int error;
    do
        error = l4_serve_short_requests(gate, handler);
    while (l4_serve_goes_on(error));
    return error;
}

#endif
