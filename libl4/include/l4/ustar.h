// SPDX-License-Identifier: BSD-2-Clause
// Reader of ustar archives in memory. Pure; the archive may be hostile: nothing outside [base, base + size)
// is read, and the walk ends.
#ifndef L4_USTAR_H
#define L4_USTAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define L4_USTAR_BLOCK    512
#define L4_USTAR_NAME_MAX 256 // 155 + '/' + 100

struct l4_ustar_entry {
    char name[L4_USTAR_NAME_MAX + 1]; // without leading "./" or '/'
    const unsigned char *data;
    size_t size;
    uint32_t mode;
    char type; // '0' file, '5' folder, others as they stand
};

// Start with *position = 0. True: *entry is the next member and *position moved on. False: end, or damage.
bool l4_ustar_next(const void *base, size_t size, size_t *position, struct l4_ustar_entry *entry);
// The plain file with this name.
bool l4_ustar_find(const void *base, size_t size, const char *name, struct l4_ustar_entry *entry);

#endif
