// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/init/archive.c
// The kernel's readers of ustar and ELF: what they find, what they refuse, and that no size leads them
// outside. Inputs lie in heap blocks of exactly their length, so that ASan sees a read behind the end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <l4/abi/item.h>
#include <l4/abi/layout.h>

#include "kernel/init/archive.h"
#include "support/random.h"

static char archive[16384];
static size_t used;

static int empty(void **state)
{
    (void)state;
    memset(archive, 0, sizeof archive);
    used = 0;
    return 0;
}

static void add(const char *name, char type, const void *data, size_t size)
{
    char *h = archive + used;

    memcpy(h, name, strlen(name));
    snprintf(h + 124, 12, "%011o", (unsigned)size);
    h[156] = type;
    memcpy(h + 257, "ustar", 6);
    memcpy(h + 512, data, size);
    used += 512 + (size + 511) / 512 * 512;
}

// Looks for NAME in a copy of the first SIZE bytes; *data is copied out, since the block is freed.
static bool find_in(size_t size, const char *name, char *data, size_t *length)
{
    char *copy = malloc(size ? size : 1);
    const void *at;
    bool found;

    memcpy(copy, archive, size);
    found = archive_find(copy, size, name, &at, length);
    if (found)
        memcpy(data, at, *length);
    free(copy);
    return found;
}

static bool find(const char *name)
{
    static char data[sizeof archive];
    size_t length;

    return find_in(used, name, data, &length);
}

static void finds_members_by_whole_name(void **state)
{
    char data[600];
    size_t length = 0;

    (void)state;
    memset(data, 'x', sizeof data);
    add("pager", '0', data, 600);
    add("etc/", '5', "", 0);
    add("roottask", '0', "root", 4);
    assert_true(find_in(used, "roottask", data, &length));
    assert_int_equal(length, 4);
    assert_memory_equal(data, "root", 4);
    assert_true(find_in(used, "pager", data, &length));
    assert_int_equal(length, 600);
    assert_false(find("page"));
    assert_false(find("pagerx"));
    assert_false(find(""));
    assert_false(find("etc/"));
}

static void name_without_end_is_a_name(void **state)
{
    char name[101] = {0};

    (void)state;
    memset(name, 'n', 100);
    add(name, '0', "", 0);
    assert_true(find(name));
    name[99] = '\0';
    assert_false(find(name));
}

static void old_kind_of_file_counts(void **state)
{
    (void)state;
    add("a", '\0', "1", 1);
    add("b", '2', "", 0);
    assert_true(find("a"));
    assert_false(find("b"));
}

static void cut_archives_end_quietly(void **state)
{
    static char data[sizeof archive];
    size_t length;

    (void)state;
    add("first", '0', "12345", 5);
    add("last", '0', "67890", 5);
    for (size_t size = 0; size < used; size++) {
        assert_int_equal(find_in(size, "first", data, &length), size >= 512 + 5);
        /* the data of the last member may end without its padding */
        assert_int_equal(find_in(size, "last", data, &length), size >= 1024 + 512 + 5);
    }
}

static void hostile_sizes_are_refused(void **state)
{
    static const char *const sizes[] = {"77777777777 ",
                                        "777777777777",
                                        "            ",
                                        "-1          ",
                                        "9           ",
                                        "0000000000x ",
                                        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        empty(NULL);
        add("first", '0', "1", 1);
        add("second", '0', "2", 1);
        memcpy(archive + 124, sizes[i], 12);
        assert_false(find("first"));
        assert_false(find("second"));
    }
}

static void size_up_to_the_end_is_taken(void **state)
{
    (void)state;
    add("only", '0', "1", 1);
    snprintf(archive + 124, 12, "%011o", 512u);
    assert_true(find("only"));
    snprintf(archive + 124, 12, "%011o", 513u);
    assert_false(find("only"));
}

static void wrong_magic_ends_the_search(void **state)
{
    (void)state;
    add("first", '0', "1", 1);
    add("second", '0', "2", 1);
    archive[257] = 'U';
    assert_false(find("second"));
}

// ELF: header, three program headers, then data.
struct header {
    unsigned char ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t size, program_header_size, program_header_count, section_size, section_count, names;
};

struct segment {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, memory_size, align;
};

enum { SEGMENTS = 3, FILE_SIZE = 512 };

static struct {
    struct header h;
    struct segment s[SEGMENTS];
    char data[FILE_SIZE - sizeof(struct header) - SEGMENTS * sizeof(struct segment)];
} file;
_Static_assert(sizeof file == FILE_SIZE, "one block");

static int sound(void **state)
{
    static const unsigned char ident[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    (void)state;
    memset(&file, 0, sizeof file);
    memcpy(file.h.ident, ident, sizeof ident);
    file.h.type = 2;
    file.h.machine = 62;
    file.h.entry = 0x400010;
    file.h.program_headers = sizeof(struct header);
    file.h.program_header_size = sizeof(struct segment);
    file.h.program_header_count = SEGMENTS;
    file.s[0] = (struct segment){1, 5, 256, 0x400000, 0, 100, 100, 4096};
    file.s[1] = (struct segment){1, 6, 356, 0x401000, 0, 50, 5000, 4096};
    file.s[2] = (struct segment){7, 4, UINT64_MAX, UINT64_MAX, 0, UINT64_MAX, 1, 1};
    return 0;
}

static const char *read_elf(size_t size, struct elf_program *out)
{
    char *copy = malloc(size ? size : 1);
    const char *wrong;

    memcpy(copy, &file, size);
    wrong = elf_read(copy, size, out);
    for (size_t i = 0; !wrong && i < out->count; i++) {
        const char *data = out->segment[i].data;

        assert_true(data >= copy && out->segment[i].data_size <= (size_t)(copy + size - data));
        assert_true(out->segment[i].data_size <= out->segment[i].memory_size);
        assert_true(out->segment[i].address >= L4_PAGE_SIZE);
        assert_true(out->segment[i].memory_size <= L4_USER_END - out->segment[i].address);
    }
    free(copy);
    return wrong;
}

static const char *wrong_with(void)
{
    struct elf_program p;

    return read_elf(sizeof file, &p);
}

static void sound_file_is_read(void **state)
{
    struct elf_program p;

    (void)state;
    assert_null(read_elf(sizeof file, &p));
    assert_int_equal(p.entry, 0x400010);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.segment[0].rights, L4_READ | L4_EXEC);
    assert_int_equal(p.segment[1].rights, L4_READ | L4_WRITE);
    assert_int_equal(p.segment[1].memory_size, 5000);
    assert_int_equal(p.segment[1].data_size, 50);
}

static void every_cut_is_refused(void **state)
{
    struct elf_program p;

    (void)state;
    for (size_t size = 0; size < 406; size++)
        assert_non_null(read_elf(size, &p));
    assert_null(read_elf(406, &p));
}

static void hostile_headers_are_refused(void **state)
{
    (void)state;
    file.h.program_headers = UINT64_MAX;
    assert_string_equal(wrong_with(), "its program headers lie beyond the file");
    sound(NULL);
    file.h.program_headers = FILE_SIZE - 10;
    assert_non_null(wrong_with());
    sound(NULL);
    file.h.program_header_count = UINT16_MAX;
    assert_non_null(wrong_with());
    sound(NULL);
    file.h.program_header_size = 0;
    assert_non_null(wrong_with());
    sound(NULL);
    file.h.entry = L4_USER_END;
    assert_string_equal(wrong_with(), "its entry lies beyond the user half");
    sound(NULL);
    file.h.machine = 183;
    assert_string_equal(wrong_with(), "not a static x86-64 ELF executable");
}

static void hostile_segments_are_refused(void **state)
{
    static const struct segment wrong[] = {
        {1, 5, UINT64_MAX, 0x400000, 0, 1, 1, 1},
        {1, 5, 256, 0x400000, 0, UINT64_MAX, UINT64_MAX, 1},
        {1, 5, FILE_SIZE, 0x400000, 0, 1, 1, 1},
        {1, 5, 256, 0x400000, 0, 2, 1, 1},
        {1, 5, 256, L4_USER_END, 0, 1, 1, 1},
        {1, 5, 256, L4_USER_END - 1, 0, 1, 2, 1},
        {1, 5, 256, UINT64_MAX, 0, 1, 1, 1},
        {1, 5, 256, 0x400000, 0, 1, UINT64_MAX, 1},
        {1, 5, 256, 0, 0, 1, 1, 1},
        {1, 7, 256, 0x400000, 0, 1, 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        sound(NULL);
        file.s[1] = wrong[i];
        assert_non_null(wrong_with());
    }
}

static void too_many_segments_are_refused(void **state)
{
    enum { MANY = ELF_SEGMENTS_MAX + 1 };
    static char big[sizeof(struct header) + MANY * sizeof(struct segment)];
    struct elf_program p;

    (void)state;
    file.h.program_header_count = MANY;
    memcpy(big, &file.h, sizeof file.h);
    for (size_t i = 0; i < MANY; i++)
        memcpy(big + sizeof(struct header) + i * sizeof(struct segment), &file.s[0], sizeof(struct segment));
    assert_non_null(elf_read(big, sizeof big, &p));
    big[offsetof(struct header, program_header_count)]--;
    assert_null(elf_read(big, sizeof big, &p));
    assert_int_equal(p.count, ELF_SEGMENTS_MAX);
}

// One or two fields of a sound file replaced by extreme values: refused, or all segments lie inside.
static void random_headers_lead_nowhere(void **state)
{
    static const uint64_t values[] = {0, 1, 56, 64, 255, 256, 511, 512, 513, 4096, L4_USER_END, UINT64_MAX};
    uint64_t seed = 3;
    unsigned taken = 0;

    (void)state;
    for (unsigned step = 0; step < 50000; step++) {
        struct elf_program p;

        sound(NULL);
        for (unsigned i = 0; i <= random_next(&seed) % 2; i++) {
            size_t at = random_next(&seed) % 232;

            memcpy((char *)&file + at, &values[random_next(&seed) % 12], random_next(&seed) % 9);
        }
        taken +=
            read_elf(random_next(&seed) % 2 ? sizeof file : random_next(&seed) % sizeof file, &p) == NULL;
    }
    assert_in_range(taken, 100, 49900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(finds_members_by_whole_name, empty),
        cmocka_unit_test_setup(name_without_end_is_a_name, empty),
        cmocka_unit_test_setup(old_kind_of_file_counts, empty),
        cmocka_unit_test_setup(cut_archives_end_quietly, empty),
        cmocka_unit_test_setup(hostile_sizes_are_refused, empty),
        cmocka_unit_test_setup(size_up_to_the_end_is_taken, empty),
        cmocka_unit_test_setup(wrong_magic_ends_the_search, empty),
        cmocka_unit_test_setup(sound_file_is_read, sound),
        cmocka_unit_test_setup(every_cut_is_refused, sound),
        cmocka_unit_test_setup(hostile_headers_are_refused, sound),
        cmocka_unit_test_setup(hostile_segments_are_refused, sound),
        cmocka_unit_test_setup(too_many_segments_are_refused, sound),
        cmocka_unit_test_setup(random_headers_lead_nowhere, sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
