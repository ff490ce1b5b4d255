/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions and interrupts, as the stubs hand them to C. The stubs (arch/x86_64/cpu/trap_stubs.asm) push the
 * frame, call trap_entry, and return with iretq from the frame as it then is.
 */
#ifndef QUIRE_ARCH_TRAP_H
#define QUIRE_ARCH_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/base/compiler.h"

/* Lowest address first; the push order in trap_stubs.asm. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector;
    uint64_t error;
    uint64_t rip, cs, rflags, rsp, ss;
};

_Static_assert(sizeof(struct trap_frame) == 176, "trap_stubs.asm pushes 22 words");
_Static_assert(offsetof(struct trap_frame, rax) == 112, "trap_stubs.asm pushes rax first");
_Static_assert(offsetof(struct trap_frame, vector) == 120, "trap_stubs.asm pushes the vector");
_Static_assert(offsetof(struct trap_frame, rip) == 136, "pushed by the processor");

#define TRAP_DE  0
#define TRAP_DB  1
#define TRAP_NMI 2
#define TRAP_UD  6
#define TRAP_NM  7
#define TRAP_DF  8
#define TRAP_GP  13
#define TRAP_PF  14
#define TRAP_MC  18

#define TRAP_FIRST_INTERRUPT 32

/* Selectors, in the order SYSCALL and SYSRET want. */
#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_DATA   0x18
#define SELECTOR_USER_CODE   0x20
#define SELECTOR_TSS         0x28

/* IDT with every vector, no own stacks yet: exceptions are reported from here on. */
void trap_init_early(void);

/* GDT, TSS and the own stacks of #DB #DF NMI #MC of this CPU; after kmap_init, on the CPU's own stack. */
void trap_init_cpu(void);

/* Called by the stubs. */
void trap_entry(struct trap_frame *frame);

/* What the processor pushes. */
struct user_frame {
    uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * Device interrupt GSI has come while a program ran, whose registers are in its activation but for those of
 * F. Where the event it is bound to has a better thread waiting, goes there and does not return. Called by
 * arch/x86_64/entry/fast_irq.asm.
 */
void irq_hand_over(unsigned gsi, const struct user_frame *f);

/* Page-fault address of the trap that is being handled. */
uint64_t trap_fault_address(void);

/* Which debug condition was met (DR6); reading it clears it, because the processor only ever adds bits. */
uint64_t trap_debug_status(void);

/* NMIs taken on all CPUs since boot. */
uint64_t trap_nmi_count(void);

/* Panic with the registers of FRAME, which may be NULL, and the backtrace from there. */
NORETURN void panic_with_frame(const struct trap_frame *frame, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Panics on purpose, as the boot argument panic-test= says. Returns for an unknown
 * name and for a late test. */
void panic_test(const char *name);

/* Fills the kernel stack until its guard page ends it in a panic. */
void panic_by_recursion(void);

/* The panic test that waits for the end of the boot, NULL when there is none. Init code: calling it then is
 * the test. */
typedef void (*panic_test_fn)(void);
panic_test_fn panic_test_late(void);

/* Kernel core: an exception or interrupt in user mode. The frame lies on the kernel stack of this CPU. */
NORETURN void trap_from_user(struct trap_frame *frame);

/* Kernel core: an interrupt while cpu_idle waits. */
void interrupt_from_idle(unsigned vector);

#endif
