// SPDX-License-Identifier: BSD-2-Clause
// The log of kernel code under test: the text of all lines since log_capture_clear, for tests to look at.
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/base/log.h"

char log_captured[16384];

void log_capture_clear(void)
{
    log_captured[0] = '\0';
}

void log_line(int level, const char *fmt, ...)
{
    size_t used = strlen(log_captured);
    va_list args;

    (void)level;
    va_start(args, fmt);
    vsnprintf(log_captured + used, sizeof log_captured - used, fmt, args);
    va_end(args);
    used = strlen(log_captured);
    snprintf(log_captured + used, sizeof log_captured - used, "\n");
}
