/* SPDX-License-Identifier: BSD-2-Clause */
// sources: arch/x86_64/dev/clock.c arch/x86_64/dev/tsc_deadline.c arch/x86_64/dev/irq_map.c
/*
 * Measuring clocks by each other, on simulated counters: exact, slow, short, dead, interrupted. And the
 * tables next to it: interrupt overrides and processors with a broken deadline timer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "arch/x86_64/dev/clock.h"
#include "arch/x86_64/dev/tsc_deadline.h"
#include "kernel/arch/acpi.h"
#include "kernel/arch/irq.h"

struct acpi_info acpi;

/* Simulated time in picoseconds; every look at a counter takes some. */
static uint64_t now_ps, look_ps, counter_hz, reference_hz;
static uint64_t pause_every, pause_ps, looks;

static uint64_t ticks_at(uint64_t hz)
{
    return (uint64_t)((unsigned __int128)now_ps * hz / 1000000000000u);
}

static void pass(void)
{
    now_ps += look_ps;
    looks++;
    if (pause_every && looks % pause_every == 0)
        now_ps += pause_ps;
}

static uint64_t sim_counter(void)
{
    pass();
    return ticks_at(counter_hz);
}

static uint64_t sim_reference(void)
{
    pass();
    return ticks_at(reference_hz);
}

static uint64_t sim_dead(void)
{
    pass();
    return 0xffffffff;
}

static uint64_t measure(uint64_t hz, uint64_t ref_hz, uint64_t mask)
{
    const struct clock_reference ref = {.name = "sim", .read = sim_reference, .mask = mask, .hz = ref_hz};

    counter_hz = hz;
    reference_hz = ref_hz;
    now_ps = 123456789;
    looks = 0;
    return clock_measure(&ref, sim_counter);
}

static void assert_near(uint64_t got, uint64_t want, uint64_t parts)
{
    uint64_t d = got > want ? got - want : want - got;

    if (d > want / parts)
        print_error("expected %lu +- 1/%lu, got %lu\n", (unsigned long)want, (unsigned long)parts,
                    (unsigned long)got);
    assert_true(d <= want / parts);
}

static int quiet(void **state)
{
    (void)state;
    look_ps = 500000; /* half a microsecond */
    pause_every = pause_ps = 0;
    acpi = (struct acpi_info){0};
    return 0;
}

static void measures_what_is_there(void **state)
{
    static const uint64_t rates[] = {1000000, 25000000, 1000000000, 2593993000, 5800000000, 20000000000};

    (void)state;
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        assert_near(measure(rates[i], 14318180, UINT32_MAX), rates[i], 2000);
        assert_near(measure(rates[i], 100000000, UINT32_MAX), rates[i], 2000);
        assert_near(measure(rates[i], 3579545, 0xffffff), rates[i], 2000);
        assert_near(measure(rates[i], 1193182, 0xffff), rates[i], 1000);
    }
}

static void measures_a_slow_counter_by_a_fast_one(void **state)
{
    (void)state;
    look_ps = 20000;
    assert_near(measure(6250000, 3000000000, UINT64_MAX), 6250000, 1000);
    assert_near(measure(62500000, 30000000000, UINT64_MAX), 62500000, 1000);
}

static void a_dead_reference_ends_the_wait(void **state)
{
    const struct clock_reference ref = {.name = "dead", .read = sim_dead, .mask = UINT32_MAX, .hz = 14318180};

    (void)state;
    counter_hz = 3000000000;
    now_ps = 0;
    assert_int_equal(clock_measure(&ref, sim_counter), 0);
    assert_true(now_ps < 1000000000000u); /* within a simulated second */
}

static void everything_dead_ends_too(void **state)
{
    const struct clock_reference ref = {.name = "dead", .read = sim_dead, .mask = UINT32_MAX, .hz = 14318180};

    (void)state;
    assert_int_equal(clock_measure(&ref, sim_dead), 0);
}

static void pauses_do_not_spoil_it(void **state)
{
    (void)state;
    pause_every = 5001;
    pause_ps = 3000000000; /* 3 ms */
    assert_near(measure(2500000000, 14318180, UINT32_MAX), 2500000000, 1000);
    /* The PIT goes round in 55 ms: a pause of 60 ms must not make a fast machine of a slow one. */
    pause_every = 30011;
    pause_ps = 60000000000;
    assert_near(measure(2500000000, 1193182, 0xffff), 2500000000, 500);
}

static void scales_are_exact_enough(void **state)
{
    static const uint64_t rates[] = {1000000, 33333333, 1000000000, 2593993000, 31999999999};

    (void)state;
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        const struct clock_scale s = clock_scale_make(rates[i], 1000);

        assert_int_equal(clock_scale_ns(&s, 1000), 0);
        assert_near(clock_scale_ns(&s, 1000 + rates[i] * 86400), CLOCK_NS_PER_S * 86400, 10000000);
    }
    assert_int_equal(clock_scale_make(1000000000, 0).mul, UINT64_C(1) << 32);
}

static void ticks_are_never_too_few(void **state)
{
    static const uint64_t rates[] = {100000, 6250000, 1000000000, 2593993001, 32000000000};
    static const uint64_t times[] = {0, 1, 999, 1000000007, 1099511627776};

    (void)state;
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        for (unsigned j = 0; j < sizeof(times) / sizeof(times[0]); j++) {
            unsigned __int128 exact = (unsigned __int128)times[j] * rates[i] / CLOCK_NS_PER_S;
            uint64_t got = clock_ticks(times[j], rates[i]);

            assert_true(got > exact && got <= exact + 4);
        }
    }
}

static void agreement_is_one_per_cent(void **state)
{
    (void)state;
    assert_true(clock_agrees(1000000000, 1009999999));
    assert_true(clock_agrees(1000000000, 990000001));
    assert_false(clock_agrees(1000000000, 1020000000));
    assert_false(clock_agrees(1000000000, 0));
}

static void deadline_errata_by_microcode(void **state)
{
    struct cpu_id id = {
        .vendor = CPU_VENDOR_INTEL, .family = 6, .model = 0x3c, .stepping = 3, .microcode = 0x21};

    (void)state;
    assert_false(tsc_deadline_works(&id));
    id.microcode = 0x22;
    assert_true(tsc_deadline_works(&id));
    id.model = 0x7e;
    id.microcode = 0;
    assert_true(tsc_deadline_works(&id));
    id.model = 0x55;
    id.stepping = 7;
    assert_true(tsc_deadline_works(&id));
    id.stepping = 4;
    assert_false(tsc_deadline_works(&id));
    id.vendor = CPU_VENDOR_AMD;
    assert_true(tsc_deadline_works(&id));
}

static void isa_interrupts_follow_overrides(void **state)
{
    (void)state;
    assert_int_equal(irq_isa_to_gsi(0), 2);
    acpi.madt.present = true;
    assert_int_equal(irq_isa_to_gsi(0), 0);
    acpi.madt.isos[0] = (struct acpi_iso){.isa = 0, .gsi = 2};
    acpi.madt.isos[1] = (struct acpi_iso){.isa = 9, .gsi = 20, .level = true, .active_low = true};
    acpi.madt.nisos = 2;
    assert_int_equal(irq_isa_to_gsi(0), 2);
    assert_int_equal(irq_isa_to_gsi(9), 20);
    assert_int_equal(irq_isa_to_gsi(4), 4);
    assert_int_equal(irq_flags(2), 0);
    assert_int_equal(irq_flags(4), 0);
    assert_int_equal(irq_flags(20), IRQ_LEVEL | IRQ_ACTIVE_LOW);
    assert_int_equal(irq_flags(17), IRQ_LEVEL | IRQ_ACTIVE_LOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(measures_what_is_there, quiet),
        cmocka_unit_test_setup(measures_a_slow_counter_by_a_fast_one, quiet),
        cmocka_unit_test_setup(a_dead_reference_ends_the_wait, quiet),
        cmocka_unit_test_setup(everything_dead_ends_too, quiet),
        cmocka_unit_test_setup(pauses_do_not_spoil_it, quiet),
        cmocka_unit_test_setup(scales_are_exact_enough, quiet),
        cmocka_unit_test_setup(ticks_are_never_too_few, quiet),
        cmocka_unit_test_setup(agreement_is_one_per_cent, quiet),
        cmocka_unit_test_setup(deadline_errata_by_microcode, quiet),
        cmocka_unit_test_setup(isa_interrupts_follow_overrides, quiet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
