/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ustar and ELF64, as much as the first program needs. Sources: POSIX.1-1988 ustar; System V ABI, chapter 4
 * and its AMD64 supplement.
 */
#include "kernel/init/archive.h"

#include <l4/abi/item.h>
#include <l4/abi/layout.h>

#include "kernel/base/compiler.h"
#include "kernel/base/string.h"

#define BLOCK 512

/* Octal field; false on anything but digits up to a blank or 0. */
static INIT bool octal(const char *field, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    size_t i;

    for (i = 0; i < n && field[i] >= '0' && field[i] <= '7'; i++)
        v = v << 3 | (uint64_t)(field[i] - '0');
    *out = v;
    return i > 0 && (i == n || field[i] == ' ' || field[i] == '\0');
}

INIT bool archive_find(const void *archive, size_t size, const char *name, const void **data, size_t *length)
{
    const char *at = archive;

    while (size >= BLOCK && at[0] != '\0') {
        uint64_t bytes;
        uint64_t padded;

        if (memcmp(at + 257, "ustar", 5) != 0 || !octal(at + 124, 12, &bytes) || bytes > size - BLOCK)
            return false;
        if ((at[156] == '0' || at[156] == '\0') && strnlen(at, 100) == strlen(name) &&
            memcmp(at, name, strlen(name)) == 0) {
            *data = at + BLOCK;
            *length = bytes;
            return true;
        }
        padded = (bytes + BLOCK - 1) / BLOCK * BLOCK;
        if (padded > size - BLOCK)
            return false;
        at += BLOCK + padded;
        size -= BLOCK + padded;
    }
    return false;
}

struct elf_header {
    unsigned char ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t header_size, program_header_size, program_header_count;
    uint16_t section_header_size, section_header_count, names;
};
_Static_assert(sizeof(struct elf_header) == 64, "ELF64 header");

struct elf_program_header {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, memory_size, align;
};
_Static_assert(sizeof(struct elf_program_header) == 56, "ELF64 program header");

static INIT const char *segment_read(const char *file, size_t size, const struct elf_program_header *h,
                                     struct elf_segment *out)
{
    if (h->offset > size || h->file_size > size - h->offset || h->file_size > h->memory_size)
        return "a segment lies beyond the file";
    if (h->address >= L4_USER_END || h->memory_size > L4_USER_END - h->address || h->address < L4_PAGE_SIZE)
        return "a segment lies beyond the user half";
    if ((h->flags & 3) == 3)
        return "a segment is writable and executable";
    out->address = h->address;
    out->memory_size = h->memory_size;
    out->data = file + h->offset;
    out->data_size = h->file_size;
    out->rights = L4_READ | (h->flags & 2 ? L4_WRITE : 0) | (h->flags & 1 ? L4_EXEC : 0);
    return NULL;
}

INIT const char *elf_read(const void *file, size_t size, struct elf_program *out)
{
    static INIT_RODATA const unsigned char magic[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    struct elf_header h;

    if (size < sizeof(h))
        return "too short for an ELF header";
    memcpy(&h, file, sizeof(h));
    if (memcmp(h.ident, magic, sizeof(magic)) != 0 || h.type != 2 || h.machine != 62)
        return "not a static x86-64 ELF executable";
    if (h.program_header_size != sizeof(struct elf_program_header) || h.program_headers > size ||
        h.program_header_count > (size - h.program_headers) / sizeof(struct elf_program_header))
        return "its program headers lie beyond the file";
    if (h.entry >= L4_USER_END)
        return "its entry lies beyond the user half";
    out->entry = h.entry;
    out->count = 0;
    for (unsigned i = 0; i < h.program_header_count; i++) {
        struct elf_program_header p;
        const char *wrong;

        memcpy(&p, (const char *)file + h.program_headers + i * sizeof(p), sizeof(p));
        if (p.type != 1 || p.memory_size == 0)
            continue;
        if (out->count == ELF_SEGMENTS_MAX)
            return "it has too many segments";
        wrong = segment_read(file, size, &p, &out->segment[out->count]);
        if (wrong)
            return wrong;
        out->count++;
    }
    return NULL;
}
