/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions and interrupts of user programs, and interrupts while idle.
 */
#include "kernel/arch/trap.h"

#include "kernel/arch/irq.h"
#include "kernel/arch/smp.h"
#include "kernel/arch/timer.h"
#include "kernel/base/assert.h"
#include "kernel/ipc/fast.h"
#include "kernel/smp/round.h"
#include "kernel/sys/call.h"
#include "kernel/sys/recount.h"

static void interrupt(unsigned vector)
{
    cpu_local()->interrupts++;
    if (vector == TIMER_VECTOR) {
        irq_eoi();
        sched_timer();
    } else if (vector == MAIL_VECTOR) {
        irq_eoi(); /* the box is looked into on the way out */
    } else if (vector >= IRQ_VECTOR_FIRST && vector <= IRQ_VECTOR_LAST) {
        irq_fired(vector);
    }
    /* what is left is spurious and wants no end of interrupt */
}

void interrupt_from_idle(unsigned vector)
{
    /* awake, before anything is touched */
    round_idle_end();
    interrupt(vector);
}

/* The frame's registers become the current activation's. */
static void save_frame(struct activation *a, const struct trap_frame *f)
{
    const uint64_t regs[ACT_REGS] = {
        [L4_REG_RAX] = f->rax, [L4_REG_RBX] = f->rbx, [L4_REG_RCX] = f->rcx, [L4_REG_RDX] = f->rdx,
        [L4_REG_RSI] = f->rsi, [L4_REG_RDI] = f->rdi, [L4_REG_RBP] = f->rbp, [L4_REG_R8] = f->r8,
        [L4_REG_R9] = f->r9,   [L4_REG_R10] = f->r10, [L4_REG_R11] = f->r11, [L4_REG_R12] = f->r12,
        [L4_REG_R13] = f->r13, [L4_REG_R14] = f->r14, [L4_REG_R15] = f->r15, [ACT_REG_RFLAGS] = f->rflags,
    };

    for (unsigned i = 0; i < ACT_REGS; i++)
        a->regs[i] = regs[i];
    /* exit_iret leaves no address there: a call since has, also a fast one, and a fault after it is a new one
     */
    if (a->rip != UINT64_MAX)
        a->progress_ip = L4_USER_END;
    a->rip = f->rip;
    a->rsp = f->rsp;
    a->full = 1;
}

void trap_from_user(struct trap_frame *f)
{
    struct thread *t;

    fast_settle();
    t = cpu_local()->thread;
    ASSERT(t && t->current == cpu_local()->current);
    save_frame(t->current, f);
    if (f->vector >= TRAP_FIRST_INTERRUPT)
        interrupt((unsigned)f->vector);
    else if (f->vector == TRAP_PF)
        fault_page(t, trap_fault_address(), f->error);
    else
        fault_exception(t, f->vector, f->error, f->vector == TRAP_DB ? trap_debug_status() : 0, 0);
    if (QUIRE_CHECK)
        recount_step();
    kernel_exit();
}
