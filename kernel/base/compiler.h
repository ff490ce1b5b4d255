/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiler attributes under short names. Owns nothing; included from everywhere.
 */
#ifndef QUIRE_BASE_COMPILER_H
#define QUIRE_BASE_COMPILER_H

#include <stddef.h>

#define NORETURN      __attribute__((noreturn))
#define MUST_CHECK    __attribute__((warn_unused_result))
#define ALIGNED(n)    __attribute__((aligned(n)))
#define PACKED        __attribute__((packed))
#define NOINLINE      __attribute__((noinline))
#define USED          __attribute__((used))
#define UNUSED        __attribute__((unused))
#define WEAK          __attribute__((weak))
#define SECTION(name) __attribute__((section(name)))

/*
 * Functions, constants and variables that are used only until the first thread runs: boot_leave unmaps them
 * and gives their memory away. Nothing else may refer to them (test/style/check_init.py). Constants in
 * function bodies and strings are not moved.
 */
#define INIT        SECTION(".init.text")
#define INIT_RODATA SECTION(".init.rodata")
#define INIT_DATA   SECTION(".init.data")

#define PRINTF_LIKE(fmt, a) __attribute__((format(printf, fmt, a)))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The struct of which PTR is the member MEMBER. */
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
