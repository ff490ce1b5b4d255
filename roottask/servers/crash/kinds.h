// SPDX-License-Identifier: BSD-2-Clause
// The forbidden things: each a function of its own, so that reports name it. None returns unless nothing
// stopped it.
#ifndef CRASH_KINDS_H
#define CRASH_KINDS_H

// X(name on the command line, function, what it does)
#define CRASH_KINDS(X)                                                                           \
    X("null", crash_null, "reads through a null pointer")                                        \
    X("kernel-read", crash_kernel_read, "reads the kernel's text")                               \
    X("kernel-write", crash_kernel_write, "writes the kernel's text")                            \
    X("text-write", crash_text_write, "writes its own code")                                     \
    X("exec-stack", crash_exec_stack, "runs code on its stack")                                  \
    X("noncanonical-jump", crash_noncanonical_jump, "calls an address no processor has")         \
    X("cli", crash_cli, "disables interrupts")                                                   \
    X("in-port", crash_in_port, "reads an I/O port")                                             \
    X("stack-overflow", crash_stack_overflow, "recurses for ever")                               \
    X("other-space-cap", crash_other_space_cap, "uses a handle of another program")              \
    X("divide", crash_divide, "divides by zero")                                                 \
    X("invalid-opcode", crash_invalid_opcode, "runs what is no instruction")                     \
    X("kernel-recursion", crash_kernel_recursion, "has the kernel overflow its stack (a panic)") \
    X("panic", crash_panic, "has the kernel panic")

#define CRASH_X(name, function, what) void function(void);
CRASH_KINDS(CRASH_X)
#undef CRASH_X

#endif
