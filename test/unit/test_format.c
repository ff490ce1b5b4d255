// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/base/format.c
// The formatter against what the C library prints, and its ends: full buffers, unknown conversions.
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/base/format.h"

/* Both formatters with the same arguments. */
#define SAME(...)                                                                      \
    do {                                                                               \
        char expected[256], got[256];                                                  \
                                                                                       \
        snprintf(expected, sizeof expected, __VA_ARGS__);                              \
        assert_int_equal(format_text(got, sizeof got, __VA_ARGS__), strlen(expected)); \
        assert_string_equal(got, expected);                                            \
    } while (0)

static void numbers(void **state)
{
    (void)state;
    SAME("%d %d %d %i", 0, -1, INT_MIN, INT_MAX);
    SAME("%u %x %X", UINT_MAX, 0xdeadbeef, 0xabcu);
    SAME("%ld %lu %lx %llx %zu", LONG_MIN, ULONG_MAX, 0x123456789abcdefUL, 0xffffffffffffffffULL, (size_t)7);
    SAME("%ld", 1L);
}

static void fields(void **state)
{
    (void)state;
    SAME("[%5d|%-5d|%05d|%05d]", 42, 42, 42, -42);
    SAME("[%016lx|%2x|%-8x|]", 0x1234UL, 0xfff, 0xfff);
    SAME("[%*d|%-*d]", 6, 1, 6, 1);
    SAME("[%5c|%-3c]", 'a', 'b');
}

static void strings(void **state)
{
    static const char open_end[3] = {'a', 'b', 'c'};

    (void)state;
    SAME("[%s|%8s|%-8s|%.2s|%5.1s]", "abc", "abc", "abc", "abc", "abc");
    SAME("[%.*s]", 3, open_end);
    SAME("100%%");
}

static void null_string_is_shown(void **state)
{
    const char *volatile nothing = NULL;
    char got[32];

    (void)state;
    format_text(got, sizeof got, "%s", nothing);
    assert_string_equal(got, "(null)");
}

static void pointers_have_16_digits(void **state)
{
    char got[32];

    (void)state;
    format_text(got, sizeof got, "%p", (void *)0x1234);
    assert_string_equal(got, "0x0000000000001234");
}

static void stops_at_the_end_of_the_buffer(void **state)
{
    char got[8] = "xxxxxxx";

    (void)state;
    assert_int_equal(format_text(got, 5, "%s", "abcdefgh"), 4);
    assert_string_equal(got, "abcd");
    assert_int_equal(got[5], 'x');
    assert_int_equal(format_text(got, 1, "abc"), 0);
    assert_int_equal(got[0], 0);
    got[0] = 'x';
    assert_int_equal(format_text(got, 0, "abc"), 0);
    assert_int_equal(got[0], 'x');
}

static void unknown_conversions_are_copied(void **state)
{
    static const char *const texts[] = {"a%qb", "%", "%5", "%-08l"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *volatile text = texts[i];
        char got[32];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        format_text(got, sizeof got, text);
#pragma GCC diagnostic pop
        assert_string_equal(got, texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(fields),
        cmocka_unit_test(strings),
        cmocka_unit_test(null_string_is_shown),
        cmocka_unit_test(pointers_have_16_digits),
        cmocka_unit_test(stops_at_the_end_of_the_buffer),
        cmocka_unit_test(unknown_conversions_are_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
