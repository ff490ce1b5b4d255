// SPDX-License-Identifier: BSD-2-Clause
// The six system calls. A message is the struct below (tag, handle or badge, words 0-7, which travel in
// registers) and, if its tag counts memory words, words 8.. of the caller's own UTCB.
// Every function fills the struct with what came back: tag and words, and the badge where it was a request.
// Vector registers are clobbered by every call, as in any C function; what of them is hidden and kept is told
// in l4/stub.h. l4/short.h has calls of a few words without the struct.
#ifndef L4_IPC_H
#define L4_IPC_H

#include <l4/base.h>
#include <l4/stub.h>
#include <l4/utcb.h>
#include <l4/abi/handle.h>
#include <l4/abi/item.h>
#include <l4/abi/tag.h>

struct l4_msg {
    uint64_t tag;              // 0
    uint64_t handle;           // 8   to send: the target; as received: the badge
    uint64_t deadline;         // 16  to send: absolute ns, with L4_FLAG_TIMED in the tag
    uint64_t w[L4_WORDS_REGS]; // 24
};
_Static_assert(sizeof(struct l4_msg) == 88, "message layout of the stubs");
_Static_assert(offsetof(struct l4_msg, w) == 24, "message layout of the stubs");

// The tag of a message to send; the functions below put in the operation.
static inline uint64_t l4_msg_tag(uint32_t label, unsigned memory_words, unsigned items)
{
    return l4_tag(0, label, memory_words, items);
}
// Start a request: label, target, no memory words, all words 0.
static inline void l4_msg_init(struct l4_msg *m, l4_handle_t target, uint32_t label)
{
    *m = (struct l4_msg){.tag = l4_msg_tag(label, 0, 0), .handle = target};
}
static inline void l4_msg_deadline(struct l4_msg *m, uint64_t deadline)
{
    m->tag |= L4_FLAG_TIMED;
    m->deadline = deadline;
}
static inline uint32_t l4_msg_label(const struct l4_msg *m)
{
    return l4_tag_label(m->tag);
}
static inline bool l4_msg_from_kernel(const struct l4_msg *m)
{
    return l4_tag_op(m->tag) == L4_OP_KERNEL;
}
// As received by a thread that an event is bound to: no request, but bits of that event, which are m->w[0]
// and have been taken. There is nobody to answer.
static inline bool l4_msg_is_signal(const struct l4_msg *m)
{
    return l4_tag_op(m->tag) == L4_OP_PENDING;
}
static inline int l4_words_for(size_t bytes) // memory words that hold so many bytes
{
    return (int)((bytes + 7) / 8);
}
// Bytes of the memory words of the own UTCB
static inline char *l4_msg_bytes(void)
{
    return (char *)&l4_utcb()->words[L4_WORDS_REGS];
}
#define L4_MSG_BYTES_MAX (L4_WORDS_MEM_MAX * 8)

// Bytes as memory words: their exact number travels in a word of the message, and the rest of the last memory
// word is cleared, or the partner would see what an earlier message left there. At most L4_MSG_BYTES_MAX.
// Both return the number of memory words for the tag. Copies bytes to l4_msg_bytes():
unsigned l4_msg_put_bytes(const void *bytes, size_t count);
// For bytes that were written to l4_msg_bytes() in place:
unsigned l4_msg_end_bytes(size_t count);

// Put a capability or memory item into the own UTCB as memory words n and n + 1 (message words 8 + n, 9 + n).
// Items are the last words of a message: n = memory words before it. Add 2 words and 1 item in the tag.
static inline void l4_msg_put_cap(unsigned n, l4_handle_t handle, unsigned rights)
{
    struct l4_utcb *utcb = l4_utcb();
    utcb->words[L4_WORDS_REGS + n] = l4_item_cap(L4_ITEM_CAP, rights);
    utcb->words[L4_WORDS_REGS + n + 1] = handle;
}
static inline void l4_msg_put_map(unsigned n, uint64_t address, uint64_t target, unsigned size_log2,
                                  unsigned access)
{
    struct l4_utcb *utcb = l4_utcb();
    utcb->words[L4_WORDS_REGS + n] = l4_item_memory(L4_ITEM_MAP, access, address);
    utcb->words[L4_WORDS_REGS + n + 1] = l4_item_target(target, size_log2);
}
// The handle of received capability item k (0 = first item), L4_HANDLE_NONE if there is no such item.
l4_handle_t l4_msg_cap(const struct l4_msg *m, unsigned k);

// Call a gate: L4_OK = the server answered (its label is in the tag), else the kernel's error.
L4_MUST_CHECK int l4_call(struct l4_msg *m) L4_STUB(l4_call);
// The server may see and change the vector registers.
L4_MUST_CHECK int l4_call_trusted(struct l4_msg *m) L4_STUB_GENERAL(l4_call);
// Call a gate whose answers have an l4_error as label: that error, or the kernel's.
L4_MUST_CHECK static inline int l4_request(struct l4_msg *m)
{
    int error = l4_call(m);
    return error ? error : (int)l4_tag_label(m->tag);
}
L4_MUST_CHECK int l4_send(struct l4_msg *m) L4_STUB(l4_send);
// Wait for a request on a queue gate (m->handle; m->deadline counts if timed). L4_OK = m is the request, or
// bits of the event that is bound to the thread: l4_msg_is_signal.
L4_MUST_CHECK int l4_wait(struct l4_msg *m);
// Answer the caller in hand with m (not from an entry gate's handler: that one returns).
L4_MUST_CHECK int l4_reply(struct l4_msg *m);
// Answer, then wait on m->handle.
L4_MUST_CHECK int l4_reply_wait(struct l4_msg *m) L4_STUB(l4_reply_wait);
// Hand the request in hand to another gate (m->handle). From a visit it returns only with an error.
L4_MUST_CHECK int l4_forward(struct l4_msg *m) L4_STUB(l4_forward);
// Hand the caller behind a reply capability (m->handle) to a gate; m has no deadline and no memory words.
L4_MUST_CHECK int l4_forward_deferred(struct l4_msg *m, l4_handle_t gate);

// Pending word of the own activation. Wait until one of these bits is set and take them; L4_OK,
// L4_ERR_TIMEOUT (deadline: ns or L4_DEADLINE_NEVER), L4_ERR_CANCELLED or L4_ERR_OWNER_DIED. Bit 63 belongs
// to libl4.
L4_MUST_CHECK int l4_pending_wait(uint64_t bits, uint64_t deadline, uint64_t *taken);
#define L4_PENDING_LOCK (1ull << 63)
// Set bits of the pending word of an activation of the own space.
L4_MUST_CHECK int l4_pending_wake(uint64_t index, uint64_t bits);

// Operation on a kernel object: words in and out; the kernel's error.
L4_MUST_CHECK int l4_object(l4_handle_t handle, uint32_t operation, uint64_t w[static L4_WORDS_REGS]);
// The same with a deadline.
L4_MUST_CHECK int l4_object_until(l4_handle_t handle, uint32_t operation, uint64_t deadline,
                                  uint64_t w[static L4_WORDS_REGS]);

// Stubs (NASM): the system call whose operation is in the tag.
void l4_ipc(struct l4_msg *m);         // clears what the other side need not see, keeps MXCSR and x87 control
void l4_ipc_kernel(struct l4_msg *m);  // to the kernel: keeps MXCSR and x87 control
void l4_ipc_trusted(struct l4_msg *m); // general registers only

#endif
