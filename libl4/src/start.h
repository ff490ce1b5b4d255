// SPDX-License-Identifier: BSD-2-Clause
// Inner interface between the machine part of libl4 (arch/x86_64/user) and its C part.
#ifndef L4_SRC_START_H
#define L4_SRC_START_H

#include <l4/base.h>

struct l4_startup;
struct l4_thread;

L4_NORETURN void l4_program_start(const struct l4_startup *block); // called by _start
L4_NORETURN void l4_thread_main(struct l4_thread *thread);         // called by l4_thread_entry
void l4_thread_entry(void);                                        // where threads of l4_thread_start begin
L4_NORETURN void l4_lock_is_held(void);                            // the stubs' assertion that none is
void l4_vectors_probe(void);                                       // before the first l4_ipc

#endif
