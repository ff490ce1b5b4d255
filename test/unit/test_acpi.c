/* SPDX-License-Identifier: BSD-2-Clause */
// sources: arch/x86_64/dev/acpi_tables.c arch/x86_64/dev/acpi_madt.c arch/x86_64/dev/acpi_fadt.c arch/x86_64/dev/acpi_s5.c
/*
 * ACPI parsers on well-formed, damaged and hostile tables. Every table is copied to a block of exactly its
 * length before it is parsed, so the address sanitizer sees any read beyond it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "arch/x86_64/dev/acpi_tables.h"

#define MEM_SIZE 8192u

static uint8_t *mem; // physical memory of the tests: addresses 0 … MEM_SIZE

static const void *test_map(uint64_t addr, size_t len)
{
    if (addr > MEM_SIZE || len > MEM_SIZE - addr)
        return NULL;
    return mem + addr;
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static void put64(uint8_t *p, uint64_t v)
{
    put32(p, (uint32_t)v);
    put32(p + 4, (uint32_t)(v >> 32));
}

static void fix_sum(uint8_t *p, size_t len, size_t at)
{
    uint8_t sum = 0;

    p[at] = 0;
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + p[i]);
    p[at] = (uint8_t)-sum;
}

static void put_table(uint32_t addr, const char *sig, uint32_t len)
{
    memcpy(mem + addr, sig, 4);
    put32(mem + addr + 4, len);
    fix_sum(mem + addr, len, 9);
}

static void put_rsdp(uint32_t addr, uint8_t revision, uint32_t rsdt, uint64_t xsdt)
{
    memcpy(mem + addr, "RSD PTR ", 8);
    mem[addr + 15] = revision;
    put32(mem + addr + 16, rsdt);
    fix_sum(mem + addr, 20, 8);
    put32(mem + addr + 20, 36);
    put64(mem + addr + 24, xsdt);
    fix_sum(mem + addr, 36, 32);
}

static int setup(void **state)
{
    (void)state;
    mem = calloc(1, MEM_SIZE);
    return mem ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(mem);
    return 0;
}

static struct acpi_table exact(const uint8_t *bytes, uint32_t len)
{
    uint8_t *copy = malloc(len);

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    return (struct acpi_table){.bytes = copy, .len = len};
}

static void drop(struct acpi_table *t)
{
    free((void *)(uintptr_t)t->bytes);
}

static void xsdt_is_preferred(void **state)
{
    struct acpi_root root;

    (void)state;
    put32(mem + 0x200 + 36, 0x111);
    put_table(0x200, "RSDT", 40);
    put64(mem + 0x300 + 36, 0x222);
    put64(mem + 0x300 + 44, 0x333);
    put_table(0x300, "XSDT", 52);
    put_rsdp(0x100, 2, 0x200, 0x300);
    assert_true(acpi_root_open(test_map, 0x100, &root));
    assert_int_equal(root.count, 2);
    assert_int_equal(acpi_root_entry(&root, 1), 0x333);
}

static void rsdt_when_xsdt_is_damaged(void **state)
{
    struct acpi_root root;

    (void)state;
    put32(mem + 0x200 + 36, 0x111);
    put_table(0x200, "RSDT", 40);
    put_table(0x300, "XSDT", 52);
    mem[0x300 + 40] ^= 1;
    put_rsdp(0x100, 2, 0x200, 0x300);
    assert_true(acpi_root_open(test_map, 0x100, &root));
    assert_int_equal(root.entry_size, 4);
    assert_int_equal(acpi_root_entry(&root, 0), 0x111);
}

static void revision_0_has_no_xsdt(void **state)
{
    struct acpi_root root;

    (void)state;
    put_table(0x200, "RSDT", 36);
    put_table(0x300, "XSDT", 52);
    put_rsdp(0x100, 0, 0x200, 0x300);
    assert_true(acpi_root_open(test_map, 0x100, &root));
    assert_int_equal(root.entry_size, 4);
    assert_int_equal(root.count, 0);
}

static void bad_rsdp_is_refused(void **state)
{
    struct acpi_root root;

    (void)state;
    put_table(0x200, "RSDT", 36);
    put_rsdp(0x100, 0, 0x200, 0);
    mem[0x108] ^= 1;
    assert_false(acpi_root_open(test_map, 0x100, &root));
    assert_false(acpi_root_open(test_map, 0, &root));
    assert_false(acpi_root_open(test_map, MEM_SIZE - 4, &root));
    assert_false(acpi_root_open(test_map, UINT64_MAX - 3, &root));
}

static void absurd_lengths_are_refused(void **state)
{
    static const uint32_t lengths[] = {0, 1, 35, MEM_SIZE, ACPI_TABLE_MAX, ACPI_TABLE_MAX + 1, 0xffffffff};
    struct acpi_table t;

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        put_table(0x200, "APIC", 36);
        put32(mem + 0x204, lengths[i]);
        assert_false(acpi_open(test_map, 0x200, "APIC", &t));
    }
    put_table(0x200, "APIC", 36);
    assert_true(acpi_open(test_map, 0x200, "APIC", &t));
    assert_false(acpi_open(test_map, 0x200, "HPET", &t));
}

static void tables_are_found_by_signature(void **state)
{
    struct acpi_root root;
    struct acpi_table t;
    unsigned pos = 0;

    (void)state;
    // Entries: nothing, an address outside memory, the list itself (a loop), then two SSDTs.
    put64(mem + 0x300 + 36, 0);
    put64(mem + 0x300 + 44, 0xfffffffffffffff0u);
    put64(mem + 0x300 + 52, 0x300);
    put64(mem + 0x300 + 60, 0x400);
    put64(mem + 0x300 + 68, 0x500);
    put_table(0x300, "XSDT", 76);
    put_table(0x400, "SSDT", 36);
    put_table(0x500, "SSDT", 40);
    put_rsdp(0x100, 2, 0, 0x300);
    assert_true(acpi_root_open(test_map, 0x100, &root));
    assert_true(acpi_root_next(test_map, &root, "SSDT", &pos, &t));
    assert_int_equal(t.len, 36);
    assert_true(acpi_root_next(test_map, &root, "SSDT", &pos, &t));
    assert_int_equal(t.len, 40);
    assert_false(acpi_root_next(test_map, &root, "SSDT", &pos, &t));
}

static const uint8_t madt_entries[] = {
    0,    8,  0,    0, 1,    0,    0,    0,                               // processor, APIC id 0
    0,    8,  1,    1, 1,    0,    0,    0,                               // processor, APIC id 1
    0,    8,  2,    2, 0,    0,    0,    0,                               // disabled
    0x7f, 3,  0xaa,                                                       // unknown type and odd length
    9,    16, 0,    0, 1,    0,    0,    0,    1,    0, 0, 0, 1, 0, 0, 0, // the second one again, as x2APIC
    9,    16, 0,    0, 0,    1,    0,    0,    1,    0, 0, 0, 7, 0, 0, 0, // x2APIC id 256
    1,    12, 3,    0, 0,    0,    0xc0, 0xfe, 0,    0, 0, 0,             // I/O APIC
    2,    10, 0,    0, 2,    0,    0,    0,    0,    0,                   // IRQ 0 -> GSI 2, as the bus does
    2,    10, 0,    9, 9,    0,    0,    0,    0x0f, 0,                   // IRQ 9, level, low
    2,    10, 1,    9, 9,    0,    0,    0,    0x0f, 0,                   // not the ISA bus
    0,    4,  9,    9,                                                    // too short for its type
    4,    6,  0xff, 5, 0,    1,                                           // NMI on LINT1 of all, high, edge
    10,   12, 0x0f, 0, 0xff, 0xff, 0xff, 0xff, 0,    0, 0, 0,             // NMI on LINT0 of all, low, level
    5,    12, 0,    0, 0,    0,    0xe0, 0xfe, 1,    0, 0, 0,             // local APIC address
};

static struct acpi_table make_madt(const uint8_t *entries, uint32_t n)
{
    uint8_t bytes[512] = {0};

    assert_true(n <= sizeof(bytes) - 44);
    put32(bytes + 36, 0xfee00000);
    put32(bytes + 40, 1);
    memcpy(bytes + 44, entries, n);
    return exact(bytes, 44 + n);
}

static void madt_is_read(void **state)
{
    struct acpi_table t = make_madt(madt_entries, sizeof(madt_entries));
    static struct acpi_madt m;

    (void)state;
    assert_true(acpi_parse_madt(&t, &m));
    assert_true(m.present && m.has_8259);
    assert_int_equal(m.cpus_found, 3);
    assert_int_equal(m.ncpus, 3);
    assert_int_equal(m.cpus[1].apic_id, 1);
    assert_int_equal(m.cpus[2].apic_id, 256);
    assert_int_equal(m.cpus[2].uid, 7);
    assert_int_equal(m.nioapics, 1);
    assert_int_equal(m.ioapics[0].addr, 0xfec00000);
    assert_int_equal(m.nisos, 2);
    assert_int_equal(m.isos[0].gsi, 2);
    assert_false(m.isos[0].level || m.isos[0].active_low);
    assert_true(m.isos[1].level && m.isos[1].active_low);
    assert_int_equal(m.nnmis, 2);
    assert_true(m.nmis[0].uid == ACPI_UID_ALL && m.nmis[0].lint == 1 && !m.nmis[0].active_low);
    assert_true(m.nmis[1].uid == ACPI_UID_ALL && m.nmis[1].lint == 0 && m.nmis[1].active_low);
    assert_int_equal(m.lapic_addr, 0x1fee00000);
    drop(&t);
}

static void madt_zero_length_entry_ends_the_walk(void **state)
{
    static const uint8_t entries[] = {0, 8, 0, 0, 1, 0, 0, 0, 0x55, 0, 0, 8, 1, 1, 1, 0, 0, 0};
    struct acpi_table t = make_madt(entries, sizeof(entries));
    static struct acpi_madt m;

    (void)state;
    assert_true(acpi_parse_madt(&t, &m));
    assert_int_equal(m.cpus_found, 1);
    drop(&t);
}

static void madt_cut_anywhere_stays_inside(void **state)
{
    static struct acpi_madt m;
    unsigned best = 0;

    (void)state;
    for (uint32_t n = 0; n <= sizeof(madt_entries); n++) {
        struct acpi_table t = make_madt(madt_entries, n);

        assert_true(acpi_parse_madt(&t, &m));
        assert_true(m.cpus_found >= best);
        best = m.cpus_found;
        drop(&t);
    }
    assert_int_equal(best, 3);
}

static void madt_limits_hold(void **state)
{
    uint32_t len = 44 + 300 * 16 + 40 * 12 + 40 * 10 + 40 * 6;
    uint8_t *bytes = calloc(1, len), *p = bytes + 44;
    static struct acpi_madt m;
    struct acpi_table t;

    (void)state;
    assert_non_null(bytes);
    for (uint32_t i = 0; i < 300; i++, p += 16) {
        p[0] = 9, p[1] = 16, p[8] = 1;
        put32(p + 4, i);
    }
    for (uint32_t i = 0; i < 40; i++, p += 12) {
        p[0] = 1, p[1] = 12;
        put32(p + 4, 0xfec00000 + i * 0x1000);
    }
    for (uint32_t i = 0; i < 40; i++, p += 10)
        p[0] = 2, p[1] = 10;
    for (uint32_t i = 0; i < 40; i++, p += 6)
        p[0] = 4, p[1] = 6;
    t = exact(bytes, len);
    assert_true(acpi_parse_madt(&t, &m));
    assert_int_equal(m.cpus_found, 300);
    assert_int_equal(m.ncpus, ACPI_MAX_CPUS);
    assert_int_equal(m.nioapics, ACPI_MAX_IOAPICS);
    assert_int_equal(m.nisos, ACPI_MAX_ISOS);
    assert_int_equal(m.nnmis, ACPI_MAX_NMIS);
    drop(&t);
    free(bytes);
}

static void random_bytes_are_harmless(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15u;
    static struct acpi_info info;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[300];
        uint32_t len;
        struct acpi_table t;

        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = (uint8_t)((seed >> 33) % ((round & 1) ? 256 : 18));
        }
        len = ACPI_HEADER_SIZE + (uint32_t)(seed >> 40) % (uint32_t)(sizeof(bytes) - ACPI_HEADER_SIZE);
        for (uint32_t i = 40; i + 4 <= len; i += 23)
            memcpy(bytes + i, "_S5_", 4);
        t = exact(bytes, len);
        (void)acpi_parse_madt(&t, &info.madt);
        (void)acpi_parse_fadt(&t, &info.fadt);
        (void)acpi_parse_hpet(&t, &info.hpet);
        (void)acpi_find_s5(&t, &info.s5);
        assert_true(info.madt.ncpus <= ACPI_MAX_CPUS && info.s5.typ_a <= 7);
        drop(&t);
    }
}

static void fadt_of_acpi_1(void **state)
{
    uint8_t b[116] = {0};
    struct acpi_fadt f;
    struct acpi_table t;

    (void)state;
    b[8] = 1;
    put32(b + 40, 0x1234);
    put32(b + 48, 0xb2);
    b[52] = 0xf1;
    put32(b + 64, 0x604);
    put32(b + 76, 0x608);
    b[91] = 4;
    t = exact(b, sizeof(b));
    assert_true(acpi_parse_fadt(&t, &f));
    assert_int_equal(f.dsdt, 0x1234);
    assert_int_equal(f.smi_cmd, 0xb2);
    assert_int_equal(f.acpi_enable, 0xf1);
    assert_int_equal(f.pm1a_cnt.addr, 0x604);
    assert_int_equal(f.pm1a_cnt.space, ACPI_SPACE_IO);
    assert_int_equal(f.pm1b_cnt.addr, 0);
    assert_int_equal(f.pm_timer.addr, 0x608);
    assert_false(f.reset_supported || f.hw_reduced || f.pm_timer_32);
    assert_true(f.has_8042);
    drop(&t);
}

static void fadt_of_acpi_5(void **state)
{
    uint8_t b[268] = {0};
    struct acpi_fadt f;
    struct acpi_table t;

    (void)state;
    b[8] = 5;
    put32(b + 64, 0x604);
    b[91] = 4;
    put32(b + 112, 1u << 10 | 1u << 8 | 1u << 20);
    b[116] = ACPI_SPACE_IO;
    put64(b + 120, 0xcf9);
    b[128] = 0x0f;
    put64(b + 140, 0x100000000);
    b[172] = ACPI_SPACE_IO;
    put64(b + 176, 0x1804);
    b[208] = 10; // a space that is not read
    put64(b + 212, 0x1808);
    b[244] = ACPI_SPACE_MEMORY;
    put64(b + 248, 0xfed00000);
    t = exact(b, sizeof(b));
    assert_true(acpi_parse_fadt(&t, &f));
    assert_int_equal(f.dsdt, 0x100000000);
    assert_int_equal(f.pm1a_cnt.addr, 0x1804);
    assert_int_equal(f.pm_timer.addr, 0);
    assert_true(f.reset_supported && f.hw_reduced && f.pm_timer_32 && !f.has_8042);
    assert_int_equal(f.reset_value, 0x0f);
    assert_int_equal(f.sleep_control.addr, 0xfed00000);
    drop(&t);
    t = exact(b, 115);
    assert_false(acpi_parse_fadt(&t, &f));
    drop(&t);
}

static void hpet_is_read(void **state)
{
    uint8_t b[56] = {0};
    struct acpi_hpet h;
    struct acpi_table t;

    (void)state;
    put64(b + 44, 0xfed00000);
    t = exact(b, 56);
    assert_true(acpi_parse_hpet(&t, &h));
    assert_int_equal(h.addr, 0xfed00000);
    drop(&t);
    t = exact(b, 55);
    assert_false(acpi_parse_hpet(&t, &h));
    drop(&t);
}

static bool find_s5(const uint8_t *aml, uint32_t n, struct acpi_s5 *s5)
{
    uint8_t bytes[128] = {0};
    struct acpi_table t;
    bool found;

    memcpy(bytes + ACPI_HEADER_SIZE, aml, n);
    t = exact(bytes, ACPI_HEADER_SIZE + n);
    found = acpi_find_s5(&t, s5);
    drop(&t);
    return found;
}

static void s5_is_found(void **state)
{
    static const uint8_t plain[] = {8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 5, 0x0a, 6, 0, 0};
    static const uint8_t rooted[] = {0x10, 8, '\\', '_', 'S', '5', '_', 0x12, 6, 4, 1, 0, 0, 0};
    static const uint8_t longer[] = {0, 0, 8, '_', 'S', '5', '_', 0x12, 0x46, 0, 4, 0x0b, 7, 0, 0};
    static const uint8_t single[] = {8, '_', 'S', '5', '_', 0x12, 4, 1, 0x0a, 5};
    struct acpi_s5 s5;

    (void)state;
    assert_true(find_s5(plain, sizeof(plain), &s5));
    assert_true(s5.typ_a == 5 && s5.typ_b == 6);
    assert_true(find_s5(rooted, sizeof(rooted), &s5));
    assert_true(s5.typ_a == 1 && s5.typ_b == 0);
    assert_true(find_s5(longer, sizeof(longer), &s5));
    assert_true(s5.typ_a == 7 && s5.typ_b == 0);
    assert_true(find_s5(single, sizeof(single), &s5));
    assert_true(s5.typ_a == 5 && s5.typ_b == 5);
}

static void s5_that_is_none(void **state)
{
    static const uint8_t reference[] = {0x70, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 5, 0x0a, 5};
    static const uint8_t method[] = {8, '_', 'S', '5', '_', 0x14, 6, 4, 0x0a, 5, 0x0a, 5};
    static const uint8_t too_big[] = {8, '_', 'S', '5', '_', 0x12, 6, 4, 0x0a, 8, 0x0a, 5};
    static const uint8_t good[] = {8, '_', 'S', '5', '_', 0x12, 0xc6, 0, 0, 0, 4, 0x0c, 5, 0, 0, 0, 0};
    struct acpi_s5 s5;

    (void)state;
    assert_false(find_s5(reference, sizeof(reference), &s5));
    assert_false(find_s5(method, sizeof(method), &s5));
    assert_false(find_s5(too_big, sizeof(too_big), &s5));
    assert_true(find_s5(good, sizeof(good), &s5));
    for (uint32_t n = 0; n < sizeof(good) - 1; n++)
        assert_false(find_s5(good, n, &s5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(xsdt_is_preferred, setup, teardown),
        cmocka_unit_test_setup_teardown(rsdt_when_xsdt_is_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(revision_0_has_no_xsdt, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_rsdp_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(absurd_lengths_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(tables_are_found_by_signature, setup, teardown),
        cmocka_unit_test(madt_is_read),
        cmocka_unit_test(madt_zero_length_entry_ends_the_walk),
        cmocka_unit_test(madt_cut_anywhere_stays_inside),
        cmocka_unit_test(madt_limits_hold),
        cmocka_unit_test(random_bytes_are_harmless),
        cmocka_unit_test(fadt_of_acpi_1),
        cmocka_unit_test(fadt_of_acpi_5),
        cmocka_unit_test(hpet_is_read),
        cmocka_unit_test(s5_is_found),
        cmocka_unit_test(s5_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
