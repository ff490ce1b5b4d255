/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own function names, for backtraces. scripts/mksymbols writes the table between two links; the
 * kernel of the first link has an empty one. Read-only, no lock.
 */
#ifndef QUIRE_X86_64_CPU_SYMBOLS_H
#define QUIRE_X86_64_CPU_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/compiler.h"

struct symbol_table {
    uint32_t count;
    const uint32_t *addresses; /* minus KERNEL_BASE, ascending */
    const uint32_t *names;     /* offsets into text */
    const char *text;
};

extern const struct symbol_table kernel_symbols;

/* True when ADDRESS lies in the kernel's text behind something that can be a call. */
bool symbol_is_return(uint64_t address);

/* Name of the function that holds ADDRESS and the distance from its start; NULL outside the kernel's text. */
const char *symbol_find(uint64_t address, uint64_t *offset);

#endif
