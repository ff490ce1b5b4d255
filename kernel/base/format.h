/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text formatting into a buffer: the subset of printf that log.h lists.
 */
#ifndef QUIRE_BASE_FORMAT_H
#define QUIRE_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "kernel/base/compiler.h"

/* Writes at most SIZE bytes including the final 0 and returns the length of what it wrote (never more than
 * SIZE - 1). */
size_t format_text(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
size_t format_va(char *buf, size_t size, const char *fmt, va_list args) PRINTF_LIKE(3, 0);

#endif
