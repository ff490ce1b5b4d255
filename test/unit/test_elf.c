// SPDX-License-Identifier: BSD-2-Clause
// sources: libl4/src/elf.c
// ELF reader: a good file, and one wrong thing at a time, up to numbers that would overflow. Files are
// allocated to the byte, so that the sanitizer sees a read beyond.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <l4/elf.h>
#include <l4/abi/item.h>

#define LOW  0x100000u
#define HIGH 0x40000000u

// A file with three segments: text, rodata, data with bss.
static unsigned char *make(size_t *size)
{
    static const struct {
        uint32_t type, flags;
        uint64_t offset, address, physical, file_size, memory_size, alignment;
    } segments[] = {
        {1, 5, 0x100, 0x400000, 0, 0x40, 0x40, 4096},
        {1, 4, 0x140, 0x401000, 0, 0x20, 0x20, 4096},
        {1, 6, 0x160, 0x402010, 0, 0x10, 0x3000, 4096},
        {0x6474e551, 6, 0, 0, 0, 0, 0, 16}, // PT_GNU_STACK
    };
    *size = 0x170;
    unsigned char *file = calloc(1, *size);
    memcpy(file,
           "\x7f"
           "ELF\2\1\1",
           7);
    *(uint16_t *)(file + 16) = 2;
    *(uint16_t *)(file + 18) = 62;
    *(uint64_t *)(file + 24) = 0x400010;
    *(uint64_t *)(file + 32) = 64;
    *(uint16_t *)(file + 54) = 56;
    *(uint16_t *)(file + 56) = 3;
    memcpy(file + 64, segments, 3 * 56);
    return file;
}

static void set(unsigned char *file, size_t offset, unsigned bytes, uint64_t value)
{
    memcpy(file + offset, &value, bytes);
}

static void test_good(void **state)
{
    struct l4_elf elf;
    size_t size;
    unsigned char *file = make(&size);
    (void)state;
    assert_int_equal(l4_elf_read(file, size, LOW, HIGH, &elf), L4_OK);
    assert_int_equal(elf.entry, 0x400010);
    assert_int_equal(elf.count, 3);
    assert_int_equal(elf.segment[0].access, L4_READ | L4_EXEC);
    assert_int_equal(elf.segment[1].access, L4_READ);
    assert_int_equal(elf.segment[2].access, L4_READ | L4_WRITE);
    assert_int_equal(elf.segment[2].address, 0x402010);
    assert_int_equal(elf.segment[2].memory_size, 0x3000);
    assert_int_equal(elf.segment[2].file_size, 0x10);
    assert_int_equal(elf.segment[2].offset, 0x160);
    free(file);
}

enum { HEADER = 0, P0 = 64, P1 = 64 + 56, P2 = 64 + 112 };
enum { TYPE = 0, FLAGS = 4, OFFSET = 8, ADDRESS = 16, FILE_SIZE = 32, MEMORY_SIZE = 40 };

static const struct damage {
    const char *what;
    size_t offset;
    unsigned bytes;
    uint64_t value;
    int expected;
} damages[] = {
    {"magic", 0, 1, 0x7e, L4_ERR_ARG},
    {"32-bit class", 4, 1, 1, L4_ERR_ARG},
    {"big-endian", 5, 1, 2, L4_ERR_ARG},
    {"relocatable", 16, 2, 1, L4_ERR_ARG},
    {"shared object", 16, 2, 3, L4_ERR_ARG},
    {"other machine", 18, 2, 183, L4_ERR_ARG},
    {"size of program headers", 54, 2, 32, L4_ERR_ARG},
    {"no program headers", 56, 2, 0, L4_ERR_RANGE},
    {"too many program headers", 56, 2, 0xffff, L4_ERR_RANGE},
    {"program headers beyond the file", 32, 8, 0x171, L4_ERR_RANGE},
    {"program headers just beyond", 32, 8, 0x170 - 3 * 56 + 1, L4_ERR_RANGE},
    {"program headers at the end of the world", 32, 8, UINT64_MAX - 55, L4_ERR_RANGE},
    {"entry below", 24, 8, 0x3fffff, L4_ERR_RANGE},
    {"entry behind", 24, 8, 0x400040, L4_ERR_RANGE},
    {"entry in data", 24, 8, 0x402010, L4_ERR_RANGE},
    {"entry 0", 24, 8, 0, L4_ERR_RANGE},
    {"dynamic segment", P1 + TYPE, 4, 2, L4_ERR_ARG},
    {"interpreter", P1 + TYPE, 4, 3, L4_ERR_ARG},
    {"writable and executable", P0 + FLAGS, 4, 7, L4_ERR_RIGHTS},
    {"not readable", P1 + FLAGS, 4, 2, L4_ERR_ARG},
    {"unknown flag", P1 + FLAGS, 4, 12, L4_ERR_ARG},
    {"file size above memory size", P0 + FILE_SIZE, 8, 0x41, L4_ERR_RANGE},
    {"bytes beyond the file", P2 + OFFSET, 8, 0x161, L4_ERR_RANGE},
    {"offset beyond the file", P2 + OFFSET, 8, 0x171, L4_ERR_RANGE},
    {"offset that overflows", P2 + OFFSET, 8, UINT64_MAX - 8, L4_ERR_RANGE},
    {"bytes that overflow", P2 + FILE_SIZE, 8, UINT64_MAX, L4_ERR_RANGE},
    {"memory beyond the bound", P2 + MEMORY_SIZE, 8, HIGH - 0x402010 + 1, L4_ERR_RANGE},
    {"memory that overflows", P2 + MEMORY_SIZE, 8, UINT64_MAX, L4_ERR_RANGE},
    {"address below the bound", P0 + ADDRESS, 8, LOW - 1, L4_ERR_RANGE},
    {"address 0", P0 + ADDRESS, 8, 0, L4_ERR_RANGE},
    {"address at the bound", P2 + ADDRESS, 8, HIGH, L4_ERR_RANGE},
    {"kernel address", P2 + ADDRESS, 8, 0xffffffff80000000, L4_ERR_RANGE},
    {"not sorted", P1 + ADDRESS, 8, 0x3ff000, L4_ERR_RANGE},
    {"overlap", P1 + ADDRESS, 8, 0x400020, L4_ERR_RANGE},
    {"page shared with the segment before", P1 + ADDRESS, 8, 0x400800, L4_ERR_RANGE},
    {"no memory, but bytes", P1 + MEMORY_SIZE, 8, 0, L4_ERR_RANGE},
};

static void test_one_thing_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct l4_elf elf;
        size_t size;
        unsigned char *file = make(&size);
        set(file, damages[i].offset, damages[i].bytes, damages[i].value);
        int error = l4_elf_read(file, size, LOW, HIGH, &elf);
        if (error != damages[i].expected)
            fail_msg("%s: expected %d, got %d", damages[i].what, damages[i].expected, error);
        free(file);
    }
}

static void test_bounds_are_exact(void **state)
{
    struct l4_elf elf;
    size_t size;
    unsigned char *file = make(&size);
    (void)state;
    set(file, P2 + MEMORY_SIZE, 8, HIGH - 0x402010);
    assert_int_equal(l4_elf_read(file, size, LOW, HIGH, &elf), L4_OK);
    assert_int_equal(l4_elf_read(file, size, 0x400000, HIGH, &elf), L4_OK);
    assert_int_equal(l4_elf_read(file, size, 0x400001, HIGH, &elf), L4_ERR_RANGE);
    assert_int_equal(l4_elf_read(file, size, LOW, HIGH - 1, &elf), L4_ERR_RANGE);
    free(file);
}

static void test_too_many_segments(void **state)
{
    enum { COUNT = L4_ELF_SEGMENTS + 1, SIZE = 64 + COUNT * 56 };
    struct l4_elf elf;
    size_t size;
    unsigned char *good = make(&size);
    unsigned char *file = calloc(1, SIZE);
    (void)state;
    memcpy(file, good, 64);
    for (unsigned i = 0; i < COUNT; i++) {
        memcpy(file + 64 + i * 56, good + 64, 56);
        set(file, 64 + i * 56 + ADDRESS, 8, 0x400000 + i * 4096u);
    }
    set(file, 56, 2, COUNT - 1);
    assert_int_equal(l4_elf_read(file, SIZE, LOW, HIGH, &elf), L4_OK);
    set(file, 56, 2, COUNT);
    assert_int_equal(l4_elf_read(file, SIZE, LOW, HIGH, &elf), L4_ERR_LIMIT);
    free(file);
    free(good);
}

static void test_every_truncation(void **state)
{
    size_t size;
    unsigned char *file = make(&size);
    (void)state;
    for (size_t length = 0; length < size; length++) {
        struct l4_elf elf;
        unsigned char *exact = malloc(length ? length : 1);
        memcpy(exact, file, length);
        assert_int_not_equal(l4_elf_read(exact, length, LOW, HIGH, &elf), L4_OK);
        free(exact);
    }
    free(file);
}

// Whatever is accepted lies within file and bounds, sorted, W^X.
static void test_random_numbers(void **state)
{
    uint64_t seed = 5;
    unsigned accepted = 0;
    (void)state;
    for (unsigned round = 0; round < 50000; round++) {
        struct l4_elf elf;
        size_t size;
        unsigned char *file = make(&size);
        for (unsigned i = 0; i < 3; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            file[16 + (seed >> 33) % (64 + 3 * 56 - 16)] ^= (unsigned char)(1u << (seed >> 60) % 8);
        }
        if (!l4_elf_read(file, size, LOW, HIGH, &elf)) {
            uint64_t low = LOW;
            accepted++;
            for (unsigned i = 0; i < elf.count; i++) {
                const struct l4_elf_segment *s = &elf.segment[i];
                assert_true(s->address >= low && s->address < HIGH);
                assert_true(s->memory_size > 0 && s->memory_size <= HIGH - s->address);
                assert_true(s->file_size <= s->memory_size);
                assert_true(s->offset <= size && s->file_size <= size - s->offset);
                assert_int_not_equal(s->access & (L4_WRITE | L4_EXEC), L4_WRITE | L4_EXEC);
                low = (s->address + s->memory_size + 4095) & ~4095ull;
            }
        }
        free(file);
    }
    assert_true(accepted > 100); // the rounds reach behind the first checks
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_one_thing_wrong),
        cmocka_unit_test(test_bounds_are_exact),
        cmocka_unit_test(test_too_many_segments),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_random_numbers),
    };
    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
