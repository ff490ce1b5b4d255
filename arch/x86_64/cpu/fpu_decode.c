/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From CPUID leaf 0Dh to the layout of vector areas: see fpu_layout.h.
 */
#include "arch/x86_64/cpu/fpu_layout.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/base/compiler.h"

#define FIRST_EXTENDED 2
#define AREA_MAX       UINT32_C(0x10000) /* more is no area, but a wrong answer */

static INIT uint32_t end_of(const struct cpuid_result *component)
{
    if (component->eax == 0 || component->eax > AREA_MAX || component->ebx < XSAVE_HEADER_END ||
        component->ebx > AREA_MAX)
        return 0;
    return component->ebx + component->eax;
}

/* Without what makes no sense or lacks what it builds on. */
static INIT uint32_t usable(const struct fpu_leaves *l, uint32_t mask)
{
    for (unsigned i = FIRST_EXTENDED; i < FPU_COMPONENTS; i++)
        if (end_of(&l->sub[i]) == 0)
            mask &= ~(UINT32_C(1) << i);
    if (!(mask & XCR0_AVX) || (mask & XCR0_AVX512) != XCR0_AVX512)
        mask &= ~XCR0_AVX512;
    return mask;
}

INIT struct fpu_layout fpu_decode(const struct fpu_leaves *l, uint32_t wanted)
{
    uint32_t known = (UINT32_C(1) << FPU_COMPONENTS) - 1;
    struct fpu_layout out = {.mask = usable(l, l->sub[0].eax & wanted & known), .bytes = XSAVE_HEADER_END};

    if ((out.mask & (XCR0_X87 | XCR0_SSE)) != (XCR0_X87 | XCR0_SSE))
        return (struct fpu_layout){.mask = 0, .bytes = FXSAVE_SIZE};
    for (unsigned i = FIRST_EXTENDED; i < FPU_COMPONENTS; i++)
        if ((out.mask >> i & 1) && end_of(&l->sub[i]) > out.bytes)
            out.bytes = end_of(&l->sub[i]);
    out.bytes = (out.bytes + FPU_AREA_ALIGN - 1) & ~(uint32_t)(FPU_AREA_ALIGN - 1);
    return out;
}
