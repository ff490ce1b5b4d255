// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/base/regions.c
// Sets of address ranges: adding, cutting, aligning, taking, and what a full set does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/base/regions.h"

static struct region_set set;

static int empty(void **state)
{
    (void)state;
    set.count = 0;
    set.lost = 0;
    return 0;
}

static void expect_range(size_t i, uint64_t base, uint64_t end)
{
    assert_true(i < set.count);
    assert_int_equal(set.at[i].base, base);
    assert_int_equal(set.at[i].end, end);
}

static void sorts_and_joins_neighbours(void **state)
{
    (void)state;
    regions_add(&set, 0x3000, 0x4000);
    regions_add(&set, 0x1000, 0x2000);
    assert_int_equal(set.count, 2);
    expect_range(0, 0x1000, 0x2000);
    regions_add(&set, 0x2000, 0x3000);
    assert_int_equal(set.count, 1);
    expect_range(0, 0x1000, 0x4000);
}

static void overlap_swallows_several(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 9; i += 2)
        regions_add(&set, i * 0x1000, (i + 1) * 0x1000);
    regions_add(&set, 0x1800, 0x5800);
    assert_int_equal(set.count, 2);
    expect_range(0, 0x1000, 0x6000);
    expect_range(1, 0x7000, 0x8000);
}

static void empty_and_inverted_add_nothing(void **state)
{
    (void)state;
    regions_add(&set, 5, 5);
    regions_add(&set, 6, 5);
    assert_int_equal(set.count, 0);
}

static void removes_middle_edges_and_all(void **state)
{
    (void)state;
    regions_add(&set, 0x1000, 0x9000);
    regions_remove(&set, 0x4000, 0x5000);
    assert_int_equal(set.count, 2);
    expect_range(0, 0x1000, 0x4000);
    expect_range(1, 0x5000, 0x9000);
    regions_remove(&set, 0x3000, 0x6000);
    expect_range(0, 0x1000, 0x3000);
    expect_range(1, 0x6000, 0x9000);
    regions_remove(&set, 0, UINT64_MAX);
    assert_int_equal(set.count, 0);
}

static void aligns_inwards(void **state)
{
    (void)state;
    regions_add(&set, 0x1001, 0x3fff);
    regions_add(&set, 0x5001, 0x5fff);
    regions_add(&set, UINT64_MAX - 0x10, UINT64_MAX);
    regions_align(&set, 0x1000);
    assert_int_equal(set.count, 1);
    expect_range(0, 0x2000, 0x3000);
}

static void takes_highest_below_limit(void **state)
{
    uint64_t base = 0;

    (void)state;
    regions_add(&set, 0x1000, 0x5000);
    regions_add(&set, 0x8000, 0xa000);
    assert_true(regions_take(&set, 0x1000, 0x1000, UINT64_MAX, &base));
    assert_int_equal(base, 0x9000);
    assert_true(regions_take(&set, 0x1000, 0x1000, 0x8000, &base));
    assert_int_equal(base, 0x4000);
    assert_true(regions_take(&set, 0x2000, 0x2000, UINT64_MAX, &base));
    assert_int_equal(base, 0x2000);
    assert_int_equal(regions_bytes(&set), 0x2000);
}

static void failed_take_changes_nothing(void **state)
{
    uint64_t base = 7;

    (void)state;
    regions_add(&set, 0x1000, 0x5000);
    assert_false(regions_take(&set, 0x5000, 0x1000, UINT64_MAX, &base));
    assert_false(regions_take(&set, 0x1000, 0x1000, 0x1000, &base));
    assert_false(regions_take(&set, 0x3000, 0x10000, UINT64_MAX, &base));
    assert_int_equal(base, 7);
    assert_int_equal(set.count, 1);
    expect_range(0, 0x1000, 0x5000);
}

static void full_set_loses_the_smallest(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < REGIONS_MAX; i++)
        regions_add(&set, i * 0x100, i * 0x100 + 0x10 + (i != 77));
    assert_int_equal(set.count, REGIONS_MAX);
    regions_add(&set, 0x1000000, 0x1000020);
    assert_int_equal(set.count, REGIONS_MAX);
    assert_int_equal(set.lost, 0x10);
    assert_false(regions_contain(&set, 77 * 0x100, 77 * 0x100 + 1));
    assert_true(regions_contain(&set, 0x1000000, 0x1000020));
    regions_add(&set, 0x2000000, 0x2000001);
    assert_int_equal(set.lost, 0x11);
    assert_false(regions_contain(&set, 0x2000000, 0x2000001));
}

/* Against a bitmap of 256 units: the same answer after each of many steps, and always sorted with gaps. */
static void agrees_with_a_bitmap(void **state)
{
    static uint8_t bits[256];
    uint32_t seed = 12345;

    (void)state;
    for (int step = 0; step < 20000; step++) {
        uint64_t a, b;

        seed = seed * 1664525 + 1013904223;
        a = seed >> 24;
        seed = seed * 1664525 + 1013904223;
        b = a + (seed >> 27);
        if (b > 256)
            b = 256;
        for (uint64_t i = a; i < b; i++)
            bits[i] = (seed >> 20 & 1) != 0;
        if ((seed >> 20 & 1) != 0)
            regions_add(&set, a, b);
        else
            regions_remove(&set, a, b);
        for (uint64_t i = 0; i < 256; i++)
            assert_int_equal(regions_contain(&set, i, i + 1), bits[i]);
        for (size_t i = 1; i < set.count; i++)
            assert_true(set.at[i - 1].end < set.at[i].base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sorts_and_joins_neighbours, empty),
        cmocka_unit_test_setup(overlap_swallows_several, empty),
        cmocka_unit_test_setup(empty_and_inverted_add_nothing, empty),
        cmocka_unit_test_setup(removes_middle_edges_and_all, empty),
        cmocka_unit_test_setup(aligns_inwards, empty),
        cmocka_unit_test_setup(takes_highest_below_limit, empty),
        cmocka_unit_test_setup(failed_take_changes_nothing, empty),
        cmocka_unit_test_setup(full_set_loses_the_smallest, empty),
        cmocka_unit_test_setup(agrees_with_a_bitmap, empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
