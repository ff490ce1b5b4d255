/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorts exceptions and interrupts: from user mode to the kernel core, interrupts while idle to the kernel
 * core, NMI and stray debug exceptions away, everything else is a bug in the kernel and ends in a panic.
 * Callers: the stubs. Lock: none. State: the NMI counter.
 */
#include "kernel/arch/trap.h"

#include <stdatomic.h>

#include "arch/x86_64/cpu/descriptors.h"
#include "arch/x86_64/cpu/patch.h"
#include "arch/x86_64/cpu/x86.h"
#include "arch/x86_64/dev/pic.h"
#include "arch/x86_64/mm/stacks.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
#include "kernel/base/bootargs.h"
#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include <l4/abi/layout.h>

#define DR7_WATCH_0 UINT64_C(0xf0002) /* breakpoint 0: global, reads and writes of 4 bytes */
#define DR6_CLEAR   UINT64_C(0xffff0ff0)

#define PF_PRESENT UINT64_C(1)
#define PF_WRITE   UINT64_C(2)
#define PF_EXECUTE UINT64_C(16)

/* Leaves its own stack for good: next never returns. trap_stubs.asm. */
NORETURN void trap_switch_stack(struct trap_frame *frame, void (*next)(struct trap_frame *));

static _Atomic uint64_t nmis;

static const char *const names[TRAP_FIRST_INTERRUPT] = {
    [0] = "#DE divide error",
    [1] = "#DB debug",
    [2] = "NMI",
    [3] = "#BP breakpoint",
    [4] = "#OF overflow",
    [5] = "#BR bound range",
    [6] = "#UD invalid opcode",
    [7] = "#NM no floating point",
    [8] = "#DF double fault",
    [10] = "#TS invalid TSS",
    [11] = "#NP segment not present",
    [12] = "#SS stack segment",
    [13] = "#GP general protection",
    [14] = "#PF page fault",
    [16] = "#MF floating point",
    [17] = "#AC alignment check",
    [18] = "#MC machine check",
    [19] = "#XM vector floating point",
    [20] = "#VE virtualisation",
    [21] = "#CP control protection",
};

static bool from_user(const struct trap_frame *frame)
{
    return (frame->cs & 3) != 0;
}

static const char *name_of(uint64_t vector)
{
    const char *name = vector < TRAP_FIRST_INTERRUPT ? names[vector] : "interrupt";

    return name != NULL ? name : "exception without a name";
}

static NORETURN void kernel_page_fault(const struct trap_frame *frame)
{
    uint64_t address = trap_fault_address();
    const char *access = (frame->error & PF_EXECUTE) != 0 ? "execute"
                         : (frame->error & PF_WRITE) != 0 ? "write"
                                                          : "read";

    panic_with_frame(frame, "kernel page fault: %s at 0x%lx, %s", access, address,
                     (frame->error & PF_PRESENT) != 0 ? "not allowed" : "not mapped");
}

/* What the kernel did wrong. A push into a guard page shows as #DF, an access far below the stack as #PF. */
static NORETURN void kernel_exception(const struct trap_frame *frame)
{
    bool overflow =
        (frame->vector == TRAP_DF && (stack_is_guard(frame->rsp) || stack_is_guard(frame->rsp - 1))) ||
        (frame->vector == TRAP_PF && stack_is_guard(trap_fault_address()));

    if (overflow)
        panic_with_frame(frame, "kernel stack overflow");
    if (frame->vector == TRAP_PF)
        kernel_page_fault(frame);
    panic_with_frame(frame, "kernel exception %s, error 0x%lx", name_of(frame->vector), frame->error);
}

/* #DB has an own stack, which the next one would overwrite while the kernel core is still at work on this
 * one. */
static NORETURN void debug_from_user(const struct trap_frame *frame)
{
    struct trap_frame *copy =
        (struct trap_frame *)(uintptr_t)(CPU_STACK_TOP(CPU_STACK_KERNEL) - sizeof(struct trap_frame));

    *copy = *frame;
    trap_switch_stack(copy, trap_from_user);
}

void trap_entry(struct trap_frame *frame)
{
    if (frame->vector == TRAP_NMI) {
        /* relaxed: a counter nobody orders anything by */
        atomic_fetch_add_explicit(&nmis, 1, memory_order_relaxed);
        smp_stop_if_asked();
        return;
    }
    if (frame->vector == TRAP_MC)
        panic_with_frame(frame, "machine check");
    if (from_user(frame)) {
        if (frame->vector == TRAP_DB)
            debug_from_user(frame);
        trap_from_user(frame);
    }
    if (frame->vector >= TRAP_FIRST_INTERRUPT) {
        interrupt_from_idle((unsigned)frame->vector);
        return;
    }
    if (frame->vector == TRAP_DB) {
        /* held back by MOV SS until the first kernel instruction; it was the user's, the kernel sets no
         * breakpoint */
        write_dr6(DR6_CLEAR);
        return;
    }
    kernel_exception(frame);
}

uint64_t trap_fault_address(void)
{
    return read_cr2();
}

uint64_t trap_debug_status(void)
{
    uint64_t status = read_dr6();

    write_dr6(DR6_CLEAR);
    return status;
}

uint64_t trap_nmi_count(void)
{
    /* relaxed: see trap_entry */
    return atomic_load_explicit(&nmis, memory_order_relaxed);
}

INIT void trap_init_early(void)
{
    patch_apply();
    idt_init();
    pic_init();
}

/*
 * Programs have no breakpoints, and none is left by whoever had the machine before. In check builds the boot
 * argument watch=ADDRESS makes one on a user address (4 bytes, read or written) for the test of an exception
 * that MOV SS holds back.
 */
static INIT void breakpoints_init(void)
{
    uint64_t address = 0;

    write_dr7(0);
    if (!QUIRE_CHECK || !bootarg_number("watch", L4_USER_END - 4, &address) || address == 0)
        return;
    write_dr0(address);
    write_dr7(DR7_WATCH_0);
}

INIT void trap_init_cpu(void)
{
    gdt_init_cpu();
    idt_use_own_stacks();
    /* without this bit a machine check switches the machine off without a word; the boot code has seen leaf 1
     */
    if ((cpuid(1, 0).edx & CPUID1_EDX_MCE) != 0)
        write_cr4(read_cr4() | CR4_MCE);
    breakpoints_init();
}
