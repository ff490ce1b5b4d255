/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ASSERT states what only a bug in the kernel can break; user input never reaches one. It is checked in
 * builds with QUIRE_ASSERT=1 (debug, check) and type-checked in all. PANIC ends the system with a report
 * in every build.
 */
#ifndef QUIRE_BASE_ASSERT_H
#define QUIRE_BASE_ASSERT_H

#include "kernel/base/compiler.h"

#ifndef QUIRE_ASSERT
#define QUIRE_ASSERT 0
#endif

/*
 * Prints "PANIC: " and the reason, registers where there are some, and a backtrace; then ends the emulator
 * with status 120 or halts for ever. Callable from anywhere, at any time, with any lock held.
 */
NORETURN void panic(const char *fmt, ...) PRINTF_LIKE(1, 2);

#define PANIC(...) panic(__VA_ARGS__)

#define ASSERT(x)                                                           \
    do {                                                                    \
        if (QUIRE_ASSERT && __builtin_expect(!(x), 0))                      \
            panic("assertion failed: %s at %s:%d", #x, __FILE__, __LINE__); \
    } while (0)

#endif
