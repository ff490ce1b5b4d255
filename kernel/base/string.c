/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and string functions. The copying ones are string instructions, because the compiler would turn a
 * plain loop back into a call of the function it stands in.
 */
#include "kernel/base/string.h"

#include <stdint.h>

/* REP MOVS upwards; the direction flag is clear everywhere in the kernel. */
static void copy_up(void *to, const void *from, size_t n)
{
    size_t words = n / 8;
    size_t bytes = n % 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

/* The same downwards, from the last byte; the direction flag is restored before anything else runs. */
static void copy_down(void *to, const void *from, size_t n)
{
    char *t = (char *)to + n - 1;
    const char *f = (const char *)from + n - 1;

    __asm__ volatile("std; rep movsb; cld" : "+D"(t), "+S"(f), "+c"(n) : : "memory", "cc");
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    copy_up(to, from, n);
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    uintptr_t t = (uintptr_t)to;
    uintptr_t f = (uintptr_t)from;

    /* unsigned: also true when to lies below from */
    if (t - f >= n)
        copy_up(to, from, n);
    else if (n != 0)
        copy_down(to, from, n);
    return to;
}

void *memset(void *to, int value, size_t n)
{
    void *at = to;
    uint64_t pattern = UINT64_C(0x0101010101010101) * (uint8_t)value;
    size_t words = n / 8;
    size_t bytes = n % 8;

    /* REP STOS upwards; see copy_up */
    __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a;
    const unsigned char *y = b;

    for (size_t i = 0; i < n; i++) {
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    }
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n] != '\0') {
        n++;
        /* an empty statement with a side effect: without it the loop would become a call of strlen */
        __asm__ volatile("");
    }
    return n;
}

size_t strnlen(const char *s, size_t limit)
{
    size_t n = 0;

    while (n < limit && s[n] != '\0')
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)a[i];
        unsigned char y = (unsigned char)b[i];

        if (x != y)
            return x < y ? -1 : 1;
        if (x == '\0')
            return 0;
    }
    return 0;
}
