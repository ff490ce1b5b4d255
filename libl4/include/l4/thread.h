// SPDX-License-Identifier: BSD-2-Clause
// Threads: typed wrappers of the operations on a thread capability, and threads of the own space that run a C
// function.
#ifndef L4_THREAD_H
#define L4_THREAD_H

#include <l4/base.h>
#include <l4/abi/handle.h>
#include <l4/abi/ops.h>

struct l4_thread_info {
    uint64_t state, id, priority, ip, sp, depth, space, index;
};

L4_MUST_CHECK int l4_space_thread(l4_handle_t space, unsigned rights, unsigned slot, unsigned priority,
                                  l4_handle_t *thread, uint64_t *id);
L4_MUST_CHECK int l4_thread_destroy(l4_handle_t thread);
L4_MUST_CHECK int l4_thread_start_at(l4_handle_t thread, uint64_t ip, uint64_t argument, uint64_t cpu);
L4_MUST_CHECK int l4_thread_suspend(l4_handle_t thread);
L4_MUST_CHECK int l4_thread_resume(l4_handle_t thread);
L4_MUST_CHECK int l4_thread_priority(l4_handle_t thread, unsigned priority);
L4_MUST_CHECK int l4_thread_state(l4_handle_t thread, struct l4_thread_info *out);
L4_MUST_CHECK int l4_thread_set_ip(l4_handle_t thread, uint64_t ip, uint64_t sp);
L4_MUST_CHECK int l4_thread_move(l4_handle_t thread, uint64_t cpu);
// From now on (cancelled = true) its waits and queueing return L4_ERR_CANCELLED, unless shielded.
L4_MUST_CHECK int l4_thread_cancel(l4_handle_t thread, bool cancelled);
// Away from home it comes home with L4_ERR_CANCELLED; its visit goes on without it.
L4_MUST_CHECK int l4_thread_recall(l4_handle_t thread);
// While foreign, all its system calls at home become exceptions, native ones too.
L4_MUST_CHECK int l4_thread_foreign(l4_handle_t thread, bool foreign);
L4_MUST_CHECK int l4_thread_yield(l4_handle_t own_thread);

// A thread of the own space. The struct is the caller's and must stay until the thread has ended.
struct l4_thread {
    l4_handle_t handle;
    uint64_t id;
    void (*function)(void *argument);
    void *argument;
};
// Creates it; it uses neither UTCB nor stack before it is started.
L4_MUST_CHECK int l4_thread_create(struct l4_thread *thread, unsigned priority);
// Starts it at function(argument) on a CPU (0 = the first). When the function returns the thread ends.
L4_MUST_CHECK int l4_thread_start(struct l4_thread *thread, void (*function)(void *), void *argument,
                                  uint64_t cpu);
// Ends the calling thread, if it was started by l4_thread_start or is the program's first.
L4_NORETURN void l4_thread_exit(void);

#endif
