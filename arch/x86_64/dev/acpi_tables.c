/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding ACPI tables: RSDP, root table, headers. Pure; see acpi_tables.h for the rules.
 */
#include "arch/x86_64/dev/acpi_tables.h"
#include "kernel/base/compiler.h"

#define RSDP_V1_SIZE 20u
#define RSDP_V2_SIZE 36u

INIT bool acpi_checksum_ok(const uint8_t *bytes, size_t len)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

static INIT bool signature_is(const uint8_t *bytes, const char *signature, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != (uint8_t)signature[i])
            return false;
    return true;
}

INIT bool acpi_rsdp_valid(const uint8_t *rsdp, size_t len)
{
    return len >= RSDP_V1_SIZE && signature_is(rsdp, "RSD PTR ", 8) && acpi_checksum_ok(rsdp, RSDP_V1_SIZE);
}

INIT bool acpi_open(acpi_map_fn map, uint64_t addr, const char *signature, struct acpi_table *out)
{
    const uint8_t *head;
    uint32_t len;

    if (addr == 0 || addr > UINT64_MAX - ACPI_TABLE_MAX)
        return false;
    head = map(addr, ACPI_HEADER_SIZE);
    if (!head || !signature_is(head, signature, 4))
        return false;
    len = acpi_get32(head + 4);
    if (len < ACPI_HEADER_SIZE || len > ACPI_TABLE_MAX)
        return false;
    head = map(addr, len);
    if (!head || !acpi_checksum_ok(head, len))
        return false;
    out->bytes = head;
    out->len = len;
    return true;
}

static INIT bool root_use(acpi_map_fn map, uint64_t addr, const char *signature, unsigned entry_size,
                          struct acpi_root *out)
{
    if (!acpi_open(map, addr, signature, &out->table))
        return false;
    out->entry_size = entry_size;
    out->count = (out->table.len - ACPI_HEADER_SIZE) / entry_size;
    if (out->count > ACPI_ENTRIES_MAX)
        out->count = ACPI_ENTRIES_MAX;
    return true;
}

INIT bool acpi_root_open(acpi_map_fn map, uint64_t rsdp_addr, struct acpi_root *out)
{
    const uint8_t *rsdp;
    uint64_t rsdt;

    if (rsdp_addr == 0 || rsdp_addr > UINT64_MAX - RSDP_V2_SIZE)
        return false;
    rsdp = map(rsdp_addr, RSDP_V1_SIZE);
    if (!rsdp || !acpi_rsdp_valid(rsdp, RSDP_V1_SIZE))
        return false;
    rsdt = acpi_get32(rsdp + 16);
    if (rsdp[15] >= 2) {
        rsdp = map(rsdp_addr, RSDP_V2_SIZE);
        // The fields used are those of revision 2, so its length of 36 is what the sum covers.
        if (rsdp && acpi_get32(rsdp + 20) >= RSDP_V2_SIZE && acpi_checksum_ok(rsdp, RSDP_V2_SIZE) &&
            root_use(map, acpi_get64(rsdp + 24), "XSDT", 8, out))
            return true;
    }
    return root_use(map, rsdt, "RSDT", 4, out);
}

INIT uint64_t acpi_root_entry(const struct acpi_root *root, unsigned i)
{
    const uint8_t *p = root->table.bytes + ACPI_HEADER_SIZE + (size_t)i * root->entry_size;

    return root->entry_size == 8 ? acpi_get64(p) : acpi_get32(p);
}

INIT bool acpi_root_next(acpi_map_fn map, const struct acpi_root *root, const char *signature, unsigned *pos,
                         struct acpi_table *out)
{
    while (*pos < root->count) {
        uint64_t addr = acpi_root_entry(root, (*pos)++);

        if (acpi_open(map, addr, signature, out))
            return true;
    }
    return false;
}
