/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time and wake-ups, see kernel/arch/timer.h.
 *
 * The TSC's frequency is measured by HPET, ACPI timer or PIT, whichever moves; what CPUID or a hypervisor
 * says replaces the measurement only where both agree, because emulators pass on the CPUID of processors they
 * do not run as fast as. Where nothing can be measured, CPUID is believed. Owns clock_scale and tsc_hz,
 * constant after timer_init. Lock: none.
 */
#include "kernel/arch/timer.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "arch/x86_64/cpu/cpuid.h"
#include "arch/x86_64/cpu/x86.h"
#include "arch/x86_64/dev/clock.h"
#include "arch/x86_64/dev/clock_reference.h"
#include "arch/x86_64/dev/lapic.h"
#include "arch/x86_64/dev/tsc_deadline.h"

/* Deadlines farther away are cut: 2^40 ns, 18 minutes. */
#define MAX_DELTA_NS (UINT64_C(1) << 40)

struct clock_scale clock_scale;

static uint64_t tsc_hz;
static uint64_t apic_hz; /* 0 where the TSC is compared with a deadline */

static INIT uint64_t tsc_read(void)
{
    return rdtsc();
}

/* The one-shot timer, counted upwards from its start at 2^32 - 1. */
static INIT uint64_t apic_timer_read(void)
{
    return UINT32_MAX - lapic_timer_left();
}

static INIT struct cpuid_clocks told_clocks(void)
{
    const struct cpuid_result none = {0};
    uint32_t max = cpuid(0, 0).eax;
    uint32_t hv_max = cpu_has(CPU_HYPERVISOR) ? cpuid(0x40000000, 0).eax : 0;
    bool hv_tells = hv_max >= 0x40000010 && hv_max <= 0x400000ff;

    return cpuid_decode_clocks(max >= 0x15 ? cpuid(0x15, 0) : none, max >= 0x16 ? cpuid(0x16, 0) : none,
                               hv_tells ? cpuid(0x40000010, 0) : none);
}

static INIT void find_tsc_hz(void)
{
    const struct cpuid_clocks told = told_clocks();
    const char *source = "none";

    for (unsigned i = 0; i < CLOCK_REFERENCES && tsc_hz == 0; i++) {
        const struct clock_reference *ref = clock_reference_open(i);

        if (!ref)
            continue;
        tsc_hz = clock_measure(ref, tsc_read);
        source = ref->name;
        if (!clock_plausible(tsc_hz)) {
            tsc_hz = 0;
            LOG(LOG_WARN, "timer: %s does not count", ref->name);
        }
    }
    if (clock_plausible(told.tsc_hz) && (tsc_hz == 0 || (told.exact && clock_agrees(tsc_hz, told.tsc_hz)))) {
        tsc_hz = told.tsc_hz;
        source = "cpuid";
    }
    if (tsc_hz == 0)
        machine_refused("a clock (HPET, ACPI timer, PIT or CPUID frequency)");
    LOG(LOG_INFO, "boot: clock tsc hz=%lu source=%s%s", (unsigned long)tsc_hz, source,
        cpu_has(CPU_INVARIANT_TSC) ? "" : " variant");
}

static INIT bool use_tsc_deadline(void)
{
    return cpu_has(CPU_TSC_DEADLINE) && (cpu_has(CPU_HYPERVISOR) || tsc_deadline_works(&cpu_features.id));
}

static INIT void find_apic_hz(void)
{
    const struct clock_reference tsc = {.name = "tsc", .read = tsc_read, .mask = UINT64_MAX, .hz = tsc_hz};
    uint64_t ticks;

    lapic_timer_oneshot();
    lapic_timer_start(UINT32_MAX);
    ticks = clock_measure(&tsc, apic_timer_read);
    lapic_timer_start(0);
    if (ticks == 0)
        machine_refused("a local APIC timer that counts");
    apic_hz = ticks;
}

INIT void timer_init(void)
{
    const uint64_t start = rdtsc();

    find_tsc_hz();
    clock_scale = clock_scale_make(tsc_hz, start);
    if (!use_tsc_deadline())
        find_apic_hz();
    timer_init_cpu();
    LOG(LOG_INFO, "boot: timer %s hz=%lu", apic_hz ? "apic" : "tsc-deadline",
        (unsigned long)(apic_hz ? apic_hz : tsc_hz));
}

INIT void timer_init_cpu(void)
{
    if (apic_hz)
        lapic_timer_oneshot();
    else
        lapic_timer_tsc_deadline();
}

uint64_t timer_now(void)
{
    return clock_scale_ns(&clock_scale, rdtsc());
}

void timer_arm(uint64_t deadline_ns)
{
    const uint64_t tsc = rdtsc();
    const uint64_t now = clock_scale_ns(&clock_scale, tsc);
    uint64_t delta = deadline_ns > now ? deadline_ns - now : 0;
    uint64_t ticks;

    if (delta > MAX_DELTA_NS)
        delta = MAX_DELTA_NS;
    if (!apic_hz) {
        lapic_timer_deadline(deadline_ns == TIMER_OFF ? 0 : tsc + clock_ticks(delta, tsc_hz));
        return;
    }
    ticks = clock_ticks(delta, apic_hz);
    if (ticks > UINT32_MAX)
        ticks = UINT32_MAX;
    lapic_timer_start(deadline_ns == TIMER_OFF ? 0 : (uint32_t)ticks);
}
