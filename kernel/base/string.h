/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and string functions of the kernel. The names and meanings are those of the C library, because the
 * compiler calls the first four by itself.
 */
#ifndef QUIRE_BASE_STRING_H
#define QUIRE_BASE_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

#endif
