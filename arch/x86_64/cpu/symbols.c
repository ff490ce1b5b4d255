/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks names up in the symbol table; see symbols.h. Callers: panic.
 */
#include "arch/x86_64/cpu/symbols.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/x86_64/mm/image.h"
#include "kernel/base/types.h"

#define CALL_MAX 7 /* bytes of a call */

static bool lies_in(uint64_t address, const char *start, const char *end)
{
    return address >= vaddr_of(start).v && address < vaddr_of(end).v;
}

/* CALL rel32 is e8 and 4 bytes; the indirect ones are ff and a ModRM byte with 2 in its middle (SDM vol. 2,
 * CALL). */
bool symbol_is_return(uint64_t address)
{
    const uint8_t *code = (const uint8_t *)(uintptr_t)address;

    bool init = lies_in(address, kernel_init_start + CALL_MAX, kernel_init_text_end);

    if (init && !kmap_init_is_mapped())
        return true; /* it cannot be looked at any more */
    if (!init && !lies_in(address, kernel_text_start + CALL_MAX, kernel_text_end))
        return false;
    if (code[-5] == 0xe8)
        return true;
    for (unsigned i = 2; i <= CALL_MAX; i++)
        if (code[-(int)i] == 0xff && (code[1 - (int)i] & 0x38) == 0x10)
            return true;
    return false;
}

/* Init functions keep their names after they are gone: a backtrace may still lead through where they were. */
const char *symbol_find(uint64_t address, uint64_t *offset)
{
    uint64_t low = 0;
    uint64_t high = kernel_symbols.count;

    if (!lies_in(address, kernel_init_start, kernel_init_text_end) &&
        !lies_in(address, kernel_text_start, kernel_text_end))
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
