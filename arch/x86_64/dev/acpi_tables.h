/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parsers for ACPI tables, without any dependency on the machine: memory is reached only through the `map`
 * callback and only within lengths checked here. Invariant: no parser reads a byte outside [table, table +
 * length), whatever the bytes say; every loop advances. Callers: acpi.c and the host tests. Lock: none.
 */
#ifndef QUIRE_X86_ACPI_TABLES_H
#define QUIRE_X86_ACPI_TABLES_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include "kernel/arch/acpi.h"
#include "kernel/base/compiler.h"

#define ACPI_HEADER_SIZE 36u
#define ACPI_ENTRIES_MAX 256u        /* tables looked at; firmware has some dozens */
#define ACPI_TABLE_MAX   (16u << 20) /* longer ones are taken for damaged */

// Returns a readable view of physical memory, or NULL if there is none.
typedef const void *(*acpi_map_fn)(uint64_t addr, size_t len);

struct acpi_table {
    const uint8_t *bytes;
    uint32_t len;
};

// The list of tables: 8-byte entries in the XSDT, 4-byte entries in the RSDT.
struct acpi_root {
    struct acpi_table table;
    unsigned entry_size;
    unsigned count;
};

static INIT inline uint16_t acpi_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (uint16_t)p[1] << 8);
}

static INIT inline uint32_t acpi_get32(const uint8_t *p)
{
    return acpi_get16(p) | (uint32_t)acpi_get16(p + 2) << 16;
}

static INIT inline uint64_t acpi_get64(const uint8_t *p)
{
    return acpi_get32(p) | (uint64_t)acpi_get32(p + 4) << 32;
}

bool acpi_checksum_ok(const uint8_t *bytes, size_t len);
bool acpi_rsdp_valid(const uint8_t *rsdp, size_t len);
// Maps a whole table; fails on absurd lengths and, where asked, on another signature or a wrong checksum.
bool acpi_open(acpi_map_fn map, uint64_t addr, const char *signature, struct acpi_table *out);
// XSDT first; the RSDT only if there is no usable XSDT.
bool acpi_root_open(acpi_map_fn map, uint64_t rsdp_addr, struct acpi_root *out);
uint64_t acpi_root_entry(const struct acpi_root *root, unsigned i);
// The next table with the signature at or after entry *pos; *pos then names the entry after it.
bool acpi_root_next(acpi_map_fn map, const struct acpi_root *root, const char *signature, unsigned *pos,
                    struct acpi_table *out);

bool acpi_parse_madt(const struct acpi_table *t, struct acpi_madt *out);
bool acpi_parse_fadt(const struct acpi_table *t, struct acpi_fadt *out);
bool acpi_parse_hpet(const struct acpi_table *t, struct acpi_hpet *out);
// Looks for Name(_S5_, Package(){a, b, …}) in the byte code of a DSDT or SSDT.
bool acpi_find_s5(const struct acpi_table *t, struct acpi_s5 *out);

#endif
