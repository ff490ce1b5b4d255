/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O APICs, see kernel/arch/irq.h. Owns the table of I/O APICs, constant after irq_init, and their
 * registers, which are reached through an index register and therefore under irq_lock (a leaf).
 */
#include "kernel/arch/irq.h"
#include "kernel/arch/acpi.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/base/spinlock.h"
#include "arch/x86_64/dev/lapic.h"

#define IOAPIC_DEFAULT_ADDR UINT64_C(0xfec00000)
#define IOAPIC_SELECT       0u
#define IOAPIC_DATA         4u
#define IOAPIC_REG_VERSION  1u
#define IOAPIC_REG_ENTRY(n) (0x10u + 2u * (n))
#define IOAPIC_MAX_INPUTS   240u /* index registers 10h … ffh hold no more than 120; a check on hardware */

#define ENTRY_MASKED     (1u << 16)
#define ENTRY_LEVEL      (1u << 15)
#define ENTRY_ACTIVE_LOW (1u << 13)

struct ioapic {
    volatile uint32_t *regs;
    uint32_t gsi_base;
    uint32_t inputs;
};

static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static unsigned nioapics;
static unsigned gsi_count;
static struct spinlock irq_lock = SPINLOCK_INIT(RANK_DEVICE);

/* irq_lock is held, or other CPUs do not run yet. */
static uint32_t ioapic_read(const struct ioapic *io, uint32_t reg)
{
    io->regs[IOAPIC_SELECT] = reg;
    return io->regs[IOAPIC_DATA];
}

/* As ioapic_read. */
static void ioapic_write(const struct ioapic *io, uint32_t reg, uint32_t value)
{
    io->regs[IOAPIC_SELECT] = reg;
    io->regs[IOAPIC_DATA] = value;
}

static INIT void ioapic_add(uint64_t addr, uint32_t gsi_base)
{
    struct ioapic *io = &ioapics[nioapics];
    uint32_t version;

    if (gsi_base >= IRQ_MAX)
        return;
    io->regs = kmap_mmio(paddr(addr), 0x20);
    io->gsi_base = gsi_base;
    version = ioapic_read(io, IOAPIC_REG_VERSION);
    io->inputs = (version >> 16 & 0xff) + 1;
    if (version == 0 || version == UINT32_MAX || io->inputs > IOAPIC_MAX_INPUTS / 2) {
        LOG(LOG_WARN, "irq: no I/O APIC answers at 0x%lx", (unsigned long)addr);
        return;
    }
    for (uint32_t i = 0; i < io->inputs; i++)
        ioapic_write(io, IOAPIC_REG_ENTRY(i), ENTRY_MASKED);
    nioapics++;
    if (gsi_base + io->inputs > gsi_count)
        gsi_count = gsi_base + io->inputs;
}

INIT void irq_init(void)
{
    for (unsigned i = 0; i < acpi.madt.nioapics; i++)
        ioapic_add(acpi.madt.ioapics[i].addr, acpi.madt.ioapics[i].gsi_base);
    if (!acpi.madt.present)
        ioapic_add(IOAPIC_DEFAULT_ADDR, 0);
    if (gsi_count > IRQ_MAX)
        gsi_count = IRQ_MAX;
    lapic_init();
}

INIT void irq_init_cpu(void)
{
    lapic_init_cpu();
}

unsigned irq_count(void)
{
    return gsi_count;
}

static const struct ioapic *ioapic_of(unsigned gsi)
{
    for (unsigned i = 0; i < nioapics; i++)
        if (gsi >= ioapics[i].gsi_base && gsi - ioapics[i].gsi_base < ioapics[i].inputs)
            return &ioapics[i];
    return NULL;
}

bool irq_route(unsigned gsi, unsigned vector, unsigned flags)
{
    const struct ioapic *io = ioapic_of(gsi);
    uint32_t entry = vector | ENTRY_MASKED;
    uint32_t cpu = lapic_id();

    /* Without interrupt remapping an entry names only processors with 8-bit APIC ids. */
    if (!io || cpu > 0xfe)
        return false;
    ASSERT(vector >= IRQ_VECTOR_FIRST && vector <= IRQ_VECTOR_LAST);
    entry |= flags & IRQ_LEVEL ? ENTRY_LEVEL : 0;
    entry |= flags & IRQ_ACTIVE_LOW ? ENTRY_ACTIVE_LOW : 0;
    spin_lock(&irq_lock);
    /* Low word first: the input is masked before its destination changes. */
    ioapic_write(io, IOAPIC_REG_ENTRY(gsi - io->gsi_base), entry);
    ioapic_write(io, IOAPIC_REG_ENTRY(gsi - io->gsi_base) + 1, cpu << 24);
    spin_unlock(&irq_lock);
    return true;
}

static void set_masked(unsigned gsi, bool masked)
{
    const struct ioapic *io = ioapic_of(gsi);
    uint32_t reg, entry;

    if (!io)
        return;
    reg = IOAPIC_REG_ENTRY(gsi - io->gsi_base);
    spin_lock(&irq_lock);
    entry = ioapic_read(io, reg);
    ioapic_write(io, reg, masked ? entry | ENTRY_MASKED : entry & ~ENTRY_MASKED);
    spin_unlock(&irq_lock);
}

void irq_mask(unsigned gsi)
{
    set_masked(gsi, true);
}

void irq_unmask(unsigned gsi)
{
    set_masked(gsi, false);
}

void irq_eoi(void)
{
    lapic_eoi();
}
