// SPDX-License-Identifier: BSD-2-Clause
// sources: arch/x86_64/boot/memory.c kernel/base/regions.c
// What is usable of a memory map: whole free pages, minus everything somebody has.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86_64/boot/loader.h"

#define IMAGE     UINT64_C(0x100000)
#define IMAGE_END UINT64_C(0x180000)

static struct boot_info info;

static int fresh(void **state)
{
    (void)state;
    memset(&info, 0, sizeof info);
    return 0;
}

static void expect_ranges(size_t n, const struct region *ranges)
{
    boot_find_usable(&info, IMAGE, IMAGE_END);
    assert_int_equal(info.usable.count, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(info.usable.at[i].base, ranges[i].base);
        assert_int_equal(info.usable.at[i].end, ranges[i].end);
    }
}

static void a_pc_with_everything(void **state)
{
    static const struct region expected[] = {
        {0x10000, 0x9f000},
        {0x180000, 0x400000},
        {0x413000, 0x500000},
        {0x502000, 0x7fe0000},
    };

    (void)state;
    boot_add_memory(&info, 0, 0x9fc00, BOOT_MEMORY_USABLE);
    boot_add_memory(&info, 0x9fc00, 0x400, BOOT_MEMORY_RESERVED);
    boot_add_memory(&info, 0xf0000, 0x10000, BOOT_MEMORY_RESERVED);
    boot_add_memory(&info, 0x100000, 0x7ee0000, BOOT_MEMORY_USABLE);
    boot_add_memory(&info, 0x7fe0000, 0x20000, BOOT_MEMORY_ACPI);
    info.archive = paddr(0x400000);
    info.archive_size = 0x12345;
    boot_add_table(&info, 0x500ff8, 0x10);
    expect_ranges(4, expected);
}

/* Reserved wins over usable, in whichever order they come; unknown kinds are reserved. */
static void overlaps_are_not_usable(void **state)
{
    static const struct region expected[] = {{0x1000000, 0x1001000}, {0x1003000, 0x1008000}};

    (void)state;
    boot_add_memory(&info, 0x1001800, 0x1000, 77);
    boot_add_memory(&info, 0x1000000, 0x10000, BOOT_MEMORY_USABLE);
    boot_add_memory(&info, 0x1008000, 0x10000, BOOT_MEMORY_BAD);
    expect_ranges(2, expected);
}

static void usable_pieces_join_before_rounding(void **state)
{
    static const struct region expected[] = {{0x1000000, 0x1003000}};

    (void)state;
    boot_add_memory(&info, 0x1000000, 0x1800, BOOT_MEMORY_USABLE);
    boot_add_memory(&info, 0x1001800, 0x1fff, BOOT_MEMORY_USABLE);
    expect_ranges(1, expected);
}

static void sizes_that_overflow(void **state)
{
    static const struct region expected[] = {{0x1000000, BOOT_PHYSICAL_END}};

    (void)state;
    boot_add_memory(&info, 0x1000000, UINT64_MAX, BOOT_MEMORY_USABLE);
    boot_add_memory(&info, UINT64_MAX - 5, UINT64_MAX, BOOT_MEMORY_RESERVED);
    boot_add_table(&info, UINT64_MAX - 5, 100);
    expect_ranges(1, expected);
}

static void nothing_but_reserved(void **state)
{
    (void)state;
    boot_add_memory(&info, 0, UINT64_MAX, BOOT_MEMORY_RESERVED);
    boot_add_memory(&info, 0x1000000, 0x1000000, BOOT_MEMORY_USABLE);
    expect_ranges(0, NULL);
}

static void image_in_the_middle(void **state)
{
    static const struct region expected[] = {{0x10000, IMAGE}, {IMAGE_END, 0x200000}};

    (void)state;
    boot_add_memory(&info, 0, 0x200000, BOOT_MEMORY_USABLE);
    expect_ranges(2, expected);
}

static void tables_beyond_the_list_are_dropped(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < BOOT_TABLES_MAX + 5; i++)
        boot_add_table(&info, i * 0x1000, 1);
    boot_add_table(&info, 0, 0);
    assert_int_equal(info.table_count, BOOT_TABLES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_pc_with_everything, fresh),
        cmocka_unit_test_setup(overlaps_are_not_usable, fresh),
        cmocka_unit_test_setup(usable_pieces_join_before_rounding, fresh),
        cmocka_unit_test_setup(sizes_that_overflow, fresh),
        cmocka_unit_test_setup(nothing_but_reserved, fresh),
        cmocka_unit_test_setup(image_in_the_middle, fresh),
        cmocka_unit_test_setup(tables_beyond_the_list_are_dropped, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
