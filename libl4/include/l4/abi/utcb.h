// SPDX-License-Identifier: BSD-2-Clause
// The UTCB: 1024 bytes, four to a page. UTCB of activation i lies at utcb_base + i * 1024.
#ifndef L4_ABI_UTCB_H
#define L4_ABI_UTCB_H

#include <stddef.h>
#include <stdint.h>

#define L4_UTCB_SIZE     1024
#define L4_UTCB_PER_PAGE 4

struct l4_utcb {
    uint64_t tls;           // 0    libl4's: thread-local storage
    uint64_t held_locks;    // 8    libl4's: locks held, 0 at every call (checked in debug builds)
    uint64_t foreign_ip;    // 16   kernel: return RIP of a foreign system call
    uint64_t foreign_flags; // 24   kernel: its RFLAGS
    uint64_t index;         // 32   kernel, when the UTCB becomes resident: activation index
    uint64_t stack_top;     // 40   kernel, likewise: top of this activation's stack
    uint64_t stack_limit;   // 48   kernel, likewise: lowest address the stack may grow to
    uint64_t cleanup;       // 56   libl4's: list of clean-ups of l4_defer
    uint64_t thread;        // 64   libl4's: handle of the home thread, if known
    uint64_t canary;        // 72   libl4's
    uint64_t user[6];       // 80   the program's
    uint64_t words[112];    // 128  the message: words 8 to 111 are the memory words
};

_Static_assert(sizeof(struct l4_utcb) == 1024, "utcb size");
_Static_assert(offsetof(struct l4_utcb, tls) == 0, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, held_locks) == 8, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, foreign_ip) == 16, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, foreign_flags) == 24, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, index) == 32, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, stack_top) == 40, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, stack_limit) == 48, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, cleanup) == 56, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, thread) == 64, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, canary) == 72, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, user) == 80, "utcb layout");
_Static_assert(offsetof(struct l4_utcb, words) == 128, "utcb layout");

#endif
