/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers NASM shares with C: compiled to assembly text only, from which scripts/mkoffsets makes offsets.inc.
 * Each name is edited in its C header alone.
 */
#include "kernel/arch/kmap.h"
#include "kernel/arch/trap.h"
#include "kernel/base/types.h"

#define SHARE(name, value) __asm__ volatile("->" #name " %0" : : "i"(value))

void offsets(void);

void offsets(void)
{
    /* marks in the assembly text, never executed */
    SHARE(KERNEL_BASE, KERNEL_BASE);
    SHARE(SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_CODE);
    SHARE(SELECTOR_KERNEL_DATA, SELECTOR_KERNEL_DATA);
}
