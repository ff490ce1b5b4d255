// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/base/log.c kernel/base/format.c
// The log ring and its copy to the consoles.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/console.h"
#include "kernel/base/log.h"

static char shown[4096];

void console_write(const char *text, size_t n)
{
    strncat(shown, text, n);
}

static int quiet(void **state)
{
    (void)state;
    shown[0] = '\0';
    log_echo_on();
    log_set_level(LOG_INFO);
    return 0;
}

static void a_line_goes_to_ring_and_console(void **state)
{
    char got[32] = "";
    uint64_t pos = log_ring_end();

    (void)state;
    LOG(LOG_INFO, "n=%d", 5);
    assert_string_equal(shown, "n=5\n");
    assert_int_equal(log_ring_read(pos, got, sizeof got - 1), 4);
    assert_string_equal(got, "n=5\n");
    assert_int_equal(log_ring_end(), pos + 4);
    assert_int_equal(log_ring_read(pos + 4, got, sizeof got), 0);
    assert_int_equal(log_ring_read(pos + 1000, got, sizeof got), 0);
}

static void levels_above_stay_in_the_ring(void **state)
{
    uint64_t pos = log_ring_end();

    (void)state;
    log_set_level(LOG_WARN);
    LOG(LOG_INFO, "hidden");
    LOG(LOG_WARN, "shown");
    assert_string_equal(shown, "shown\n");
    assert_int_equal(log_ring_end() - pos, 13);
}

static void echo_can_be_off(void **state)
{
    uint64_t pos = log_ring_end();

    (void)state;
    log_echo_off();
    LOG(LOG_ERROR, "hidden");
    log_raw("too", 3);
    assert_string_equal(shown, "");
    assert_int_equal(log_ring_end() - pos, 10);
}

static void long_lines_end_with_a_newline(void **state)
{
    char line[2000];
    size_t n;

    (void)state;
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    LOG(LOG_INFO, "%s", line);
    n = strlen(shown);
    assert_true(n > 100 && n < sizeof line);
    assert_int_equal(shown[n - 1], '\n');
}

/* After more than its size the ring holds the newest bytes, in order, and old positions read from the oldest.
 */
static void keeps_the_newest(void **state)
{
    static char got[LOG_RING_SIZE];
    uint64_t end;

    (void)state;
    log_echo_off();
    for (unsigned i = 0; i < 3 * LOG_RING_SIZE / 8; i++)
        LOG(LOG_INFO, "%07u", i);
    end = log_ring_end();
    assert_int_equal(log_ring_start(), end - LOG_RING_SIZE);
    assert_int_equal(log_ring_read(0, got, sizeof got), LOG_RING_SIZE);
    assert_memory_equal(got + sizeof got - 8, "0024575\n", 8);
    for (size_t i = 8; i + 8 <= sizeof got; i += 8)
        assert_true(memcmp(got + i - 8, got + i, 8) < 0);
    assert_int_equal(log_ring_read(end - 8, got, 3), 3);
    assert_memory_equal(got, "002", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_goes_to_ring_and_console, quiet),
        cmocka_unit_test_setup(levels_above_stay_in_the_ring, quiet),
        cmocka_unit_test_setup(echo_can_be_off, quiet),
        cmocka_unit_test_setup(long_lines_end_with_a_newline, quiet),
        cmocka_unit_test_setup(keeps_the_newest, quiet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
