// SPDX-License-Identifier: BSD-2-Clause
// Threads: wrappers, and threads of the own space that run a C function. No state but the caller's struct
// l4_thread, of which the new thread reads function and argument.
#include <l4/thread.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/proto/layout.h>
#include "start.h"

int l4_space_thread(l4_handle_t space, unsigned rights, unsigned slot, unsigned priority, l4_handle_t *thread,
                    uint64_t *id)
{
    uint64_t w[L4_WORDS_REGS] = {rights, slot, priority};
    int error = l4_object(space, L4_THREAD_CREATE, w);
    if (!error) {
        *thread = w[0];
        if (id)
            *id = w[1];
    }
    return error;
}

static int operate(l4_handle_t thread, enum l4_operation operation, uint64_t w0, uint64_t w1, uint64_t w2)
{
    uint64_t w[L4_WORDS_REGS] = {w0, w1, w2};
    return l4_object(thread, operation, w);
}

int l4_thread_destroy(l4_handle_t thread)
{
    return operate(thread, L4_THREAD_DESTROY, 0, 0, 0);
}

int l4_thread_start_at(l4_handle_t thread, uint64_t ip, uint64_t argument, uint64_t cpu)
{
    return operate(thread, L4_THREAD_START, ip, argument, cpu);
}

int l4_thread_suspend(l4_handle_t thread)
{
    return operate(thread, L4_THREAD_SUSPEND, 0, 0, 0);
}

int l4_thread_resume(l4_handle_t thread)
{
    return operate(thread, L4_THREAD_RESUME, 0, 0, 0);
}

int l4_thread_priority(l4_handle_t thread, unsigned priority)
{
    return operate(thread, L4_THREAD_PRIORITY, priority, 0, 0);
}

int l4_thread_state(l4_handle_t thread, struct l4_thread_info *out)
{
    uint64_t w[L4_WORDS_REGS] = {0};
    int error = l4_object(thread, L4_THREAD_STATE, w);
    if (!error)
        *out = (struct l4_thread_info){w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]};
    return error;
}

int l4_thread_set_ip(l4_handle_t thread, uint64_t ip, uint64_t sp)
{
    return operate(thread, L4_THREAD_SET_IP, ip, sp, 0);
}

int l4_thread_move(l4_handle_t thread, uint64_t cpu)
{
    return operate(thread, L4_THREAD_MOVE, cpu, 0, 0);
}

int l4_thread_cancel(l4_handle_t thread, bool cancelled)
{
    return operate(thread, L4_THREAD_CANCEL, cancelled, 0, 0);
}

int l4_thread_foreign(l4_handle_t thread, bool foreign)
{
    return operate(thread, L4_THREAD_FOREIGN, foreign, 0, 0);
}

int l4_thread_recall(l4_handle_t thread)
{
    return operate(thread, L4_THREAD_RECALL, 0, 0, 0);
}

int l4_thread_yield(l4_handle_t own_thread)
{
    return operate(own_thread, L4_THREAD_YIELD, 0, 0, 0);
}

int l4_thread_create(struct l4_thread *thread, unsigned priority)
{
    return l4_space_thread(L4_CAP_SPACE, L4_RIGHT_MANAGE, L4_SLOT_ANY, priority, &thread->handle,
                           &thread->id);
}

int l4_thread_start(struct l4_thread *thread, void (*function)(void *), void *argument, uint64_t cpu)
{
    thread->function = function;
    thread->argument = argument;
    return l4_thread_start_at(thread->handle, (uint64_t)(uintptr_t)l4_thread_entry,
                              (uint64_t)(uintptr_t)thread, cpu);
}

void l4_thread_main(struct l4_thread *thread)
{
    l4_utcb()->thread = thread->handle;
    thread->function(thread->argument);
    l4_thread_exit();
}

void l4_thread_exit(void)
{
    int error = l4_thread_destroy(l4_utcb()->thread); // does not return if the capability is still there
    (void)error;
    l4_abort("thread-exit");
}
