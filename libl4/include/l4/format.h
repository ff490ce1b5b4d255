// SPDX-License-Identifier: BSD-2-Clause
// printf-like formatting into a buffer: %d %i %u %x %X %c %s %p %%, lengths l ll z h hh, flags - and 0, width
// and precision (numbers or *). Never writes more than size bytes, always ends with a 0 byte if size > 0.
// Returns the length the whole text has, without the 0 byte.
#ifndef L4_FORMAT_H
#define L4_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

__attribute__((format(printf, 3, 4))) size_t l4_format(char *buffer, size_t size, const char *format, ...);
__attribute__((format(printf, 3, 0))) size_t l4_format_v(char *buffer, size_t size, const char *format,
                                                         va_list arguments);

// Decimal or 0x number out of text. *end (may be NULL): first character not used. False: no digit, or
// overflow.
#include <stdbool.h>
#include <stdint.h>
bool l4_parse_u64(const char *text, uint64_t *value, const char **end);

#endif
