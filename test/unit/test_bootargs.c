// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/base/bootargs.c
// Boot arguments: values, numbers, what is reported, lines that are too long.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/base/bootargs.h"
#include "kernel/base/log.h"
#include "support/log.h"

static void set(const char *line)
{
    bootargs_set(line, strlen(line) + 1);
}

static const char *report(const char *line)
{
    set(line);
    log_capture_clear();
    bootargs_report();
    return log_captured;
}

static void finds_values(void **state)
{
    (void)state;
    set("  debug-exit=0xf4\t log=debug flag  x=a=b last");
    assert_string_equal(bootarg("debug-exit"), "0xf4");
    assert_string_equal(bootarg("log"), "debug");
    assert_string_equal(bootarg("flag"), "");
    assert_string_equal(bootarg("x"), "a=b");
    assert_string_equal(bootarg("last"), "");
    assert_null(bootarg("debug"));
    assert_null(bootarg("debug-exit="));
    assert_null(bootarg("0xf4"));
}

static void last_one_counts(void **state)
{
    (void)state;
    set("log=info log=error");
    assert_string_equal(bootarg("log"), "error");
    assert_int_equal(bootarg_log_level(), LOG_ERROR);
}

static void nothing_given(void **state)
{
    (void)state;
    set("");
    assert_null(bootarg("log"));
    assert_null(bootarg(""));
    assert_int_equal(bootarg_log_level(), LOG_INFO);
    assert_string_equal(report(""), "");
    assert_string_equal(report("   \t "), "");
}

static void numbers(void **state)
{
    uint64_t v = 7;

    (void)state;
    set("a=244 b=0xF4 c=0x d=12z e=18446744073709551615 f=18446744073709551616 g=-1 h=0x10000");
    assert_true(bootarg_number("a", 255, &v));
    assert_int_equal(v, 244);
    assert_true(bootarg_number("b", 255, &v));
    assert_int_equal(v, 0xf4);
    assert_true(bootarg_number("e", UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
    v = 7;
    assert_false(bootarg_number("c", 255, &v));
    assert_false(bootarg_number("d", 255, &v));
    assert_false(bootarg_number("f", UINT64_MAX, &v));
    assert_false(bootarg_number("g", UINT64_MAX, &v));
    assert_false(bootarg_number("h", 0xffff, &v));
    assert_false(bootarg_number("nosuch", 0xffff, &v));
    assert_int_equal(v, 7);
}

static void switches(void **state)
{
    (void)state;
    set("serial=off");
    assert_true(bootarg_off("serial"));
    set("serial=on");
    assert_false(bootarg_off("serial"));
    set("");
    assert_false(bootarg_off("serial"));
}

static void reports_what_it_does_not_know(void **state)
{
    (void)state;
    assert_string_equal(report("debug-exit=0xf4 log=warn serial=on panic-test=null recount=0"), "");
    assert_string_equal(report("foo=1 log=info bar"),
                        "boot: unknown argument \"foo\"\nboot: unknown argument \"bar\"\n");
    assert_string_equal(report("=x"), "boot: unknown argument \"\"\n");
}

static void reports_values_that_do_not_fit(void **state)
{
    (void)state;
    assert_string_equal(report("debug-exit=0x10000"),
                        "boot: argument \"debug-exit\" cannot be \"0x10000\"\n");
    assert_string_equal(report("log"), "boot: argument \"log\" cannot be \"\"\n");
    assert_string_equal(report("serial=maybe"), "boot: argument \"serial\" cannot be \"maybe\"\n");
    assert_string_equal(report("recount=often"), "boot: argument \"recount\" cannot be \"often\"\n");
    assert_string_equal(report("debug-exit=0"), "boot: argument \"debug-exit\" cannot be \"0\"\n");
}

/* A word that does not fit is not half there; all before it are. */
static void long_lines_are_cut_at_a_word(void **state)
{
    static char line[3 * BOOTARGS_SIZE];

    (void)state;
    memset(line, 'a', sizeof line - 1);
    memcpy(line, "log=debug ", 10);
    assert_string_equal(report(line), "boot: arguments after the first 1024 bytes are ignored\n");
    assert_string_equal(bootarg("log"), "debug");
}

/* Words of one letter need three bytes for two: every length of line must stay in the buffer (ASan looks on).
 */
static void short_words_fit_or_are_dropped(void **state)
{
    static char line[2 * BOOTARGS_SIZE];

    (void)state;
    for (size_t n = 0; n < sizeof line; n++) {
        memset(line, 0, sizeof line);
        for (size_t i = 0; i < n; i++)
            line[i] = i % 2 == 0 ? 'w' : ' ';
        bootargs_set(line, n);
        assert_true((bootarg("w") != NULL) == (n > 0));
        assert_null(bootarg("ww"));
    }
}

static void limit_is_kept(void **state)
{
    static const char open_end[4] = {'l', 'o', 'g', '='};

    (void)state;
    bootargs_set(open_end, sizeof open_end);
    assert_string_equal(bootarg("log"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_values),
        cmocka_unit_test(last_one_counts),
        cmocka_unit_test(nothing_given),
        cmocka_unit_test(numbers),
        cmocka_unit_test(switches),
        cmocka_unit_test(reports_what_it_does_not_know),
        cmocka_unit_test(reports_values_that_do_not_fit),
        cmocka_unit_test(long_lines_are_cut_at_a_word),
        cmocka_unit_test(short_words_fit_or_are_dropped),
        cmocka_unit_test(limit_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
