/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sleep type for power-off, found in the byte code without interpreting it: firmware writes Name(_S5_,
 * Package(n){typ_a, typ_b, …}) with constants. Pure; see acpi_tables.h for the rules.
 */
#include "arch/x86_64/dev/acpi_tables.h"
#include "kernel/base/compiler.h"

enum {
    AML_ZERO = 0x00,
    AML_ONE = 0x01,
    AML_NAME = 0x08,
    AML_BYTE = 0x0a,
    AML_WORD = 0x0b,
    AML_DWORD = 0x0c,
    AML_PACKAGE = 0x12,
    AML_ONES = 0xff,
};

// Reads a constant integer at *pos; false when it is anything else or runs over the end.
static INIT bool aml_constant(const struct acpi_table *t, uint32_t *pos, uint8_t *value)
{
    uint32_t size;

    if (*pos >= t->len)
        return false;
    switch (t->bytes[*pos]) {
    case AML_ZERO:
    case AML_ONE:
        *value = t->bytes[*pos];
        *pos += 1;
        return true;
    case AML_ONES:
        *value = 0xff;
        *pos += 1;
        return true;
    case AML_BYTE:
        size = 1;
        break;
    case AML_WORD:
        size = 2;
        break;
    case AML_DWORD:
        size = 4;
        break;
    default:
        return false;
    }
    if (t->len - *pos <= size)
        return false;
    *value = t->bytes[*pos + 1];
    *pos += 1 + size;
    return true;
}

// What follows the name: package operator, its length (one to four bytes), element count, elements.
static INIT bool parse_package(const struct acpi_table *t, uint32_t pos, struct acpi_s5 *out)
{
    struct acpi_s5 s5 = {.present = true};
    uint32_t follow;

    if (t->len - pos < 2 || t->bytes[pos] != AML_PACKAGE)
        return false;
    follow = t->bytes[pos + 1] >> 6;
    if (t->len - pos < 2 + follow + 1)
        return false;
    pos += 2 + follow;
    if (t->bytes[pos++] < 1)
        return false;
    if (!aml_constant(t, &pos, &s5.typ_a))
        return false;
    // A package of one element packs both types nowhere: the second register is then written like the first.
    if (!aml_constant(t, &pos, &s5.typ_b))
        s5.typ_b = s5.typ_a;
    if (s5.typ_a > 7 || s5.typ_b > 7)
        return false;
    *out = s5;
    return true;
}

static INIT bool is_s5_name(const struct acpi_table *t, uint32_t i)
{
    const uint8_t *p = t->bytes + i;

    if (p[0] != '_' || p[1] != 'S' || p[2] != '5' || p[3] != '_')
        return false;
    // Declared as \_S5_ or as _S5_; a mere reference to the name has no NameOp before it.
    return p[-1] == AML_NAME || (p[-1] == '\\' && p[-2] == AML_NAME);
}

INIT bool acpi_find_s5(const struct acpi_table *t, struct acpi_s5 *out)
{
    *out = (struct acpi_s5){0};
    for (uint32_t i = ACPI_HEADER_SIZE + 2; i + 4 <= t->len; i++)
        if (is_s5_name(t, i) && parse_package(t, i + 4, out))
            return true;
    // Two bytes of the header may serve as look-behind: the shortest byte code starts with the NameOp itself.
    return t->len >= ACPI_HEADER_SIZE + 5 && is_s5_name(t, ACPI_HEADER_SIZE + 1) &&
           parse_package(t, ACPI_HEADER_SIZE + 5, out);
}
