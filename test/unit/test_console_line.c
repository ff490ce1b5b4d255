// SPDX-License-Identifier: BSD-2-Clause
// sources: roottask/servers/console/line.c
// The line editor, against a small terminal that shows what its echo makes of the screen.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roottask/servers/console/line.h"

static struct line line;
static char screen[2048]; // the line the cursor is in
static size_t column, bells, newlines;
static enum line_event last;

static int setup(void **state)
{
    (void)state;
    line_init(&line);
    memset(screen, 0, sizeof(screen));
    column = bells = newlines = 0;
    return 0;
}

static void terminal(char c)
{
    if (c == '\b') {
        assert_true(column > 0);
        column--;
    } else if (c == '\a') {
        bells++;
    } else if (c == '\n') {
        newlines++;
        column = 0;
        memset(screen, 0, sizeof(screen));
    } else {
        assert_true(column < sizeof(screen) - 1);
        screen[column++] = c;
    }
}

static void type_bytes(const char *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        last = line_key(&line, keys[i]);
        assert_true(line.echo_length <= LINE_ECHO);
        for (size_t e = 0; e < line.echo_length; e++)
            terminal(line.echo[e]);
        assert_true(line.cursor <= line.length && line.length <= LINE_ROOM);
        if (last == LINE_MORE && !line.complete)
            assert_int_equal(column, line.cursor);
    }
}

static void type(const char *keys)
{
    type_bytes(keys, strlen(keys));
}

// What the screen shows without the blanks that took something away.
static void expect_screen(const char *text)
{
    size_t end = strlen(screen);

    while (end > 0 && screen[end - 1] == ' ')
        end--;
    assert_int_equal(end, strlen(text));
    assert_memory_equal(screen, text, end);
}

static void expect_line(const char *keys, const char *text)
{
    type(keys);
    assert_int_equal(last, LINE_DONE);
    assert_int_equal(line.length, strlen(text));
    assert_memory_equal(line.text, text, line.length);
}

static void test_plain(void **state)
{
    (void)state;
    type("ls /");
    expect_screen("ls /");
    expect_line("\r", "ls /");
    expect_line("echo\n", "echo");
    expect_line("\r", "");
}

static void test_cr_lf_is_one_end(void **state)
{
    (void)state;
    expect_line("a\r", "a");
    type("\n");
    assert_int_equal(last, LINE_MORE);
    assert_int_equal(newlines, 1);
    expect_line("b\r", "b");
    expect_line("\r", ""); // but two CR are two lines
}

static void test_editing(void **state)
{
    (void)state;
    expect_line("abc\x7f\x7fx\r", "ax");
    expect_line("abc\x1b[D\x1b[DX\r", "aXbc");
    expect_line("bc\x01"
                "a\x05"
                "d\r",
                "abcd");
    expect_line("abcd\x02\x02\x0b\r", "ab");
    expect_line("abcd\x02\x02\x15\r", "cd");
    expect_line("one two  \x17"
                "three\r",
                "one three");
    expect_line("abc\x1b[H\x1b[3~\r", "bc");
    expect_line("abc\x1b[1~\x04\x1b[F!\r", "bc!");
    expect_line("\x7f\x15\x17\x0b\x02\x06ok\r", "ok");
    type("hello world\x02\x02\x17");
    expect_screen("hello ld");
}

static void test_interrupt_and_end(void **state)
{
    (void)state;
    type("half a line\x03");
    assert_int_equal(last, LINE_INTERRUPTED);
    assert_int_equal(line.length, 0);
    type("\x04");
    assert_int_equal(last, LINE_END);
    type("x\x04");
    assert_int_equal(last, LINE_MORE); // not empty: deletes under the cursor
    expect_line("\r", "x");
}

static void test_history(void **state)
{
    (void)state;
    type("one\rtwo\rtwo\r\r");
    type("new\x1b[A");
    expect_screen("two");
    type("\x1b[A");
    expect_screen("one");
    type("\x1b[A");
    expect_screen("one");
    type("\x1b[B\x1b[B");
    expect_screen("new");
    type("\x0e");
    expect_screen("new");
    expect_line("\x10\x10!\r", "one!");
}

static void test_history_is_bounded(void **state)
{
    (void)state;
    for (char c = 'a'; c <= 'z'; c++)
        type_bytes((char[]){c, '\r'}, 2);
    for (unsigned i = 0; i < 40; i++)
        type("\x10");
    expect_screen("k"); // z back to k: sixteen
}

static void test_full_line(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LINE_ROOM; i++)
        type("x");
    assert_int_equal(bells, 0);
    type("y");
    assert_int_equal(bells, 1);
    assert_int_equal(line.length, LINE_ROOM);
    type("\x01y\r");
    assert_int_equal(last, LINE_DONE);
    assert_int_equal(line.length, LINE_ROOM);
}

static void test_unknown_sequences(void **state)
{
    (void)state;
    expect_line("a\x1b[99999999999Zb\x1bqc\x1b[\x01"
                "d\x1bOA\x1b[5~e\x0c\x1a\r",
                "abcde");
}

static void test_noise(void **state)
{
    static const char keys[] =
        "ab \x01\x02\x03\x04\x05\x06\x08\x0b\x0e\x10\x15\x17\x1b[ABCDHF13~\r\n\x7f\xc3\0";
    unsigned seed = 99;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        seed = seed * 1103515245 + 12345;
        type_bytes(&keys[(seed >> 16) % (sizeof(keys) - 1)], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_plain, setup),     cmocka_unit_test_setup(test_cr_lf_is_one_end, setup),
        cmocka_unit_test_setup(test_editing, setup),   cmocka_unit_test_setup(test_interrupt_and_end, setup),
        cmocka_unit_test_setup(test_history, setup),   cmocka_unit_test_setup(test_history_is_bounded, setup),
        cmocka_unit_test_setup(test_full_line, setup), cmocka_unit_test_setup(test_unknown_sequences, setup),
        cmocka_unit_test_setup(test_noise, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
