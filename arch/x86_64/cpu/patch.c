/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fits the text of the kernel to the processor, once at boot. CLAC is an invalid opcode where there is no
 * SMAP (known to fault on Haswell), so entry code must not contain it there.
 */
#include "arch/x86_64/cpu/patch.h"

#include <stdint.h>

#include "arch/x86_64/cpu/x86.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"

#define CPUID7_EBX_SMAP (UINT32_C(1) << 20)

extern uint8_t *const kernel_patch_start[];
extern uint8_t *const kernel_patch_end[];

static INIT_RODATA const uint8_t clac[3] = {0x0f, 0x01, 0xca};
static INIT_RODATA const uint8_t nothing[3] = {0x0f, 0x1f, 0x00};

static INIT int has_smap(void)
{
    return cpuid(0, 0).eax >= 7 && (cpuid(7, 0).ebx & CPUID7_EBX_SMAP) != 0;
}

INIT void patch_apply(void)
{
    if (!has_smap())
        return;
    for (uint8_t *const *site = kernel_patch_start; site != kernel_patch_end; site++) {
        ASSERT(memcmp(*site, nothing, sizeof nothing) == 0);
        memcpy(*site, clac, sizeof clac);
    }
    /* CPUID serialises: no processor runs what it fetched before the change */
    (void)cpuid(0, 0);
}
