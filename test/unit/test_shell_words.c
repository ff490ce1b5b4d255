// SPDX-License-Identifier: BSD-2-Clause
// sources: roottask/servers/shell/words.c libl4/src/slice.c
// Splitting of command lines: quotes, comments, limits, bytes of all kinds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "roottask/servers/shell/words.h"

static struct words words;

static const char *split_bytes(const char *line, size_t length)
{
    char *copy = malloc(length ? length : 1);
    const char *wrong;

    memcpy(copy, line, length);
    wrong = words_split(&words, l4_slice(copy, length));
    free(copy);
    return wrong;
}

static void expect(const char *line, unsigned count, ...)
{
    va_list list;

    assert_null(split_bytes(line, strlen(line)));
    assert_int_equal(words.count, count);
    va_start(list, count);
    for (unsigned i = 0; i < count; i++)
        assert_string_equal(words.word[i], va_arg(list, const char *));
    va_end(list);
}

static void expect_wrong(const char *line, const char *part)
{
    const char *wrong = split_bytes(line, strlen(line));

    assert_non_null(wrong);
    assert_non_null(strstr(wrong, part));
}

static void test_words(void **state)
{
    (void)state;
    expect("", 0);
    expect(" \t ", 0);
    expect("ls", 1, "ls");
    expect("  cat  /etc/motd\t/r ", 3, "cat", "/etc/motd", "/r");
    assert_int_equal(words.bytes, sizeof("cat") + sizeof("/etc/motd") + sizeof("/r"));
}

static void test_quotes(void **state)
{
    (void)state;
    expect("echo 'a  b' \"c d\"", 3, "echo", "a  b", "c d");
    expect("a'b c'd", 1, "ab cd");
    expect("'' \"\"", 2, "", "");
    expect("a\\ b", 1, "a b");
    expect("\"\\\"\\\\\\n\"", 1, "\"\\\\n");
    expect("'\\'", 1, "\\");
    expect("'\"' \"'\"", 2, "\"", "'");
    expect_wrong("'open", "quote");
    expect_wrong("a \"open", "quote");
    expect_wrong("a \\", "behind");
}

static void test_comments(void **state)
{
    (void)state;
    expect("# nothing", 0);
    expect("ls # all of it", 1, "ls");
    expect("a#b '#'", 2, "a#b", "#");
}

static void test_limits(void **state)
{
    char line[1200];

    (void)state;
    memset(line, 'x', sizeof(line));
    assert_null(split_bytes(line, sizeof(words.text) - 1));
    assert_non_null(split_bytes(line, sizeof(words.text)));
    for (size_t i = 0; i < sizeof(line); i += 2)
        line[i + 1] = ' ';
    assert_null(split_bytes(line, 2 * WORDS_MOST));
    assert_int_equal(words.count, WORDS_MOST);
    assert_string_equal(split_bytes(line, 2 * WORDS_MOST + 1), "too many words");
    assert_non_null(split_bytes("a\0b", 3));
    assert_non_null(split_bytes("a\\\0b", 4));
}

static void test_noise(void **state)
{
    static const char alphabet[] = "ab '\"\\#\t\0\xff";
    unsigned seed = 5;
    char line[100];

    (void)state;
    for (unsigned round = 0; round < 50000; round++) {
        for (size_t i = 0; i < round % sizeof(line); i++) {
            seed = seed * 1103515245 + 12345;
            line[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
        }
        split_bytes(line, round % sizeof(line));
        assert_true(words.bytes <= sizeof(words.text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),  cmocka_unit_test(test_quotes), cmocka_unit_test(test_comments),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
