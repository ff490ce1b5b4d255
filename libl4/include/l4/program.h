// SPDX-License-Identifier: BSD-2-Clause
// What a program has from the start: main, its arguments, its named capabilities, its end.
#ifndef L4_PROGRAM_H
#define L4_PROGRAM_H

#include <l4/base.h>
#include <l4/abi/handle.h>
#include <l4/proto/layout.h>

int main(int argc, char **argv); // its result is the program's status

// The handle of the named capability the manifest gave, or L4_HANDLE_NONE.
l4_handle_t l4_cap(const char *name);
const char *l4_program_name(void);
uint64_t l4_task_id(void);
L4_NORETURN void l4_exit(int status);

// Ends in an exception the root task reports with this word (up to 24 bytes) as kind.
L4_NORETURN void l4_abort(const char *kind);
#define L4_ABORT_MAGIC 0x0054524f4241344cull // "L4ABORT" in rax at the ud2; text in rdx, r8, r9
#define L4_ABORT_TEXT  24

// Tests at run time in debug and check builds only; type-checked always.
#define L4_ASSERT(condition)              \
    do {                                  \
        if (L4_ASSERT_ON && !(condition)) \
            l4_abort("assertion");        \
    } while (0)
#ifdef QUIRE_ASSERT
#define L4_ASSERT_ON QUIRE_ASSERT
#else
#define L4_ASSERT_ON 0
#endif

// Bytes of stack left to this activation, and the check by hand: aborts with "stack-overflow" if less is
// left.
size_t l4_stack_left(void);
void l4_stack_check(size_t need);

// Time: nanoseconds since boot.
uint64_t l4_clock(void);
void l4_sleep_until(uint64_t deadline);

#endif
