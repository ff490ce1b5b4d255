/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the boot: takes the init part of the kernel image out of the kernel half. Owns the fact that it
 * is there. Callers: boot_leave, once; panic code asks. Lock: none, one CPU runs, with interrupts off.
 */
#include "arch/x86_64/mm/image.h"
#include "arch/x86_64/mm/kmap_table.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/pte.h"
#include "kernel/base/assert.h"

static bool released;

bool kmap_init_is_mapped(void)
{
    return !released;
}

void kmap_release_init(void)
{
    ASSERT(!released);
    released = true;
    for (uint64_t at = vaddr_of(kernel_init_start).v; at != vaddr_of(kernel_init_end).v; at += PAGE_SIZE) {
        kmap_clear(kmap_root, at);
        tlb_flush_page(at);
    }
}
