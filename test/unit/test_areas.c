// SPDX-License-Identifier: BSD-2-Clause
// sources: pager/areas.c
// UTCB and stack areas: formulas, guard page, first and last index, an area that lies elsewhere.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pager/areas.h"

static const struct areas usual = {0x600000000000, 0x610000000000, 0x10000, 8192};

static void test_formulas(void **state)
{
    (void)state;
    assert_int_equal(areas_utcb_page(&usual, 0), 0x600000000000);
    assert_int_equal(areas_utcb_page(&usual, 3), 0x600000000000);
    assert_int_equal(areas_utcb_page(&usual, 4), 0x600000001000);
    assert_int_equal(areas_utcb_page(&usual, 8191), 0x6000007ff000);
    assert_int_equal(areas_stack_first(&usual, 0), 0x61000000f000);
    assert_int_equal(areas_stack_first(&usual, 8191), 0x61001ffff000);
}

static void check_touch(const struct areas *areas, uint64_t address, enum stack_touch expected,
                        uint32_t index)
{
    struct stack_place place = {.index = UINT32_MAX};
    assert_int_equal(areas_stack(areas, address, &place), expected);
    if (expected == STACK_ELSEWHERE)
        return;
    assert_int_equal(place.index, index);
    assert_int_equal(place.limit, areas->stack_base + index * areas->stride + 4096);
    assert_int_equal(place.top, areas->stack_base + (index + 1) * areas->stride);
}

static void test_stack_touch(void **state)
{
    (void)state;
    check_touch(&usual, 0x60ffffffffff, STACK_ELSEWHERE, 0);
    check_touch(&usual, 0x610000000000, STACK_OVERFLOW, 0);
    check_touch(&usual, 0x610000000fff, STACK_OVERFLOW, 0);
    check_touch(&usual, 0x610000001000, STACK_GROWS, 0);
    check_touch(&usual, 0x61000000ffff, STACK_GROWS, 0);
    check_touch(&usual, 0x610000010000, STACK_OVERFLOW, 1); // one byte above stack 0: the guard of stack 1
    check_touch(&usual, 0x61001fff0fff, STACK_OVERFLOW, 8191);
    check_touch(&usual, 0x61001fffffff, STACK_GROWS, 8191);
    check_touch(&usual, 0x610020000000, STACK_ELSEWHERE, 0);
    check_touch(&usual, 0, STACK_ELSEWHERE, 0);
    check_touch(&usual, UINT64_MAX, STACK_ELSEWHERE, 0);
}

// Every page of a slot: the lowest is the guard, all others are the stack's.
static void test_every_page_of_a_slot(void **state)
{
    const struct areas small = {0x10000000, 0x20000000, 0x4000, 16};
    (void)state;
    for (uint32_t index = 0; index < 16; index++) {
        for (unsigned page = 0; page < 4; page++) {
            uint64_t address = 0x20000000 + index * 0x4000 + page * 4096;
            enum stack_touch expected = page ? STACK_GROWS : STACK_OVERFLOW;
            check_touch(&small, address, expected, index);
            check_touch(&small, address + 4095, expected, index);
        }
    }
    check_touch(&small, 0x20000000 + 16 * 0x4000, STACK_ELSEWHERE, 0);
}

static void test_least_stride(void **state)
{
    const struct areas least = {0x10000000, 0x20000000, 0x2000, 2};
    (void)state;
    check_touch(&least, 0x20000fff, STACK_OVERFLOW, 0);
    check_touch(&least, 0x20001000, STACK_GROWS, 0);
    check_touch(&least, 0x20002000, STACK_OVERFLOW, 1);
    check_touch(&least, 0x20003000, STACK_GROWS, 1);
    check_touch(&least, 0x20004000, STACK_ELSEWHERE, 0);
}

static void test_utcb_area(void **state)
{
    uint32_t first = 99;
    (void)state;
    assert_false(areas_utcb(&usual, 0x5fffffffffff, &first));
    assert_false(areas_utcb(&usual, 0x600000800000, &first));
    assert_int_equal(first, 99);
    assert_true(areas_utcb(&usual, 0x600000000fff, &first));
    assert_int_equal(first, 0);
    assert_true(areas_utcb(&usual, 0x6000001fffff, &first));
    assert_int_equal(first, 2044);
    assert_true(areas_utcb(&usual, 0x6000007fffff, &first));
    assert_int_equal(first, 8188);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_stack_touch),
        cmocka_unit_test(test_every_page_of_a_slot),
        cmocka_unit_test(test_least_stride),
        cmocka_unit_test(test_utcb_area),
    };
    return cmocka_run_group_tests_name("areas", tests, NULL, NULL);
}
