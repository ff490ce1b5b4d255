/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks names up in the symbol table; see symbols.h. Callers: panic.
 */
#include "arch/x86_64/cpu/symbols.h"

#include <stddef.h>

#include "arch/x86_64/mm/image.h"
#include "kernel/base/types.h"

/* What the first link has; the generated table takes its place in the second. */
const struct symbol_table kernel_symbols WEAK = {0, NULL, NULL, NULL};

const char *symbol_find(uint64_t address, uint64_t *offset)
{
    uint64_t low = 0;
    uint64_t high = kernel_symbols.count;

    if (address < vaddr_of(kernel_text_start).v || address >= vaddr_of(kernel_text_end).v)
        return NULL;
    /* the last symbol at or below address is in [low, high) */
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        if (KERNEL_BASE + kernel_symbols.addresses[middle] <= address)
            low = middle;
        else
            high = middle;
    }
    if (high == low || KERNEL_BASE + kernel_symbols.addresses[low] > address)
        return NULL;
    *offset = address - (KERNEL_BASE + kernel_symbols.addresses[low]);
    return kernel_symbols.text + kernel_symbols.names[low];
}
