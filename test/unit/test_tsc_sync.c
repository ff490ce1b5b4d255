/* SPDX-License-Identifier: BSD-2-Clause */
// sources: arch/x86_64/cpu/tsc_sync.c
/*
 * When two time stamp counters are called out of step: never by less than the exchange can tell.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "arch/x86_64/cpu/tsc_sync.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/timer.h"

/* Used by the exchange itself, which needs two processors in ring 0. */
uint64_t timer_now(void)
{
    return 0;
}

void cpu_relax(void)
{
}

static void between_is_in_step(void **state)
{
    (void)state;
    for (uint64_t theirs = 1000; theirs <= 1100; theirs++)
        assert_false(tsc_out_of_step(tsc_offset_of(1000, theirs, 1100)));
    assert_false(tsc_out_of_step(tsc_offset_of(1000, 1000, 1000)));
}

static void outside_is_out_of_step(void **state)
{
    (void)state;
    assert_true(tsc_out_of_step(tsc_offset_of(1000, 990, 1100)));
    assert_true(tsc_out_of_step(tsc_offset_of(1000, 1110, 1100)));
    assert_true(tsc_out_of_step(tsc_offset_of(UINT64_C(1) << 40, 0, (UINT64_C(1) << 40) + 100)));
    assert_true(tsc_out_of_step(tsc_offset_of(0, UINT64_C(1) << 40, 100)));
    assert_true(tsc_out_of_step(tsc_offset_of(0, UINT64_C(1) << 63, 100)));
}

static void offset_has_a_sign(void **state)
{
    (void)state;
    assert_int_equal(tsc_offset_of(1000, 5050, 1100).ticks, 4000);
    assert_int_equal(tsc_offset_of(5000, 1050, 5100).ticks, -4000);
    assert_int_equal(tsc_offset_of(5000, 1050, 5100).error, 51);
}

static void counter_that_wraps(void **state)
{
    (void)state;
    assert_false(tsc_out_of_step(tsc_offset_of(UINT64_MAX - 49, 0, 50)));
    assert_int_equal(tsc_offset_of(UINT64_MAX - 49, 1000, 50).ticks, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_is_in_step),
        cmocka_unit_test(outside_is_out_of_step),
        cmocka_unit_test(offset_has_a_sign),
        cmocka_unit_test(counter_that_wraps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
