// SPDX-License-Identifier: BSD-2-Clause
// The message tag: register rax of every system call and of every answer.
//   bits 0-7 operation, 8-15 memory words, 16-23 items, 24-31 flags (bit 31 always set), 32-63 label.
// A tag with bit 31 clear is not a native call (it may be a Linux number).
#ifndef L4_ABI_TAG_H
#define L4_ABI_TAG_H

#include <stdint.h>

// System calls. X(NAME, number, what)
#define L4_CALLS(X)                                                               \
    X(CALL, 1, "send a request through a capability and wait for its answer")     \
    X(SEND, 2, "send a message that has no answer")                               \
    X(WAIT, 3, "wait for a request on a queue gate, or for the own pending word") \
    X(REPLY, 4, "answer the caller; from a visit, go back")                       \
    X(REPLY_WAIT, 5, "answer the caller and wait for the next request")           \
    X(FORWARD, 6, "hand the request in hand to another gate")

// What else an operation byte can say in an answer or a received message. X(NAME, number, what)
#define L4_ANSWERS(X)                                                                   \
    X(KERNEL, 0x40, "the kernel answers: label = error, 0 = ok")                        \
    X(FAULT, 0x41, "the kernel asks on behalf of a thread: label = enum l4_fault_kind") \
    X(PENDING, 0x42, "bits of the own pending word, or of the event bound to the thread: word 0")

#define L4_X(name, number, what) L4_OP_##name = (number),
enum l4_op { L4_CALLS(L4_X) L4_ANSWERS(L4_X) };
#undef L4_X

#define L4_TAG_OP_MASK     0xffull
#define L4_TAG_WORDS_SHIFT 8  // memory words: words[8 .. 8+n) of the UTCB, items among them
#define L4_TAG_ITEMS_SHIFT 16 // items: the last 2*items of the memory words
#define L4_TAG_LABEL_SHIFT 32

#define L4_FLAG_NATIVE (1ull << 31) // always set
#define L4_FLAG_TIMED \
    (1ull << 24) // rsi = deadline, absolute nanoseconds of the info page's clock; 0 polls, ~0 waits for ever
#define L4_FLAG_SHIELD (1ull << 25) // cancellation and owner death do not end this wait
#define L4_FLAG_MASK   (L4_FLAG_NATIVE | L4_FLAG_TIMED | L4_FLAG_SHIELD)

// Fields and flags share no bit: an overlap would let a word count look like a flag.
_Static_assert((L4_FLAG_NATIVE & L4_FLAG_TIMED) == 0 && (L4_FLAG_NATIVE & L4_FLAG_SHIELD) == 0 &&
                   (L4_FLAG_TIMED & L4_FLAG_SHIELD) == 0,
               "flags are disjoint");
_Static_assert((L4_FLAG_MASK & ~0xff000000ull) == 0, "flags lie in bits 24 to 31");
_Static_assert(L4_TAG_WORDS_SHIFT == 8 && L4_TAG_ITEMS_SHIFT == 16 && L4_TAG_LABEL_SHIFT == 32,
               "operation, words, items, flags and label have 8, 8, 8, 8 and 32 bits");

#define L4_DEADLINE_POLL  0ull
#define L4_DEADLINE_NEVER (~0ull)

#define L4_WORDS_MAX     112 // of a message
#define L4_WORDS_REGS    8   // rdx r8 r9 r10 r12 r13 r14 r15
#define L4_WORDS_MEM_MAX (L4_WORDS_MAX - L4_WORDS_REGS)
#define L4_ITEMS_MAX     16

static inline uint64_t l4_tag(uint64_t op, uint64_t label, uint64_t memory_words, uint64_t items)
{
    return op | memory_words << L4_TAG_WORDS_SHIFT | items << L4_TAG_ITEMS_SHIFT | L4_FLAG_NATIVE |
           label << L4_TAG_LABEL_SHIFT;
}
static inline unsigned l4_tag_op(uint64_t tag)
{
    return (unsigned)(tag & L4_TAG_OP_MASK);
}
static inline unsigned l4_tag_words(uint64_t tag)
{
    return (unsigned)(tag >> L4_TAG_WORDS_SHIFT) & 0xff;
}
static inline unsigned l4_tag_items(uint64_t tag)
{
    return (unsigned)(tag >> L4_TAG_ITEMS_SHIFT) & 0xff;
}
static inline uint64_t l4_tag_flags(uint64_t tag)
{
    return tag & 0xff000000ull;
}
static inline uint32_t l4_tag_label(uint64_t tag)
{
    return (uint32_t)(tag >> L4_TAG_LABEL_SHIFT);
}

#endif
