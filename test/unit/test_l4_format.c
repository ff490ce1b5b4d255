// SPDX-License-Identifier: BSD-2-Clause
// sources: libl4/src/format.c
// Formatting against the host's printf, cutting at the end of the buffer, and numbers out of text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <l4/format.h>

// Both with the same arguments: same text, same length.
#define CHECK(...)                                                          \
    do {                                                                    \
        char expected[300], got[300];                                       \
        int length = snprintf(expected, sizeof(expected), __VA_ARGS__);     \
        assert_int_equal(l4_format(got, sizeof(got), __VA_ARGS__), length); \
        assert_string_equal(got, expected);                                 \
    } while (0)

static void test_like_printf(void **state)
{
    static const int widths[] = {0, 1, 3, 8, 25, -8};
    static const long values[] = {0, 1, -1, 42, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN};
    (void)state;
    CHECK("plain 100%%");
    CHECK("%s|%5s|%-5s|%.2s|%5.1s", "abc", "de", "fg", "hijk", "lm");
    CHECK("%c%3c%-3c|", 'x', 'y', 'z');
    CHECK("%p", (void *)0x1234);
    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        CHECK("%d %i %u %x %X", (int)values[i], (int)values[i], (unsigned)values[i], (unsigned)values[i],
              (unsigned)values[i]);
        CHECK("%ld %lu %lx %zu %llx", values[i], (unsigned long)values[i], (unsigned long)values[i],
              (size_t)values[i], (unsigned long long)values[i]);
        CHECK("%hhd %hd %hhu %hu", (signed char)values[i], (short)values[i], (unsigned char)values[i],
              (unsigned short)values[i]);
        CHECK("%5d|%-5d|%05d|%.3d|%8.3d|%-8.3d|", (int)values[i], (int)values[i], (int)values[i],
              (int)values[i], (int)values[i], (int)values[i]);
        CHECK("%16lx|%016lx|%-16lx|", (unsigned long)values[i], (unsigned long)values[i],
              (unsigned long)values[i]);
        for (unsigned k = 0; k < sizeof(widths) / sizeof(widths[0]); k++)
            CHECK("%*d|%.*d|%*s|", widths[k], (int)values[i], widths[k], (int)values[i], widths[k], "t");
    }
}

static void test_cut(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 12; size++) {
        char *buffer = malloc(size ? size : 1); // to the byte: the sanitizer sees a write beyond
        assert_int_equal(l4_format(buffer, size, "%s-%05d", "abcd", 42), 10);
        if (size) {
            assert_int_equal(strlen(buffer), size - 1 < 10 ? size - 1 : 10);
            assert_memory_equal(buffer, "abcd-00042", strlen(buffer));
        }
        free(buffer);
    }
}

static void test_string_without_end(void **state)
{
    char *three = malloc(3); // no 0 byte
    char got[10];
    (void)state;
    memcpy(three, "xyz", 3);
    assert_int_equal(l4_format(got, sizeof(got), "%.3s", three), 3);
    assert_string_equal(got, "xyz");
    free(three);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
        size_t used;
    } cases[] = {
        {"0", true, 0, 1},
        {"42k", true, 42, 2},
        {"0x1F ", true, 31, 4},
        {"18446744073709551615", true, UINT64_MAX, 20},
        {"18446744073709551616", false, 0, 0},
        {"0xffffffffffffffff", true, UINT64_MAX, 18},
        {"0x10000000000000000", false, 0, 0},
        {"0x", false, 0, 0},
        {"", false, 0, 0},
        {"-1", false, 0, 0},
        {" 1", false, 0, 0},
        {"ff", false, 0, 0},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t value = 0;
        const char *end = NULL;
        assert_int_equal(l4_parse_u64(cases[i].text, &value, &end), cases[i].good);
        if (cases[i].good) {
            assert_true(value == cases[i].value);
            assert_int_equal(end - cases[i].text, cases[i].used);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_like_printf),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_string_without_end),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests_name("l4_format", tests, NULL, NULL);
}
