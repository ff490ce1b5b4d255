/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers NASM shares with C: compiled to assembly text only, from which scripts/mkoffsets makes offsets.inc.
 * Each name is edited in its C header alone.
 */
#include "kernel/arch/kmap.h"
#include "kernel/arch/trap.h"
#include "kernel/base/cpu_local.h"
#include "kernel/base/types.h"
#include "kernel/thread/activation.h"

#define SHARE(name, value) __asm__ volatile("->" #name " %0" : : "i"(value))

void offsets(void);

void offsets(void)
{
    /* marks in the assembly text, never executed */
    SHARE(KERNEL_BASE, KERNEL_BASE);
    SHARE(SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_CODE);
    SHARE(SELECTOR_KERNEL_DATA, SELECTOR_KERNEL_DATA);
    SHARE(SELECTOR_USER_DATA, SELECTOR_USER_DATA);
    SHARE(SELECTOR_USER_CODE, SELECTOR_USER_CODE);
    SHARE(KERNEL_STACK_TOP, CPU_STACK_TOP(CPU_STACK_KERNEL));
    SHARE(CPU_CURRENT, CPU_LOCAL_PAGE + offsetof(struct cpu_local, current));
    SHARE(CPU_STACK_TOP, CPU_LOCAL_PAGE + offsetof(struct cpu_local, stack_top));
    SHARE(CPU_USER_RSP, CPU_LOCAL_PAGE + offsetof(struct cpu_local, user_rsp));
    SHARE(A_RIP, offsetof(struct activation, rip));
    SHARE(A_RSP, offsetof(struct activation, rsp));
    SHARE(A_RAX, offsetof(struct activation, regs) + 8 * L4_REG_RAX);
    SHARE(A_RBX, offsetof(struct activation, regs) + 8 * L4_REG_RBX);
    SHARE(A_RCX, offsetof(struct activation, regs) + 8 * L4_REG_RCX);
    SHARE(A_RDX, offsetof(struct activation, regs) + 8 * L4_REG_RDX);
    SHARE(A_RSI, offsetof(struct activation, regs) + 8 * L4_REG_RSI);
    SHARE(A_RDI, offsetof(struct activation, regs) + 8 * L4_REG_RDI);
    SHARE(A_RBP, offsetof(struct activation, regs) + 8 * L4_REG_RBP);
    SHARE(A_R8, offsetof(struct activation, regs) + 8 * L4_REG_R8);
    SHARE(A_R9, offsetof(struct activation, regs) + 8 * L4_REG_R9);
    SHARE(A_R10, offsetof(struct activation, regs) + 8 * L4_REG_R10);
    SHARE(A_R11, offsetof(struct activation, regs) + 8 * L4_REG_R11);
    SHARE(A_R12, offsetof(struct activation, regs) + 8 * L4_REG_R12);
    SHARE(A_R13, offsetof(struct activation, regs) + 8 * L4_REG_R13);
    SHARE(A_R14, offsetof(struct activation, regs) + 8 * L4_REG_R14);
    SHARE(A_R15, offsetof(struct activation, regs) + 8 * L4_REG_R15);
    SHARE(A_RFLAGS, offsetof(struct activation, regs) + 8 * ACT_REG_RFLAGS);
}
