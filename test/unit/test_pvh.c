// SPDX-License-Identifier: BSD-2-Clause
// sources: arch/x86_64/boot/pvh.c arch/x86_64/boot/memory.c kernel/base/regions.c
// The PVH parser on a small imitated physical memory: what is there, and addresses and counts that lie.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86_64/boot/loader.h"

#define SIZE 0x4000

static uint8_t memory[SIZE];
static struct boot_info info;

static const void *reach(uint64_t p, uint64_t size)
{
    if (p > SIZE || size > SIZE - p)
        return NULL;
    return memory + p;
}

static void set32(uint64_t at, uint32_t v)
{
    memcpy(memory + at, &v, sizeof v);
}

static void set64(uint64_t at, uint64_t v)
{
    memcpy(memory + at, &v, sizeof v);
}

/* Start information at 0x100, two memory entries at 0x200, module list at 0x300, text at 0x400, RSDP at
 * 0x500. */
static int sound(void **state)
{
    (void)state;
    memset(memory, 0, sizeof memory);
    memset(&info, 0, sizeof info);
    set32(0x100, PVH_LOADED);
    set32(0x104, 1);
    set32(0x10c, 1);
    set64(0x110, 0x300);
    set64(0x118, 0x400);
    set64(0x120, 0x500);
    set64(0x128, 0x200);
    set32(0x130, 2);
    set64(0x200, 0);
    set64(0x208, 0x9f000);
    set32(0x210, 1);
    set64(0x218, 0x100000);
    set64(0x220, 0x700000);
    set32(0x228, 2);
    set64(0x300, 0x12345000);
    set64(0x308, 777);
    memcpy(memory + 0x400, "log=debug", 10);
    memset(memory + 0x500, 'r', 36);
    memory[0x50f] = 2;
    return 0;
}

static void reads_all(void **state)
{
    (void)state;
    assert_true(pvh_parse(0x100, reach, &info));
    assert_int_equal(info.path, BOOT_PVH);
    assert_string_equal(info.cmdline, "log=debug");
    assert_int_equal(info.archive.v, 0x12345000);
    assert_int_equal(info.archive_size, 777);
    assert_int_equal(info.memory_count, 2);
    assert_int_equal(info.memory[1].kind, 2);
    assert_int_equal(info.rsdp_size, 36);
    assert_int_equal(info.table_count, 4);
}

static void spares_its_tables(void **state)
{
    static const uint64_t starts[] = {0x100, 0x400, 0x300, 0x200};
    static const uint64_t ends[] = {0x138, 0x40a, 0x320, 0x230};

    (void)state;
    assert_true(pvh_parse(0x100, reach, &info));
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(info.tables[i].base, starts[i]);
        assert_int_equal(info.tables[i].end, ends[i]);
    }
}

static void old_rsdp_is_20_bytes(void **state)
{
    (void)state;
    memory[0x50f] = 0;
    assert_true(pvh_parse(0x100, reach, &info));
    assert_int_equal(info.rsdp_size, 20);
}

static void wrong_magic_or_version_is_refused(void **state)
{
    (void)state;
    set32(0x104, 0);
    assert_false(pvh_parse(0x100, reach, &info));
    set32(0x104, 1);
    set32(0x100, 1);
    assert_false(pvh_parse(0x100, reach, &info));
    assert_false(pvh_parse(SIZE - 8, reach, &info));
    assert_false(pvh_parse(UINT64_MAX - 8, reach, &info));
}

static void no_memory_map_is_refused(void **state)
{
    (void)state;
    set32(0x130, 0);
    assert_false(pvh_parse(0x100, reach, &info));
}

static void parts_out_of_reach_are_missing(void **state)
{
    static const uint64_t bad[] = {SIZE, UINT64_MAX, UINT64_MAX - 4, UINT64_C(1) << 40};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sound(NULL);
        set64(0x110, bad[i]);
        set64(0x118, bad[i]);
        set64(0x120, bad[i]);
        assert_true(pvh_parse(0x100, reach, &info));
        assert_int_equal(info.archive_size, 0);
        assert_string_equal(info.cmdline, "");
        assert_int_equal(info.rsdp_size, 0);
        sound(NULL);
        set64(0x128, bad[i]);
        assert_false(pvh_parse(0x100, reach, &info));
    }
}

static void memory_map_cut_by_the_end(void **state)
{
    (void)state;
    memmove(memory + SIZE - 40, memory + 0x200, 40);
    set64(0x128, SIZE - 40);
    set32(0x130, UINT32_MAX);
    assert_true(pvh_parse(0x100, reach, &info));
    assert_int_equal(info.memory_count, 1);
}

static void command_line_cut_by_the_end(void **state)
{
    (void)state;
    memset(memory + SIZE - 8, 'x', 8);
    set64(0x118, SIZE - 8);
    assert_true(pvh_parse(0x100, reach, &info));
    assert_string_equal(info.cmdline, "xxxxxxxx");
}

static void long_command_line_is_cut(void **state)
{
    (void)state;
    memset(memory + 0x1000, 'x', 0x1000);
    set64(0x118, 0x1000);
    assert_true(pvh_parse(0x100, reach, &info));
    assert_int_equal(strlen(info.cmdline), BOOT_CMDLINE_MAX - 1);
}

static void no_module_and_many(void **state)
{
    (void)state;
    set32(0x10c, 0);
    assert_true(pvh_parse(0x100, reach, &info));
    assert_int_equal(info.archive_size, 0);
    sound(NULL);
    set32(0x10c, 3);
    assert_true(pvh_parse(0x100, reach, &info));
    assert_int_equal(info.archive_size, 777);
    assert_int_equal(info.modules_ignored, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_all, sound),
        cmocka_unit_test_setup(spares_its_tables, sound),
        cmocka_unit_test_setup(old_rsdp_is_20_bytes, sound),
        cmocka_unit_test_setup(wrong_magic_or_version_is_refused, sound),
        cmocka_unit_test_setup(no_memory_map_is_refused, sound),
        cmocka_unit_test_setup(parts_out_of_reach_are_missing, sound),
        cmocka_unit_test_setup(memory_map_cut_by_the_end, sound),
        cmocka_unit_test_setup(command_line_cut_by_the_end, sound),
        cmocka_unit_test_setup(long_command_line_is_cut, sound),
        cmocka_unit_test_setup(no_module_and_many, sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
