// SPDX-License-Identifier: BSD-2-Clause
// Messages the kernel sends on a thread's behalf: operation byte L4_OP_FAULT, label = kind.
#ifndef L4_ABI_FAULT_H
#define L4_ABI_FAULT_H

// X(NAME, number, what)
#define L4_FAULTS(X)                                                                    \
    X(PAGE, 1, "page fault, to the pager gate")                                         \
    X(SWITCH, 2, "context-switch fault: UTCB or stack not resident, to the pager gate") \
    X(EXCEPTION, 3, "exception, or a fault the pager would not answer, to the exception gate")

#define L4_X(name, number, what) L4_FAULT_##name = (number),
enum l4_fault_kind { L4_FAULTS(L4_X) L4_FAULT_COUNT = 4 };
#undef L4_X

// Page fault: words
//   0 address  1 ip  2 sp  3 access | present << 8 | error code << 16  4 thread id  5 space id  6 activation
//   index 7 consecutive faults on this page and ip without progress (0 at first)
// Answer: label 0 with map items (or none, if the pager mapped by SPACE_MAP): the access is tried again.
//   label != 0: refused; goes to the exception gate with that label as reason.
//
// Switch fault: words
//   0 activation index (~0: pool empty)  1 UTCB address  2 address of the first stack page  3 indices wanted
//   4 thread id  5 space id  6 pool  7 what is missing (enum l4_switch_missing)
// Answer: label 0 with map items; the kernel checks what they brought. Indices come by ACTIVATIONS_ADD before
// it.
enum l4_switch_missing { L4_SWITCH_UTCB = 1, L4_SWITCH_STACK = 2, L4_SWITCH_INDEX = 4 };
#define L4_INDEX_NONE (~0ull)

// Exception: words
//   0 vector (SDM vol. 3 table 6-1)  1 ip  2 sp  3 error code  4 thread id  5 space id
//   6 activation index | reason << 32 (reason: label of the pager's refusal, or an l4_error)  7 CR2 or DR6
//   8-25 (memory words): enum l4_reg
// Answer: label = enum l4_exception_answer; RESUME_REGS with the 18 memory words.
enum l4_exception_answer { L4_EXC_RESUME = 0, L4_EXC_RESUME_REGS = 1, L4_EXC_ABORT = 2 };

enum l4_reg {
    L4_REG_RAX,
    L4_REG_RBX,
    L4_REG_RCX,
    L4_REG_RDX,
    L4_REG_RSI,
    L4_REG_RDI,
    L4_REG_RBP,
    L4_REG_R8,
    L4_REG_R9,
    L4_REG_R10,
    L4_REG_R11,
    L4_REG_R12,
    L4_REG_R13,
    L4_REG_R14,
    L4_REG_R15,
    L4_REG_RIP,
    L4_REG_RFLAGS,
    L4_REG_RSP,
    L4_REG_COUNT
};

#endif
