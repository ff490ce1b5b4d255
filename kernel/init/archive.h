/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the boot archive (ustar, POSIX.1-1988) and the first program's ELF file in it. Pure: both trust no
 * length. Everything else in the archive is the pager's business.
 */
#ifndef QUIRE_INIT_ARCHIVE_H
#define QUIRE_INIT_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The regular file NAME in the archive; false when it is not there or the archive is damaged before it. */
bool archive_find(const void *archive, size_t size, const char *name, const void **data, size_t *length);

struct elf_segment {
    uint64_t address;
    uint64_t memory_size;
    const void *data;
    uint64_t data_size; /* at most memory_size */
    unsigned rights;    /* enum l4_access */
};

#define ELF_SEGMENTS_MAX 8

struct elf_program {
    uint64_t entry;
    size_t count;
    struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/* A static ELF64 executable for x86-64 with its segments in the user half; NULL, or what is wrong with it. */
const char *elf_read(const void *file, size_t size, struct elf_program *out);

#endif
