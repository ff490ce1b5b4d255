/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Back to user mode: the scheduler's thread, prepared, with its space, state and timer.
 */
#include "kernel/arch/address.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/entry.h"
#include "kernel/sys/call.h"
#include "kernel/sys/recount.h"

/* A long operation goes on after interrupts had their chance; it holds no object pointer meanwhile. */
static void call_again(struct activation *a)
{
    a->flags &= (uint8_t)~ACT_AGAIN;
    cpu_local()->current = a;
    syscall_entry();
    sched_arm();
    cpu_let_interrupts_in();
}

void kernel_exit(void)
{
    for (;;) {
        struct thread *t = sched_pick();

        if (!thread_prepare(t)) {
            /* A program whose switch faults cause more of them keeps the kernel at work without ever
             * running: no object pointer is held here, so interrupts come in and others get their turn. */
            sched_arm();
            cpu_let_interrupts_in();
            continue;
        }
        /* preparing may have readied a better one */
        if (t != sched_pick())
            continue;
        if (t->current->flags & ACT_AGAIN) {
            call_again(t->current);
            continue;
        }
        user_state_switch(t);
        address_space_enter(t->current->space->vs.root[cpu_local()->number]);
        sched_arm();
        user_enter(t->current);
    }
}

void entry_syscall_c(void)
{
    syscall_entry();
    if (QUIRE_CHECK)
        recount_step();
    kernel_exit();
}
