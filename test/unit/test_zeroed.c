// SPDX-License-Identifier: BSD-2-Clause
// sources: pager/zeroed.c
// Pool of zeroed frames: capacity, order, counters, the low mark.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pager/zeroed.h"

static void test_empty_pool_counts_misses(void **state)
{
    struct zeroed pool = {0};
    uint64_t frame = 7;
    (void)state;
    assert_true(zeroed_low(&pool));
    assert_false(zeroed_take(&pool, &frame));
    assert_int_equal(frame, 7);
    assert_int_equal(pool.misses, 1);
    assert_int_equal(pool.hits, 0);
}

static void test_fills_to_the_brim(void **state)
{
    struct zeroed pool = {0};
    (void)state;
    for (unsigned i = 0; i < ZEROED_MAX; i++) {
        assert_false(zeroed_full(&pool));
        assert_int_equal(zeroed_low(&pool), i < ZEROED_LOW);
        assert_true(zeroed_put(&pool, 100 + i));
    }
    assert_true(zeroed_full(&pool));
    assert_false(zeroed_put(&pool, 1));
    for (unsigned i = ZEROED_MAX; i-- > 0;) {
        uint64_t frame;
        assert_true(zeroed_take(&pool, &frame));
        assert_int_equal(frame, 100 + i);
    }
    assert_int_equal(pool.hits, ZEROED_MAX);
    assert_int_equal(pool.misses, 0);
    assert_int_equal(pool.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_pool_counts_misses),
        cmocka_unit_test(test_fills_to_the_brim),
    };
    return cmocka_run_group_tests_name("zeroed", tests, NULL, NULL);
}
