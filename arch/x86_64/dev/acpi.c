/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the firmware's tables into `acpi`. Caller: kernel/init, once, after kmap_init. Lock: none.
 */
#include "kernel/arch/acpi.h"
#include "kernel/arch/bootinfo.h"
#include "kernel/arch/kmap.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "arch/x86_64/dev/acpi_tables.h"

/* Where a BIOS may put the RSDP, on 16-byte boundaries. */
#define BIOS_AREA      UINT64_C(0xe0000)
#define BIOS_AREA_SIZE 0x20000u
#define RSDP_STEP      16u
#define RSDP_MIN       20u

struct acpi_info acpi;

static INIT const void *map_table(uint64_t addr, size_t len)
{
    if (addr >= BOOT_PHYSICAL_END || len > BOOT_PHYSICAL_END - addr)
        return NULL;
    return kmap_firmware(paddr(addr), len);
}

/* Loaders of the PVH kind may tell nothing; the BIOS area is then searched as the specification says. */
static INIT uint64_t find_rsdp(void)
{
    const uint8_t *area;

    if (boot_info.rsdp.v != 0)
        return boot_info.rsdp.v;
    if (boot_info.path == BOOT_MULTIBOOT2_UEFI)
        return 0;
    area = map_table(BIOS_AREA, BIOS_AREA_SIZE);
    for (uint32_t i = 0; area && i + RSDP_MIN <= BIOS_AREA_SIZE; i += RSDP_STEP)
        if (acpi_rsdp_valid(area + i, BIOS_AREA_SIZE - i))
            return BIOS_AREA + i;
    return 0;
}

static INIT bool find_table(const struct acpi_root *root, const char *signature, struct acpi_table *out)
{
    unsigned pos = 0;

    return acpi_root_next(map_table, root, signature, &pos, out);
}

/* _S5_ is in the DSDT as a rule, in a secondary table sometimes. */
static INIT void find_s5(const struct acpi_root *root)
{
    struct acpi_table t;
    unsigned pos = 0;

    if (acpi.fadt.present && acpi_open(map_table, acpi.fadt.dsdt, "DSDT", &t) && acpi_find_s5(&t, &acpi.s5))
        return;
    while (acpi_root_next(map_table, root, "SSDT", &pos, &t))
        if (acpi_find_s5(&t, &acpi.s5))
            return;
}

INIT void acpi_init(void)
{
    struct acpi_root root;
    struct acpi_table t;

    if (!acpi_root_open(map_table, find_rsdp(), &root)) {
        LOG(LOG_WARN, "acpi: no tables");
        return;
    }
    acpi.present = true;
    if (!find_table(&root, "APIC", &t) || !acpi_parse_madt(&t, &acpi.madt))
        LOG(LOG_WARN, "acpi: no usable MADT");
    if (!find_table(&root, "FACP", &t) || !acpi_parse_fadt(&t, &acpi.fadt))
        LOG(LOG_WARN, "acpi: no usable FADT");
    if (find_table(&root, "HPET", &t))
        (void)acpi_parse_hpet(&t, &acpi.hpet);
    find_s5(&root);
    LOG(LOG_INFO, "boot: acpi %s tables=%u ioapics=%u hpet=%s s5=%s", root.entry_size == 8 ? "xsdt" : "rsdt",
        root.count, acpi.madt.nioapics, acpi.hpet.present ? "yes" : "no", acpi.s5.present ? "yes" : "no");
}
