/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions in user mode and interrupts while idle. There is no user mode and no idle loop yet, so either is
 * a bug.
 */
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"

void trap_from_user(struct trap_frame *frame)
{
    panic_with_frame(frame, "vector %lu from user mode", frame->vector);
}

void interrupt_from_idle(unsigned vector)
{
    PANIC("interrupt %u, nobody waits for it", vector);
}
