// SPDX-License-Identifier: BSD-2-Clause
// Start and end of a program, its start-up block, abort, stack checks. The only state is the pointer to the
// block, written once before main.
#include <l4/program.h>
#include <l4/format.h>
#include <l4/ipc.h>
#include <l4/string.h>
#include <l4/thread.h>
#include <l4/proto/startup.h>
#include "start.h"

static const struct l4_startup *startup; // NULL in a program that was started without (the pager)

l4_handle_t l4_cap(const char *name)
{
    return startup ? l4_startup_find(startup, name) : L4_HANDLE_NONE;
}

const char *l4_program_name(void)
{
    return startup ? l4_startup_string(startup, startup->name) : "";
}

uint64_t l4_task_id(void)
{
    return startup ? startup->task : 0;
}

void l4_program_start(const struct l4_startup *block)
{
    static char *argv[L4_STARTUP_ARGS + 1];
    int argc = 0;
    l4_vectors_probe();
    if (block && block->magic == L4_STARTUP_MAGIC) {
        startup = block;
        for (; argc < L4_STARTUP_ARGS && argc < (int)block->argc; argc++)
            argv[argc] = (char *)(uintptr_t)l4_startup_string(block, block->argv[argc]);
    }
    l4_utcb()->thread = L4_CAP_THREAD;
    l4_exit(main(argc, argv));
}

void l4_exit(int status)
{
    struct l4_msg m;
    l4_msg_init(&m, L4_CAP_ROOT, L4_ROOT_EXIT);
    m.w[0] = (uint64_t)(int64_t)status;
    int error = l4_request(&m);
    (void)error; // an answer means that nobody ends the program: the thread ends, or the exception tells
    l4_thread_exit();
}

void l4_abort_text(const char *kind, uint64_t out[static L4_ABORT_TEXT / 8])
{
    memset(out, 0, L4_ABORT_TEXT);
    memcpy(out, kind, strnlen(kind, L4_ABORT_TEXT));
}

size_t l4_stack_left(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t limit = l4_utcb()->stack_limit;
    return here > limit ? here - limit : 0;
}

void l4_stack_check(size_t need)
{
    if (l4_stack_left() < need)
        l4_abort("stack-overflow");
}
