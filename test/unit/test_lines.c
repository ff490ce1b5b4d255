// SPDX-License-Identifier: BSD-2-Clause
// sources: test/bench/plugin/lines.c
// The plugin's set of cache lines: each counts once a round, however it is touched.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/bench/plugin/lines.h"

static struct lines set;

static int start(void **state)
{
    (void)state;
    set = (struct lines){0};
    lines_clear(&set);
    return 0;
}

static void a_line_counts_once(void **state)
{
    (void)state;
    lines_add(&set, 0x1000, 8);
    lines_add(&set, 0x1008, 1);
    lines_add(&set, 0x103f, 1);
    assert_int_equal(set.count, 1);
    lines_add(&set, 0x1040, 1);
    assert_int_equal(set.count, 2);
}

static void what_crosses_a_line_counts_both(void **state)
{
    (void)state;
    lines_add(&set, 0x103c, 8);
    assert_int_equal(set.count, 2);
    lines_add(&set, 0x2030, 16);
    assert_int_equal(set.count, 3);
    lines_add(&set, 0xfffffffffffffff8, 8); // the last line there is
    assert_int_equal(set.count, 4);
}

static void a_round_starts_with_none(void **state)
{
    uint64_t address;
    unsigned found = 0;
    (void)state;
    lines_add(&set, 0xffffffff80001000, 4);
    lines_clear(&set);
    assert_int_equal(set.count, 0);
    lines_add(&set, 0xffffffff80002010, 4);
    for (unsigned place = 0; place < LINES_PLACES; place++) {
        if (lines_at(&set, place, &address)) {
            found++;
            assert_int_equal(address, 0xffffffff80002000);
        }
    }
    assert_int_equal(found, 1);
}

static void too_many_are_told(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < LINES_PLACES / 2; n++)
        lines_add(&set, n << LINE_SHIFT, 1);
    assert_int_equal(set.count, LINES_PLACES / 2);
    assert_false(set.full);
    lines_add(&set, 0, 1); // known already
    assert_false(set.full);
    lines_add(&set, (uint64_t)LINES_PLACES << LINE_SHIFT, 1);
    assert_true(set.full);
    assert_int_equal(set.count, LINES_PLACES / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_counts_once, start),
        cmocka_unit_test_setup(what_crosses_a_line_counts_both, start),
        cmocka_unit_test_setup(a_round_starts_with_none, start),
        cmocka_unit_test_setup(too_many_are_told, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
