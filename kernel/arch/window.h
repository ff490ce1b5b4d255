/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows: kernel addresses that get memory page by page while the system runs. Bodies: arch/x86_64/mm.
 */
#ifndef QUIRE_ARCH_WINDOW_H
#define QUIRE_ARCH_WINDOW_H

#include <stdbool.h>

#include "kernel/base/types.h"

/* Prepares the 512 GiB around AT, so that their top-level entry exists before it is copied. At boot. */
void window_prepare(vaddr_t at);

/*
 * The page table for the 2 MiB at AT, every entry mapping FILL read-only (0: nothing). Once for each; the
 * tables above stay for ever and are the pool's cost. False when the pool is empty.
 */
bool window_open(vaddr_t at, paddr_t table, paddr_t fill) MUST_CHECK;

/* Takes the page table at AT out and returns it. */
paddr_t window_close(vaddr_t at);

/* Maps PAGE writable at AT, in an opened window, instead of what was there. */
void window_map(vaddr_t at, paddr_t page);

/* The page at AT, 0 when none. */
paddr_t window_page(vaddr_t at);

#endif
