/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MADT: processors and interrupt controllers. Pure; see acpi_tables.h for the rules. Entries of
 * unknown type are skipped by their length, too short ones by the same; a length below two would not
 * advance and ends the walk (what was read before it stays).
 */
#include "arch/x86_64/dev/acpi_tables.h"
#include "kernel/base/compiler.h"

#define MADT_ENTRIES 44u

enum {
    MADT_LAPIC = 0,
    MADT_IOAPIC = 1,
    MADT_ISO = 2,
    MADT_LAPIC_NMI = 4,
    MADT_LAPIC_ADDR = 5,
    MADT_X2APIC = 9,
    MADT_X2APIC_NMI = 10,
};

// Shortest length with which an entry of the type is read; 0 = type not used here.
static INIT_RODATA const uint8_t entry_min[] = {
    [MADT_LAPIC] = 8,       [MADT_IOAPIC] = 12, [MADT_ISO] = 10,        [MADT_LAPIC_NMI] = 6,
    [MADT_LAPIC_ADDR] = 12, [MADT_X2APIC] = 16, [MADT_X2APIC_NMI] = 12,
};

// Flags of interrupt source overrides and NMIs: 1 = high or edge, 3 = low or level, 0 = as the bus does.
static INIT bool flag_low(uint16_t flags)
{
    return (flags & 3) == 3;
}

static INIT bool flag_level(uint16_t flags)
{
    return ((flags >> 2) & 3) == 3;
}

static INIT void add_cpu(struct acpi_madt *m, uint32_t apic_id, uint32_t uid, uint32_t flags)
{
    if (!(flags & 1))
        return;
    // Firmware that lists a processor both as LAPIC and as x2APIC means one processor.
    for (unsigned i = 0; i < m->ncpus; i++)
        if (m->cpus[i].apic_id == apic_id)
            return;
    m->cpus_found++;
    if (m->ncpus < ACPI_MAX_CPUS)
        m->cpus[m->ncpus++] = (struct acpi_cpu){.apic_id = apic_id, .uid = uid};
}

static INIT void add_ioapic(struct acpi_madt *m, const uint8_t *e)
{
    uint64_t addr = acpi_get32(e + 4);

    if (addr == 0 || (addr & 0xf) || m->nioapics == ACPI_MAX_IOAPICS)
        return;
    m->ioapics[m->nioapics++] = (struct acpi_ioapic){.id = e[2], .addr = addr, .gsi_base = acpi_get32(e + 8)};
}

static INIT void add_iso(struct acpi_madt *m, const uint8_t *e)
{
    uint16_t flags = acpi_get16(e + 8);

    if (e[2] != 0 || e[3] > 15 || m->nisos == ACPI_MAX_ISOS)
        return;
    m->isos[m->nisos++] = (struct acpi_iso){
        .isa = e[3], .gsi = acpi_get32(e + 4), .level = flag_level(flags), .active_low = flag_low(flags)};
}

static INIT void add_nmi(struct acpi_madt *m, uint32_t uid, uint8_t lint, uint16_t flags)
{
    if (lint > 1 || m->nnmis == ACPI_MAX_NMIS)
        return;
    m->nmis[m->nnmis++] = (struct acpi_nmi){.uid = uid, .lint = lint, .active_low = flag_low(flags)};
}

static INIT void madt_entry(struct acpi_madt *m, const uint8_t *e)
{
    switch (e[0]) {
    case MADT_LAPIC:
        if (e[3] != 0xff)
            add_cpu(m, e[3], e[2], acpi_get32(e + 4));
        break;
    case MADT_X2APIC:
        if (acpi_get32(e + 4) != 0xffffffff)
            add_cpu(m, acpi_get32(e + 4), acpi_get32(e + 12), acpi_get32(e + 8));
        break;
    case MADT_IOAPIC:
        add_ioapic(m, e);
        break;
    case MADT_ISO:
        add_iso(m, e);
        break;
    case MADT_LAPIC_NMI:
        add_nmi(m, e[2] == 0xff ? ACPI_UID_ALL : e[2], e[5], acpi_get16(e + 3));
        break;
    case MADT_X2APIC_NMI:
        add_nmi(m, acpi_get32(e + 4), e[8], acpi_get16(e + 2));
        break;
    case MADT_LAPIC_ADDR:
        m->lapic_addr = acpi_get64(e + 4);
        break;
    }
}

INIT bool acpi_parse_madt(const struct acpi_table *t, struct acpi_madt *out)
{
    uint32_t pos = MADT_ENTRIES;

    *out = (struct acpi_madt){0};
    if (t->len < MADT_ENTRIES)
        return false;
    out->present = true;
    out->lapic_addr = acpi_get32(t->bytes + 36);
    out->has_8259 = acpi_get32(t->bytes + 40) & 1;
    while (t->len - pos >= 2) {
        const uint8_t *e = t->bytes + pos;

        if (e[1] < 2 || e[1] > t->len - pos)
            break;
        if (e[0] < sizeof(entry_min) && entry_min[e[0]] && e[1] >= entry_min[e[0]])
            madt_entry(out, e);
        pos += e[1];
    }
    return true;
}
