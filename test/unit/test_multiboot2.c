// SPDX-License-Identifier: BSD-2-Clause
// sources: arch/x86_64/boot/multiboot2.c arch/x86_64/boot/memory.c kernel/base/regions.c
// The multiboot2 parser: what a loader says, and what it does with sizes that lie. Each information block is
// copied to a heap block of exactly its size, so that ASan sees a read behind its end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/multiboot2_block.h"

static void reads_all_tags(void **state)
{
    static const uint8_t colours[6] = {16, 8, 8, 8, 0, 8};

    (void)state;
    begin();
    put_text(1, "log=debug");
    put_text(2, "GRUB 2.06");
    put_module(0x200000, 0x300000);
    put_memory(2);
    begin_tag(8, 38);
    put64(0xfd000000);
    put32(4096);
    put32(1024);
    put32(768);
    put_bytes("\x20\x01\0\0", 4);
    put_bytes(colours, 6);
    end_tag();
    put_end();
    assert_true(parse());
    assert_int_equal(info.path, BOOT_MULTIBOOT2_BIOS);
    assert_string_equal(info.cmdline, "log=debug");
    assert_string_equal(info.loader, "GRUB 2.06");
    assert_int_equal(info.archive.v, 0x200000);
    assert_int_equal(info.archive_size, 0x100000);
    assert_int_equal(info.memory_count, 2);
    assert_int_equal(info.memory[1].base, 0x100000);
    assert_int_equal(info.framebuffer.type, BOOT_FB_RGB);
    assert_int_equal(info.framebuffer.width, 1024);
    assert_int_equal(info.framebuffer.bpp, 32);
    assert_int_equal(info.framebuffer.red_shift, 16);
}

static void efi_tags_tell_uefi(void **state)
{
    (void)state;
    for (uint32_t type = 11; type <= 12; type++) {
        begin();
        put_memory(1);
        begin_tag(type, type == 11 ? 12 : 16);
        put64(0x1234);
        put_end();
        assert_true(parse());
        assert_int_equal(info.path, BOOT_MULTIBOOT2_UEFI);
    }
}

static void newer_rsdp_counts_in_any_order(void **state)
{
    uint8_t old[20], new[36];

    (void)state;
    memset(old, 'o', sizeof old);
    memset(new, 'n', sizeof new);
    for (int order = 0; order < 2; order++) {
        begin();
        put_memory(1);
        for (int i = 0; i < 2; i++) {
            bool is_new = i == order;

            begin_tag(is_new ? 15 : 14, is_new ? 44 : 28);
            put_bytes(is_new ? new : old, is_new ? 36 : 20);
            end_tag();
        }
        put_end();
        assert_true(parse());
        assert_int_equal(info.rsdp_size, 36);
        assert_memory_equal(info.rsdp_copy, new, 36);
    }
}

static void short_rsdp_is_none(void **state)
{
    (void)state;
    begin();
    put_memory(1);
    begin_tag(15, 8 + 19);
    put_bytes(block, 19);
    end_tag();
    put_end();
    assert_true(parse());
    assert_int_equal(info.rsdp_size, 0);
}

static void no_memory_map_is_refused(void **state)
{
    (void)state;
    begin();
    put_text(1, "x");
    put_end();
    assert_false(parse());
    begin();
    put_memory(0);
    put_end();
    assert_false(parse());
}

static void unknown_tags_are_skipped(void **state)
{
    (void)state;
    begin();
    begin_tag(4711, 13);
    put_bytes("abcde", 5);
    end_tag();
    put_memory(1);
    put_end();
    assert_true(parse());
}

static void later_modules_are_counted(void **state)
{
    (void)state;
    begin();
    put_module(5, 5);
    put_module(9, 5);
    put_module(0x1000, 0x2000);
    put_module(0x3000, 0x4000);
    put_memory(1);
    put_end();
    assert_true(parse());
    assert_int_equal(info.archive.v, 0x1000);
    assert_int_equal(info.modules_ignored, 1);
}

static void tag_sizes_that_do_not_advance_end_the_list(void **state)
{
    (void)state;
    for (uint32_t size = 0; size < 8; size++) {
        begin();
        put_memory(1);
        begin_tag(1, size);
        put_text(2, "behind");
        assert_true(parse());
        assert_string_equal(info.loader, "");
    }
}

static void tag_sizes_beyond_the_end_are_not_read(void **state)
{
    static const uint32_t sizes[] = {17, 0x7fffffff, 0xfffffff8, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (uint32_t type = 1; type < 16; type++) {
            begin();
            put_memory(1);
            begin_tag(type, sizes[i]);
            put64(0x4141414141414141);
            assert_true(parse());
            assert_int_equal(info.memory_count, 1);
            assert_int_equal(info.archive_size, 0);
        }
    }
}

static void memory_entries_of_other_sizes(void **state)
{
    static const struct {
        uint32_t entry;
        uint32_t size;
        size_t count;
    } cases[] = {
        {32, 16 + 64, 2}, {32, 16 + 63, 1},         {0, 16 + 64, 0},
        {23, 16 + 64, 0}, {0xffffffff, 16 + 64, 0}, {24, 12, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        begin_tag(6, cases[i].size);
        put32(cases[i].entry);
        put32(0);
        for (int k = 0; k < 8; k++)
            put64(1);
        end_tag();
        put_end();
        assert_true(parse() == (cases[i].count != 0));
        assert_int_equal(info.memory_count, cases[i].count);
    }
}

static void too_many_memory_entries_are_counted(void **state)
{
    (void)state;
    begin();
    put_memory(BOOT_MEMORY_MAX + 3);
    put_end();
    assert_true(parse());
    assert_int_equal(info.memory_count, BOOT_MEMORY_MAX);
    assert_int_equal(info.memory_lost, 3);
}

static void texts_without_end_and_too_long(void **state)
{
    static char text[BOOT_CMDLINE_MAX + 100];

    (void)state;
    begin();
    begin_tag(1, 11);
    put_bytes("abc", 3);
    end_tag();
    put_memory(1);
    put_end();
    assert_true(parse());
    assert_string_equal(info.cmdline, "abc");
    memset(text, 'x', sizeof text - 1);
    begin();
    put_text(1, text);
    put_memory(1);
    put_end();
    assert_true(parse());
    assert_int_equal(strlen(info.cmdline), BOOT_CMDLINE_MAX - 1);
}

/* Cut anywhere, with the head telling any size: never a read behind the end (ASan), and what is whole is
 * found. */
static void truncated_everywhere(void **state)
{
    size_t whole;
    size_t memory_end;

    (void)state;
    begin();
    put_memory(3);
    memory_end = used;
    put_text(1, "log=debug serial=off");
    put_module(0x1000, 0x2000);
    put_text(2, "GRUB");
    put_end();
    whole = used;
    for (size_t size = 0; size <= whole; size++) {
        assert_true(parse_as(size, (uint32_t)whole) == (size >= memory_end));
        assert_true(parse_as(size, 0xffffffff) == (size >= memory_end));
        assert_true(parse_as(whole, (uint32_t)size) == (size >= memory_end));
    }
}

/* Any bytes at all: the parser returns and reads nothing outside. */
static void noise(void **state)
{
    uint32_t seed = 4242;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        begin();
        put_memory(2);
        put_text(1, "abc");
        put_module(1, 2);
        put_end();
        for (int flips = 0; flips < 4; flips++) {
            seed = seed * 1664525 + 1013904223;
            block[seed >> 8 & 127] = (uint8_t)(seed >> 24);
        }
        parse_as(128, 128);
    }
    assert_true(info.table_count == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_tags),
        cmocka_unit_test(efi_tags_tell_uefi),
        cmocka_unit_test(newer_rsdp_counts_in_any_order),
        cmocka_unit_test(short_rsdp_is_none),
        cmocka_unit_test(no_memory_map_is_refused),
        cmocka_unit_test(unknown_tags_are_skipped),
        cmocka_unit_test(later_modules_are_counted),
        cmocka_unit_test(tag_sizes_that_do_not_advance_end_the_list),
        cmocka_unit_test(tag_sizes_beyond_the_end_are_not_read),
        cmocka_unit_test(memory_entries_of_other_sizes),
        cmocka_unit_test(too_many_memory_entries_are_counted),
        cmocka_unit_test(texts_without_end_and_too_long),
        cmocka_unit_test(truncated_everywhere),
        cmocka_unit_test(noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
