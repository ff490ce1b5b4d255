// SPDX-License-Identifier: BSD-2-Clause
// PANIC and failed ASSERTs of kernel code under test: expect_assert_failure sees them, else the test fails.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel/base/assert.h"

void panic(const char *fmt, ...)
{
    static char reason[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    mock_assert(0, reason, "kernel", 0);
    abort();
}
