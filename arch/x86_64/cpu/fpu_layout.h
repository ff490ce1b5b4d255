/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of the vector state are switched on, and how many bytes a thread's area for them has. Pure, so
 * that host tests run it on answers of CPUID of any processor. Callers: fpu.c, tests. Lock: none.
 */
#ifndef QUIRE_X86_FPU_LAYOUT_H
#define QUIRE_X86_FPU_LAYOUT_H

#include <stdint.h>
#include "arch/x86_64/cpu/x86.h"

/* Bits of XCR0. SDM vol. 1, 13.1. */
#define XCR0_X87    UINT32_C(1)
#define XCR0_SSE    UINT32_C(2)
#define XCR0_AVX    UINT32_C(4)
#define XCR0_AVX512 UINT32_C(0xe0) /* opmask, upper halves, registers 16 to 31: all or none */
#define XCR0_PKRU   UINT32_C(0x200)

#define FXSAVE_SIZE      512
#define XSAVE_HEADER_END 576
#define XSAVE_AVX_END    832 /* legacy region 512, header 64, AVX 256 */

#define FPU_COMPONENTS 10 /* bit numbers that are known here */

/* CPUID leaf 0Dh. Entry n >= 2 is component n: eax bytes, ebx offset in the standard form. */
struct fpu_leaves {
    struct cpuid_result sub[FPU_COMPONENTS];
};

struct fpu_layout {
    uint32_t mask;  /* for XCR0; 0: x87 and SSE by FXSAVE */
    uint32_t bytes; /* of an area, a multiple of FPU_AREA_ALIGN */
};

/*
 * Of the components WANTED those the processor has, in the standard form (XSAVE, also where it knows the
 * compact one). A component whose place makes no sense is left out, and so is what needs it.
 */
struct fpu_layout fpu_decode(const struct fpu_leaves *l, uint32_t wanted);

#endif
