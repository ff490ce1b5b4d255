// SPDX-License-Identifier: BSD-2-Clause
// sources: libl4/src/ustar.c
// ustar reader: names, prefix, padding, the end, and archives that lie. Archives are allocated to the byte,
// so that the sanitizer sees a read beyond.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <stdio.h>
#include <l4/ustar.h>

struct archive {
    unsigned char *bytes;
    size_t size;
};

static void sum(unsigned char *header)
{
    unsigned total = 0;
    memset(header + 148, ' ', 8);
    for (unsigned i = 0; i < 512; i++)
        total += header[i];
    (void)snprintf((char *)header + 148, 8, "%06o", total);
    header[155] = ' ';
}

static unsigned char *add(struct archive *archive, const char *name, const void *data, size_t size)
{
    size_t padded = (size + 511) / 512 * 512;
    archive->bytes = realloc(archive->bytes, archive->size + 512 + padded);
    unsigned char *header = archive->bytes + archive->size;
    memset(header, 0, 512 + padded);
    memcpy(header, name, strlen(name) < 100 ? strlen(name) : 100);
    memcpy(header + 100, "0000755", 8);
    (void)snprintf((char *)header + 124, 12, "%011o", (unsigned)size);
    header[156] = '0';
    memcpy(header + 257, "ustar\00000", 8);
    sum(header);
    memcpy(header + 512, data, size);
    archive->size += 512 + padded;
    return header;
}

static void end(struct archive *archive)
{
    archive->bytes = realloc(archive->bytes, archive->size + 1024);
    memset(archive->bytes + archive->size, 0, 1024);
    archive->size += 1024;
}

static void test_members(void **state)
{
    struct archive archive = {0};
    struct l4_ustar_entry entry;
    size_t position = 0;
    (void)state;
    add(&archive, "./pager", "abc", 3);
    add(&archive, "servers/vfs", "", 0);
    add(&archive, "/etc/manifest", "0123456789", 10);
    end(&archive);
    assert_true(l4_ustar_next(archive.bytes, archive.size, &position, &entry));
    assert_string_equal(entry.name, "pager");
    assert_int_equal(entry.size, 3);
    assert_int_equal(entry.mode, 0755);
    assert_int_equal(entry.type, '0');
    assert_memory_equal(entry.data, "abc", 3);
    assert_true(l4_ustar_next(archive.bytes, archive.size, &position, &entry));
    assert_string_equal(entry.name, "servers/vfs");
    assert_int_equal(entry.size, 0);
    assert_true(l4_ustar_next(archive.bytes, archive.size, &position, &entry));
    assert_string_equal(entry.name, "etc/manifest");
    assert_false(l4_ustar_next(archive.bytes, archive.size, &position, &entry));
    assert_true(l4_ustar_find(archive.bytes, archive.size, "etc/manifest", &entry));
    assert_memory_equal(entry.data, "0123456789", 10);
    assert_false(l4_ustar_find(archive.bytes, archive.size, "etc", &entry));
    assert_false(l4_ustar_find(archive.bytes, archive.size, "", &entry));
    free(archive.bytes);
}

static void test_long_names(void **state)
{
    struct archive archive = {0};
    struct l4_ustar_entry entry;
    char name[101], prefix[156], whole[257];
    size_t position = 0;
    (void)state;
    memset(name, 'n', 100);
    name[100] = '\0';
    memset(prefix, 'p', 155);
    prefix[155] = '\0';
    unsigned char *header = add(&archive, name, "x", 1);
    memcpy(header + 345, prefix, 155); // neither field ends with a 0 byte
    sum(header);
    assert_true(l4_ustar_next(archive.bytes, archive.size, &position, &entry));
    (void)snprintf(whole, sizeof(whole), "%s/%s", prefix, name);
    assert_string_equal(entry.name, whole);
    assert_int_equal(strlen(entry.name), 256);
    free(archive.bytes);
}

static void test_folders_are_no_files(void **state)
{
    struct archive archive = {0};
    struct l4_ustar_entry entry;
    size_t position = 0;
    (void)state;
    unsigned char *header = add(&archive, "bin/", "", 0);
    header[156] = '5';
    sum(header);
    assert_true(l4_ustar_next(archive.bytes, archive.size, &position, &entry));
    assert_string_equal(entry.name, "bin");
    assert_int_equal(entry.type, '5');
    assert_false(l4_ustar_find(archive.bytes, archive.size, "bin", &entry));
    free(archive.bytes);
}

// Each field damaged: the walk ends there.
static void test_damage_ends_the_walk(void **state)
{
    static const struct {
        size_t offset;
        const char *text;
        bool new_sum;
    } damages[] = {
        {148, "0000001", false},     // the sum itself
        {0, "q", false},             // the name, sum unchanged
        {257, "tsar", true},         // magic
        {124, "77777777777", true},  // 8 GiB
        {124, "00000001000", true},  // 512 bytes: one more block than there is
        {124, "0000000000x", true},  // no number
        {124, "\xff\xff\xff", true}, // a base-256 size
        {124, "           ", true},  // no digit
        {100, "zz", true},           // mode
    };
    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct archive archive = {0};
        struct l4_ustar_entry entry;
        size_t position = 0;
        unsigned char *header = add(&archive, "a", "", 0);
        memcpy(header + damages[i].offset, damages[i].text, strlen(damages[i].text));
        if (damages[i].new_sum)
            sum(header);
        assert_false(l4_ustar_next(archive.bytes, archive.size, &position, &entry));
        assert_int_equal(position, 0);
        free(archive.bytes);
    }
}

static void test_every_truncation(void **state)
{
    struct archive archive = {0};
    (void)state;
    add(&archive, "first", "12345", 5);
    add(&archive, "second", "67890", 5);
    for (size_t size = 0; size <= archive.size; size++) {
        unsigned char *exact = malloc(size ? size : 1);
        struct l4_ustar_entry entry;
        size_t position = 0;
        unsigned found = 0;
        memcpy(exact, archive.bytes, size);
        while (l4_ustar_next(exact, size, &position, &entry)) {
            assert_memory_equal(entry.data, found ? "67890" : "12345", 5);
            found++;
        }
        unsigned expected = size >= 512 + 5; // the padding may be cut off
        expected += size >= 1024 + 512 + 5;
        assert_int_equal(found, expected);
        free(exact);
    }
    free(archive.bytes);
}

static void test_random_bytes(void **state)
{
    uint64_t seed = 99;
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        struct archive archive = {0};
        struct l4_ustar_entry entry;
        size_t position = 0;
        add(&archive, "one", "1", 1);
        unsigned char *header = add(&archive, "two", "22", 2);
        for (unsigned i = 0; i < 4; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            header[(seed >> 33) % 512] = (unsigned char)(seed >> 50);
        }
        sum(header);
        unsigned found = 0;
        while (l4_ustar_next(archive.bytes, archive.size, &position, &entry)) {
            assert_true(entry.data >= archive.bytes);
            assert_true(entry.size <= archive.size);
            assert_true(entry.data + entry.size <= archive.bytes + archive.size);
            assert_true(strlen(entry.name) <= L4_USTAR_NAME_MAX);
            assert_true(++found <= 4);
        }
        assert_true(found >= 1);
        free(archive.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_folders_are_no_files),
        cmocka_unit_test(test_damage_ends_the_walk),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests_name("ustar", tests, NULL, NULL);
}
