// SPDX-License-Identifier: BSD-2-Clause
// What the kernel counts, without what this program's own pages and activations make of it.
#ifndef BOOKS_H
#define BOOKS_H

#include <stdint.h>

struct books {
    uint64_t objects[5]; // spaces, threads, gates, events, capabilities of the system
    uint64_t quota;      // kernel memory of this program
    uint64_t foreign[3]; // UTCB pages, stack pages, activations that are not this program's
    uint64_t free;       // pages of the kernel's pool
};

struct books books_count(void);
void books_compare(const struct books *before, const struct books *after);

#endif
