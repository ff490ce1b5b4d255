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

#define L4_ABORT_MAGIC 0x0054524f4241344cull // "L4ABORT" in rax at the ud2; text in rdx, r8, r9
#define L4_ABORT_TEXT  24

void l4_abort_text(const char *kind, uint64_t out[static L4_ABORT_TEXT / 8]);

// Ends in an exception the root task reports with this word (up to 24 bytes) as kind. In line, so that the
// reported address lies in the function that gave up.
static inline __attribute__((always_inline)) L4_NORETURN void l4_abort(const char *kind)
{
    uint64_t text[L4_ABORT_TEXT / 8];
    _Static_assert(sizeof(text) == 24, "three registers of text");
    l4_abort_text(kind, text);
    register uint64_t r8 __asm__("r8") = text[1];
    register uint64_t r9 __asm__("r9") = text[2];
    // ud2 is the instruction that always raises an exception; the handler reads the registers
    __asm__ volatile("ud2" : : "a"(L4_ABORT_MAGIC), "d"(text[0]), "r"(r8), "r"(r9) : "memory");
    __builtin_unreachable();
}

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
