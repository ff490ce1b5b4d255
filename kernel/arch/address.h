/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching between address spaces. Bodies: arch/x86_64/mm.
 */
#ifndef QUIRE_ARCH_ADDRESS_H
#define QUIRE_ARCH_ADDRESS_H

#include "kernel/base/types.h"

/* Loads the top-level table ROOT unless it is loaded. */
void address_space_enter(paddr_t root);

/* If ROOT is loaded, loads the kernel's own table: ROOT is about to be freed. */
void address_space_leave(paddr_t root);

/*
 * Drops all translations of user memory on this CPU and of kernel windows, and loads the kernel's own table:
 * whoever runs next loads its own.
 */
void address_space_flush(void);

/* Drops all translations of this CPU, those of the kernel half as well. */
void tlb_flush_all(void);

#endif
