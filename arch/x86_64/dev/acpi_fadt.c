/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FADT and HPET tables. Pure; see acpi_tables.h for the rules. Fields beyond the table's length read as
 * zero, which is what older revisions of these tables mean.
 */
#include "arch/x86_64/dev/acpi_tables.h"
#include "kernel/base/compiler.h"

#define FADT_RESET_REG_SUP (1u << 10)
#define FADT_TMR_VAL_EXT   (1u << 8)
#define FADT_HW_REDUCED    (1u << 20)
#define FADT_BOOT_8042     (1u << 1)

static INIT uint8_t field8(const struct acpi_table *t, uint32_t off)
{
    return off < t->len ? t->bytes[off] : 0;
}

static INIT uint16_t field16(const struct acpi_table *t, uint32_t off)
{
    return off + 2 <= t->len ? acpi_get16(t->bytes + off) : 0;
}

static INIT uint32_t field32(const struct acpi_table *t, uint32_t off)
{
    return off + 4 <= t->len ? acpi_get32(t->bytes + off) : 0;
}

static INIT uint64_t field64(const struct acpi_table *t, uint32_t off)
{
    return off + 8 <= t->len ? acpi_get64(t->bytes + off) : 0;
}

// A generic address structure; other address spaces than memory and I/O ports are dropped.
static INIT struct acpi_reg field_gas(const struct acpi_table *t, uint32_t off)
{
    struct acpi_reg r = {.space = field8(t, off), .width = field8(t, off + 1), .addr = field64(t, off + 4)};

    if (r.space > ACPI_SPACE_IO || (r.space == ACPI_SPACE_IO && r.addr > 0xffff))
        r.addr = 0;
    return r;
}

// The 64-bit description where there is one, else the port number of ACPI 1.0.
static INIT struct acpi_reg field_reg(const struct acpi_table *t, uint32_t gas_off, uint32_t port_off,
                                      uint8_t width)
{
    struct acpi_reg r = field_gas(t, gas_off);
    uint32_t port = field32(t, port_off);

    if (r.addr == 0 && port != 0 && port <= 0xffff)
        r = (struct acpi_reg){.space = ACPI_SPACE_IO, .width = width, .addr = port};
    return r;
}

INIT bool acpi_parse_fadt(const struct acpi_table *t, struct acpi_fadt *out)
{
    uint32_t flags = field32(t, 112);

    *out = (struct acpi_fadt){0};
    if (t->len < 116)
        return false;
    out->present = true;
    out->dsdt = field64(t, 140);
    if (out->dsdt == 0)
        out->dsdt = field32(t, 40);
    out->smi_cmd = field32(t, 48);
    out->acpi_enable = field8(t, 52);
    out->has_8042 = t->bytes[8] < 2 || (field16(t, 109) & FADT_BOOT_8042);
    out->hw_reduced = flags & FADT_HW_REDUCED;
    out->pm_timer_32 = flags & FADT_TMR_VAL_EXT;
    out->pm1a_cnt = field_reg(t, 172, 64, 16);
    out->pm1b_cnt = field_reg(t, 184, 68, 16);
    if (field8(t, 91) == 4)
        out->pm_timer = field_reg(t, 208, 76, 32);
    out->reset = field_gas(t, 116);
    out->reset_value = field8(t, 128);
    out->reset_supported = (flags & FADT_RESET_REG_SUP) && out->reset.addr != 0;
    out->sleep_control = field_gas(t, 244);
    return true;
}

INIT bool acpi_parse_hpet(const struct acpi_table *t, struct acpi_hpet *out)
{
    *out = (struct acpi_hpet){0};
    if (t->len < 56 || t->bytes[40] != ACPI_SPACE_MEMORY)
        return false;
    out->addr = acpi_get64(t->bytes + 44);
    out->present = out->addr != 0 && (out->addr & 7) == 0;
    return out->present;
}
