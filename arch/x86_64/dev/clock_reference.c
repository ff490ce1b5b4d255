/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference counters, see clock_reference.h. Owns the HPET's main counter and PIT channel 2 with its gate in
 * port 61h. Nothing here waits.
 */
#include "arch/x86_64/dev/clock_reference.h"
#include "kernel/arch/acpi.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/kmap.h"
#include "kernel/base/compiler.h"

#define HPET_SIZE          0x400
#define HPET_PERIOD        1 /* index of 32-bit words */
#define HPET_CONFIG        4
#define HPET_COUNTER       60
#define HPET_ENABLE        1u
#define HPET_LEGACY_ROUTE  2u
#define HPET_PERIOD_MAX    UINT32_C(100000000) /* femtoseconds; the specification's limit */
#define HPET_PERIOD_MIN    UINT32_C(100000)
#define FEMTOSECONDS_PER_S UINT64_C(1000000000000000)

#define PM_TIMER_HZ 3579545

#define PIT_HZ          1193182
#define PIT_CHANNEL_2   0x42
#define PIT_COMMAND     0x43
#define PIT_LATCH_2     0x80
#define PIT_2_RATE      0xb4 /* channel 2, low then high byte, mode 2, binary */
#define SYSTEM_PORT     0x61
#define SYSTEM_GATE_2   0x01
#define SYSTEM_SPEAKER  0x02
#define SYSTEM_WRITABLE 0x0f

static INIT_DATA volatile uint32_t *hpet;
static INIT_DATA const volatile uint32_t *pm_timer_memory;

static INIT uint64_t hpet_read(void)
{
    return hpet[HPET_COUNTER];
}

static INIT uint64_t pm_timer_read(void)
{
    return pm_timer_memory ? *pm_timer_memory : io_in32((uint16_t)acpi.fadt.pm_timer.addr);
}

/* The channel counts down from 65536. */
static INIT uint64_t pit_read(void)
{
    uint32_t count;

    io_out8(PIT_COMMAND, PIT_LATCH_2);
    count = io_in8(PIT_CHANNEL_2);
    count |= (uint32_t)io_in8(PIT_CHANNEL_2) << 8;
    return 0x10000 - count;
}

static INIT const struct clock_reference *open_hpet(void)
{
    static INIT_DATA struct clock_reference ref = {.name = "hpet", .read = hpet_read, .mask = UINT32_MAX};
    uint32_t period;

    if (!acpi.hpet.present)
        return NULL;
    hpet = kmap_mmio(paddr(acpi.hpet.addr), HPET_SIZE);
    period = hpet[HPET_PERIOD];
    if (period < HPET_PERIOD_MIN || period > HPET_PERIOD_MAX)
        return NULL;
    ref.hz = FEMTOSECONDS_PER_S / period;
    /* Without legacy routing no comparator interrupts by itself. */
    hpet[HPET_CONFIG] = (hpet[HPET_CONFIG] & ~HPET_LEGACY_ROUTE) | HPET_ENABLE;
    return &ref;
}

static INIT const struct clock_reference *open_pm_timer(void)
{
    static INIT_DATA struct clock_reference ref = {
        .name = "acpi-pm", .read = pm_timer_read, .hz = PM_TIMER_HZ};
    const struct acpi_reg *r = &acpi.fadt.pm_timer;

    if (!acpi.fadt.present || r->addr == 0)
        return NULL;
    if (r->space == ACPI_SPACE_MEMORY)
        pm_timer_memory = kmap_mmio(paddr(r->addr), sizeof(uint32_t));
    ref.mask = acpi.fadt.pm_timer_32 ? UINT32_MAX : 0xffffff;
    return &ref;
}

static INIT const struct clock_reference *open_pit(void)
{
    static INIT_RODATA const struct clock_reference ref = {
        .name = "pit", .read = pit_read, .mask = 0xffff, .hz = PIT_HZ};
    uint8_t port = io_in8(SYSTEM_PORT);

    io_out8(SYSTEM_PORT, (port & SYSTEM_WRITABLE & ~SYSTEM_SPEAKER) | SYSTEM_GATE_2);
    io_out8(PIT_COMMAND, PIT_2_RATE);
    io_out8(PIT_CHANNEL_2, 0);
    io_out8(PIT_CHANNEL_2, 0);
    return &ref;
}

INIT const struct clock_reference *clock_reference_open(unsigned i)
{
    static INIT_RODATA const struct clock_reference *(*const open[CLOCK_REFERENCES])(void) = {
        open_hpet, open_pm_timer, open_pit};

    return open[i]();
}
