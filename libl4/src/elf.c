// SPDX-License-Identifier: BSD-2-Clause
// Reader of ELF64 headers and program headers (System V gABI, x86-64 psABI). Pure. Every number of the file
// is checked before it is used; sums are formed only after what could overflow was compared.
#include <l4/elf.h>
#include <l4/string.h>
#include <l4/abi/item.h>

struct file_header {
    unsigned char ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t size, program_header_size, program_header_count, section_header_size, section_header_count,
        section_names;
};
_Static_assert(sizeof(struct file_header) == 64, "ELF header");

struct program_header {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, memory_size, alignment;
};
_Static_assert(sizeof(struct program_header) == 56, "ELF program header");

enum {
    TYPE_EXECUTABLE = 2,
    MACHINE_X86_64 = 62,
    SEGMENT_LOAD = 1,
    SEGMENT_DYNAMIC = 2,
    SEGMENT_INTERPRETER = 3
};
enum { FLAG_X = 1, FLAG_W = 2, FLAG_R = 4 };

static int check_header(const struct file_header *header, size_t size)
{
    static const unsigned char ident[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1}; // 64 bits, little-endian, version 1
    if (memcmp(header->ident, ident, sizeof(ident)) || header->type != TYPE_EXECUTABLE ||
        header->machine != MACHINE_X86_64 || header->program_header_size != sizeof(struct program_header))
        return L4_ERR_ARG;
    if (header->program_headers > size || header->program_header_count == 0 ||
        header->program_header_count > (size - header->program_headers) / sizeof(struct program_header))
        return L4_ERR_RANGE;
    return L4_OK;
}

static unsigned access_of(uint32_t flags)
{
    return (flags & FLAG_R ? L4_READ : 0u) | (flags & FLAG_W ? L4_WRITE : 0u) |
           (flags & FLAG_X ? L4_EXEC : 0u);
}

static int add_segment(const struct program_header *header, size_t size, uint64_t low, uint64_t high,
                       struct l4_elf *out)
{
    if (header->memory_size == 0)
        return header->file_size ? L4_ERR_RANGE : L4_OK;
    if (header->file_size > header->memory_size || header->offset > size ||
        header->file_size > size - header->offset)
        return L4_ERR_RANGE;
    if (out->count) { // sorted, no page in common with the segment before
        const struct l4_elf_segment *before = &out->segment[out->count - 1];
        low = l4_page_up(before->address + before->memory_size);
    }
    if (header->address < low || header->address >= high || header->memory_size > high - header->address)
        return L4_ERR_RANGE;
    if (!(header->flags & FLAG_R) || (header->flags & ~7u))
        return L4_ERR_ARG;
    if ((header->flags & FLAG_W) && (header->flags & FLAG_X))
        return L4_ERR_RIGHTS;
    if (out->count == L4_ELF_SEGMENTS)
        return L4_ERR_LIMIT;
    out->segment[out->count++] = (struct l4_elf_segment){
        .address = header->address,
        .memory_size = header->memory_size,
        .offset = header->offset,
        .file_size = header->file_size,
        .access = access_of(header->flags),
    };
    return L4_OK;
}

static bool entry_is_text(const struct l4_elf *elf)
{
    for (unsigned i = 0; i < elf->count; i++) {
        const struct l4_elf_segment *segment = &elf->segment[i];
        if ((segment->access & L4_EXEC) && elf->entry >= segment->address &&
            elf->entry - segment->address < segment->memory_size)
            return true;
    }
    return false;
}

// low and high are page-aligned and below 2^47, so page_up of an accepted end does not overflow.
int l4_elf_read(const void *file, size_t size, uint64_t low, uint64_t high, struct l4_elf *out)
{
    struct file_header header;
    if (size < sizeof(header))
        return L4_ERR_ARG;
    memcpy(&header, file, sizeof(header));
    int error = check_header(&header, size);
    if (error)
        return error;
    out->entry = header.entry;
    out->count = 0;
    for (unsigned i = 0; i < header.program_header_count; i++) {
        struct program_header segment;
        memcpy(&segment, (const char *)file + header.program_headers + i * sizeof(segment), sizeof(segment));
        if (segment.type == SEGMENT_DYNAMIC || segment.type == SEGMENT_INTERPRETER)
            return L4_ERR_ARG;
        if (segment.type != SEGMENT_LOAD)
            continue;
        error = add_segment(&segment, size, low, high, out);
        if (error)
            return error;
    }
    return entry_is_text(out) ? L4_OK : L4_ERR_RANGE;
}
