/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CR3. The CPU-local copy says what is loaded, so that the common case reads memory only.
 */
#include "kernel/arch/address.h"

#include "arch/x86_64/cpu/x86.h"
#include "kernel/arch/smp.h"
#include "kernel/base/assert.h"
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
        address_space_enter(paddr(cpu_local()->kernel_cr3));
}

void address_space_flush(void)
{
    /* user pages and the windows of capability tables are not global: SDM vol. 3, 4.10.4.1 */
    cpu_local()->cr3 = cpu_local()->kernel_cr3;
    write_cr3(cpu_local()->kernel_cr3);
}

void tlb_flush_all(void)
{
    uint64_t cr4 = read_cr4();

    /* a change of CR4.PGE drops everything, global or not (SDM vol. 3, 4.10.4.1) */
    ASSERT((cr4 & CR4_PGE) != 0);
    write_cr4(cr4 & ~CR4_PGE);
    write_cr4(cr4);
}
