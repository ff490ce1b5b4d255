/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching off and restarting by what the firmware tables say. No state. Callers: system operations, panic.
 * Lock: none; whoever ends the machine does not share it.
 */
#include "arch/x86_64/cpu/poweroff.h"
#include "kernel/arch/acpi.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/kmap.h"

#define PM1_SCI_ENABLE    1u
#define PM1_SLEEP_TYPE(t) ((uint32_t)(t) << 10)
#define PM1_SLEEP_TYPES   (7u << 10)
#define PM1_SLEEP_ENABLE  (1u << 13)
#define SLEEP_TYPE(t)     ((uint32_t)(t) << 2)
#define SLEEP_ENABLE      (1u << 5)
#define SPINS             1000000u

static bool reg_usable(const struct acpi_reg *r)
{
    return r->addr != 0 && (r->space == ACPI_SPACE_IO || r->space == ACPI_SPACE_MEMORY);
}

/* Control registers are 16 bits wide, the reset and sleep registers 8. */
static uint32_t reg_read16(const struct acpi_reg *r)
{
    if (r->space == ACPI_SPACE_IO)
        return io_in16((uint16_t)r->addr);
    return *(volatile uint16_t *)kmap_mmio(paddr(r->addr), 2);
}

static void reg_write16(const struct acpi_reg *r, uint32_t v)
{
    if (r->space == ACPI_SPACE_IO)
        io_out16((uint16_t)r->addr, (uint16_t)v);
    else
        *(volatile uint16_t *)kmap_mmio(paddr(r->addr), 2) = (uint16_t)v;
}

static void reg_write8(const struct acpi_reg *r, uint32_t v)
{
    if (r->space == ACPI_SPACE_IO)
        io_out8((uint16_t)r->addr, (uint8_t)v);
    else
        *(volatile uint8_t *)kmap_mmio(paddr(r->addr), 1) = (uint8_t)v;
}

/* The sleep control works in ACPI mode only; firmware switches to it on a command, which takes a while. */
static void enter_acpi_mode(const struct acpi_fadt *f)
{
    if (f->smi_cmd == 0 || f->smi_cmd > 0xffff || f->acpi_enable == 0)
        return;
    if (reg_read16(&f->pm1a_cnt) & PM1_SCI_ENABLE)
        return;
    io_out8((uint16_t)f->smi_cmd, f->acpi_enable);
    for (unsigned i = 0; i < SPINS && !(reg_read16(&f->pm1a_cnt) & PM1_SCI_ENABLE); i++)
        cpu_relax();
}

static void sleep_by(const struct acpi_reg *r, uint8_t type)
{
    uint32_t v;

    if (!reg_usable(r))
        return;
    v = (reg_read16(r) & ~(PM1_SLEEP_TYPES | PM1_SLEEP_ENABLE)) | PM1_SLEEP_TYPE(type);
    reg_write16(r, v);
    reg_write16(r, v | PM1_SLEEP_ENABLE);
}

void cpu_poweroff(void)
{
    const struct acpi_fadt *f = &acpi.fadt;

    if (!f->present || !acpi.s5.present)
        return;
    if (f->hw_reduced && reg_usable(&f->sleep_control)) {
        reg_write8(&f->sleep_control, SLEEP_TYPE(acpi.s5.typ_a) | SLEEP_ENABLE);
    } else if (reg_usable(&f->pm1a_cnt)) {
        enter_acpi_mode(f);
        sleep_by(&f->pm1a_cnt, acpi.s5.typ_a);
        sleep_by(&f->pm1b_cnt, acpi.s5.typ_b);
    }
    for (unsigned i = 0; i < SPINS; i++)
        cpu_relax();
}

void acpi_reset(void)
{
    const struct acpi_fadt *f = &acpi.fadt;

    if (!f->present || !f->reset_supported || !reg_usable(&f->reset))
        return;
    reg_write8(&f->reset, f->reset_value);
    for (unsigned i = 0; i < SPINS; i++)
        cpu_relax();
}
