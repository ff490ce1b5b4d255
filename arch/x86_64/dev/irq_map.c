/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where ISA interrupts arrive and how inputs are triggered, as the firmware says. Pure: reads `acpi` only.
 * Without overrides ISA interrupt n is GSI n, edge and active high; what is not an ISA interrupt is PCI:
 * level and active low. Callers: irq.c, drivers' grants. Lock: none.
 */
#include "kernel/arch/irq.h"
#include "kernel/arch/acpi.h"

#define ISA_IRQS  16
#define ISA_TIMER 0

unsigned irq_isa_to_gsi(unsigned isa)
{
    for (unsigned i = 0; i < acpi.madt.nisos; i++)
        if (acpi.madt.isos[i].isa == isa)
            return acpi.madt.isos[i].gsi;
    /* Without tables: the PIT has gone to input 2 since the first I/O APICs, which have ExtINT on 0. */
    if (!acpi.madt.present && isa == ISA_TIMER)
        return 2;
    return isa;
}

unsigned irq_flags(unsigned gsi)
{
    for (unsigned i = 0; i < acpi.madt.nisos; i++) {
        const struct acpi_iso *iso = &acpi.madt.isos[i];

        if (iso->gsi == gsi)
            return (iso->level ? IRQ_LEVEL : 0) | (iso->active_low ? IRQ_ACTIVE_LOW : 0);
    }
    return gsi < ISA_IRQS ? 0 : IRQ_LEVEL | IRQ_ACTIVE_LOW;
}
