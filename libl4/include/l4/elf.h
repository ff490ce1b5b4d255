// SPDX-License-Identifier: BSD-2-Clause
// Reader of ELF64 program headers. Pure; the file may be hostile. Accepts static x86-64 executables whose
// segments are sorted, share no page, are never writable and executable, and lie in the bounds given.
#ifndef L4_ELF_H
#define L4_ELF_H

#include <stddef.h>
#include <stdint.h>
#include <l4/base.h>

#define L4_ELF_SEGMENTS 8

struct l4_elf_segment {
    uint64_t address;     // of its first byte
    uint64_t memory_size; // bytes, > 0
    uint64_t offset;      // of its bytes in the file
    uint64_t file_size;   // bytes from the file, the others are 0; <= memory_size
    unsigned access;      // L4_READ | ...
};

struct l4_elf {
    uint64_t entry; // within an executable segment
    unsigned count;
    struct l4_elf_segment segment[L4_ELF_SEGMENTS];
};

// L4_OK; L4_ERR_ARG: no such ELF file; L4_ERR_RANGE: something lies outside file or bounds;
// L4_ERR_RIGHTS: a segment writable and executable; L4_ERR_LIMIT: too many segments.
L4_MUST_CHECK int l4_elf_read(const void *file, size_t size, uint64_t low, uint64_t high, struct l4_elf *out);

#endif
