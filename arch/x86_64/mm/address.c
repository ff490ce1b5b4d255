/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CR3. The CPU-local copy says what is loaded, so that the common case reads memory only.
 */
#include "kernel/arch/address.h"

#include "arch/x86_64/cpu/x86.h"
#include "kernel/arch/kmap.h"
#include "kernel/base/cpu_local.h"

void address_space_enter(paddr_t root)
{
    if (cpu_local()->cr3 == root.v)
        return;
    cpu_local()->cr3 = root.v;
    write_cr3(root.v);
}

void address_space_leave(paddr_t root)
{
    if (cpu_local()->cr3 == root.v)
        address_space_enter(phys_of(kmap_root));
}
