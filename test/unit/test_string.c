// SPDX-License-Identifier: BSD-2-Clause
// sources:
// The kernel's string functions under other names, against the C library's, at all small sizes and offsets.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define memcpy  kernel_memcpy
#define memmove kernel_memmove
#define memset  kernel_memset
#define memcmp  kernel_memcmp
#define strlen  kernel_strlen
#define strnlen kernel_strnlen
#define strcmp  kernel_strcmp
#define strncmp kernel_strncmp
#include "kernel/base/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp

#define SIZE 64

static void fill(uint8_t *p)
{
    for (unsigned i = 0; i < SIZE; i++)
        p[i] = (uint8_t)(i * 7 + 3);
}

static void copies_like_the_library(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 40; n++) {
        for (unsigned offset = 0; offset < 9; offset++) {
            uint8_t from[SIZE], expected[SIZE] = {0}, got[SIZE] = {0};

            fill(from);
            memcpy(expected + offset, from + 1, n);
            assert_ptr_equal(kernel_memcpy(got + offset, from + 1, n), got + offset);
            assert_memory_equal(got, expected, SIZE);
        }
    }
}

static void moves_both_ways(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 30; n++) {
        for (unsigned to = 0; to < 30; to++) {
            uint8_t expected[SIZE], got[SIZE];

            fill(expected);
            fill(got);
            memmove(expected + to, expected + 15, n);
            assert_ptr_equal(kernel_memmove(got + to, got + 15, n), got + to);
            assert_memory_equal(got, expected, SIZE);
        }
    }
}

static void sets_all_sizes(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 40; n++) {
        uint8_t expected[SIZE] = {0}, got[SIZE] = {0};

        memset(expected + 3, 0x1a5, n);
        kernel_memset(got + 3, 0x1a5, n);
        assert_memory_equal(got, expected, SIZE);
    }
}

static void compares_as_unsigned(void **state)
{
    (void)state;
    assert_true(kernel_memcmp("a\x80", "a\x7f", 2) > 0);
    assert_true(kernel_memcmp("a", "b", 1) < 0);
    assert_int_equal(kernel_memcmp("ab", "ac", 1), 0);
    assert_true(kernel_strcmp("a\x80", "a\x7f") > 0);
    assert_true(kernel_strcmp("a", "ab") < 0);
    assert_int_equal(kernel_strcmp("ab", "ab"), 0);
    assert_int_equal(kernel_strncmp("abx", "aby", 2), 0);
    assert_true(kernel_strncmp("abx", "aby", 3) < 0);
    assert_int_equal(kernel_strncmp("ab", "ab", 9), 0);
}

static void lengths(void **state)
{
    (void)state;
    assert_int_equal(kernel_strlen(""), 0);
    assert_int_equal(kernel_strlen("abc"), 3);
    assert_int_equal(kernel_strnlen("abc", 2), 2);
    assert_int_equal(kernel_strnlen("abc", 9), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_like_the_library),
        cmocka_unit_test(moves_both_ways),
        cmocka_unit_test(sets_all_sizes),
        cmocka_unit_test(compares_as_unsigned),
        cmocka_unit_test(lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
