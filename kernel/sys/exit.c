/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Back to user mode: turn after turn (work.c) until there is a thread to run, then with its space, state and
 * timer. Between turns interrupts come in.
 */
#include "kernel/arch/address.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
#include "kernel/ipc/fast.h"
#include "kernel/smp/mail.h"
#include "kernel/smp/round.h"
#include "kernel/sys/call.h"
#include "kernel/sys/recount.h"
#include "kernel/sys/work.h"

static void idle(void)
{
    address_space_enter(paddr(cpu_local()->kernel_cr3));
    sched_arm();
    round_idle_begin();
    if (!mail_waiting())
        cpu_idle();
    round_idle_end();
}

/* T runs on. */
static NORETURN void leave(struct thread *t)
{
    user_state_switch(t);
    vspace_enter(&t->current->space->vs);
    address_space_enter(t->current->space->vs.root[cpu_number()]);
    fast_begin(t);
    user_enter(t->current);
}

void kernel_exit(void)
{
    for (;;) {
        enum turn turn;
        struct thread *t = kernel_turn(&turn);

        if (turn == TURN_IDLE) {
            idle();
            continue;
        }
        sched_arm();
        if (turn == TURN_MORE) {
            cpu_let_interrupts_in();
            continue;
        }
        leave(t);
    }
}

void entry_syscall_c(void)
{
    struct thread *t;

    fast_settle();
    ipc_decode(cpu_local()->thread);
    if (QUIRE_CHECK)
        recount_step();
    t = kernel_quick();
    if (!t)
        kernel_exit();
    sched_arm();
    leave(t);
}
