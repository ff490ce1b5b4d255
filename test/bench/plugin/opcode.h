// SPDX-License-Identifier: BSD-2-Clause
// Which of the instructions that a call path is judged by an instruction is, by its bytes (64-bit mode).
#ifndef OPCODE_H
#define OPCODE_H

#include <stddef.h>
#include <stdint.h>

// X(NAME, name in the output)
// XSAVE, FXSAVE: with all their kinds, and what restores. LOCK: the prefix, and XCHG with memory, which needs
// none. INVLPG: INVPCID as well. JUMP: indirect ones. PUSH, POP: of registers, memory, immediates and flags,
// ENTER and LEAVE. REP: string instructions with REP, REPE, REPNE.
#define OPCODE_CLASSES(X) \
    X(SYSCALL, "syscall") \
    X(SYSRET, "sysret")   \
    X(CR3, "cr3")         \
    X(WRMSR, "wrmsr")     \
    X(SWAPGS, "swapgs")   \
    X(XSAVE, "xsave")     \
    X(FXSAVE, "fxsave")   \
    X(LOCK, "lock")       \
    X(INVLPG, "invlpg")   \
    X(IRET, "iret")       \
    X(CALL, "call")       \
    X(RET, "ret")         \
    X(JUMP, "jump")       \
    X(PUSH, "push")       \
    X(POP, "pop")         \
    X(REP, "rep")

enum opcode_class {
#define X(name, text) OPCODE_##name,
    OPCODE_CLASSES(X)
#undef X
        OPCODE_COUNT
};
#define OPCODE_BIT(name) (1u << OPCODE_##name)

// A set of OPCODE_BIT(); bytes that end too early are none.
uint32_t opcode_classes(const uint8_t *code, size_t size);

#endif
