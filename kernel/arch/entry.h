/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way into the kernel by SYSCALL and the way out. Bodies: arch/x86_64/entry.
 */
#ifndef QUIRE_ARCH_ENTRY_H
#define QUIRE_ARCH_ENTRY_H

#include <stdbool.h>

#include "kernel/base/compiler.h"

struct activation;
struct thread;

/* SYSCALL registers and the CPU-local page of this CPU. After trap_init_cpu and cpu_features_init. */
void entry_init(unsigned cpu);

/* Back to user mode on A, whose space is loaded. */
NORETURN void user_enter(struct activation *a);

/* Makes the vector state and segment bases those of T, saving the last owner's if it will miss them. */
void user_state_switch(struct thread *t);

/* T leaves this CPU: its vector state and segment bases, if it will miss them, are saved. */
void user_state_release(struct thread *t);

/* T, which runs, will miss its vector state and segment bases: they are saved. */
void user_state_save(struct thread *t);

/* True when the fast paths can clear the state of a kind that IPC does not carry: with FSGSBASE and XRSTOR.
 */
bool entry_can_switch(void);

/*
 * Back to user mode in the thread with receiver node NODE, whose wait on an event ends with what is pending
 * of it; the one that ran has been put aside (kernel/ipc/fast.h).
 */
struct list;
NORETURN void event_switch(struct list *node);

/* Called by the entry code with the user's registers in the current activation. */
NORETURN void entry_syscall_c(void);

#endif
