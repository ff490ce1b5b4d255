/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vector state: x87, SSE and AVX by XSAVE, or x87 and SSE by FXSAVE where there is no XSAVE.
 *
 * Owns XCR0, the area size and the image of the initial state. Invariants: CR0.TS is never set; XCR0 holds
 * nothing beyond x87, SSE, AVX; an area is written by fpu_area_init before it is loaded, and only the kernel
 * writes areas, so their headers are valid. XSAVEOPT is not used: its rule that an area may not change behind
 * the processor's back would bind every caller. Callers: thread switch. Lock: none; a thread's area belongs
 * to the CPU that runs it.
 */
#include "kernel/arch/cpu_features.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "kernel/base/types.h"
#include "arch/x86_64/cpu/fpu_layout.h"
#include "arch/x86_64/cpu/x86.h"

#define FCW_INITIAL   0x37f
#define MXCSR_INITIAL 0x1f80

/* The parts of an area that are touched here. */
struct fpu_area {
    uint16_t fcw;
    uint8_t unused0[22];
    uint32_t mxcsr;
    uint32_t mxcsr_mask;
    uint8_t registers[480];
    uint64_t xstate_bv; /* from here on XSAVE areas only */
    uint64_t xcomp_bv;
    uint8_t reserved[48];
};

_Static_assert(offsetof(struct fpu_area, mxcsr) == 24, "FXSAVE layout");
_Static_assert(offsetof(struct fpu_area, xstate_bv) == FXSAVE_SIZE, "XSAVE layout");
_Static_assert(sizeof(struct fpu_area) == 576, "XSAVE layout");

/* What the transfer instructions access, as far as the compiler must know. */
struct fxsave_image {
    uint8_t bytes[FXSAVE_SIZE];
};

struct xsave_image {
    uint8_t bytes[XSAVE_AVX_END];
};

size_t fpu_area_size;
uint32_t fpu_clear_mask;

static uint32_t state_mask;     /* XCR0, 0 without XSAVE */
static bool clears_fp_pointers; /* loads leave FIP and FDP of another thread (older AMD) */
uint8_t fpu_initial[XSAVE_AVX_END] ALIGNED(FPU_AREA_ALIGN);

/* Contract: XCR0 bits the processor has, x87 among them; CR4.OSXSAVE is set. */
static INIT void xsetbv0(uint32_t value)
{
    ASSERT((value & XCR0_X87) && (read_cr4() & CR4_OSXSAVE));
    __asm__ volatile("xsetbv" : : "c"(0), "a"(value), "d"(0));
}

/* Contract: CPU_XGETBV1. Components that are not in their initial configuration. */
static uint32_t xgetbv1(void)
{
    uint32_t low, high;

    ASSERT(cpu_has(CPU_XGETBV1) && (read_cr4() & CR4_OSXSAVE));
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
    return low;
}

static bool state_is_initial(void)
{
    return cpu_has(CPU_XGETBV1) && (xgetbv1() & state_mask) == 0;
}

/*
 * Older AMD processors load FIP, FDP and FOP only when an x87 exception is pending, so the previous thread's
 * addresses would stay visible. A load from the kernel's own memory overwrites them.
 */
static void overwrite_fp_pointers(void)
{
    static const uint32_t zero;

    ASSERT(!cpu_has(CPU_RESTORES_FP_POINTERS));
    /* Contract: changes x87 state only, which the caller loads next. */
    __asm__ volatile("fnclex\n\tffree %%st(7)\n\tfildl %0" : : "m"(zero));
}

INIT void fpu_init_cpu(void)
{
    if (state_mask)
        xsetbv0(state_mask);
    fpu_clear();
}

static INIT struct fpu_layout layout(void)
{
    struct fpu_leaves leaves;

    for (unsigned i = 0; i < FPU_COMPONENTS; i++)
        leaves.sub[i] = cpuid(0xd, i);
    return fpu_decode(&leaves, XCR0_X87 | XCR0_SSE | (cpu_has(CPU_AVX) ? XCR0_AVX : 0));
}

INIT void fpu_init(void)
{
    fpu_area_size = FXSAVE_SIZE;
    if (cpu_has(CPU_XSAVE)) {
        struct fpu_layout l = layout();

        state_mask = l.mask;
        fpu_area_size = l.bytes;
        if (state_mask)
            xsetbv0(state_mask);
        /* With XCR0 set the processor tells the size for exactly these components. */
        if (state_mask && cpuid(0xd, 0).ebx > fpu_area_size)
            PANIC("vector state of %u bytes, not %lu", cpuid(0xd, 0).ebx, (unsigned long)fpu_area_size);
    }
    if (fpu_area_size < FXSAVE_SIZE || fpu_area_size > sizeof(fpu_initial))
        PANIC("vector state of %lu bytes", (unsigned long)fpu_area_size);
    clears_fp_pointers = !cpu_has(CPU_RESTORES_FP_POINTERS);
    fpu_clear_mask = state_mask && clears_fp_pointers ? state_mask | FPU_CLEAR_POINTERS : state_mask;
    fpu_area_init(fpu_initial);
    fpu_init_cpu();
}

void fpu_area_init(void *area)
{
    struct fpu_area *a = area;

    memset(area, 0, fpu_area_size);
    a->fcw = FCW_INITIAL;
    a->mxcsr = MXCSR_INITIAL;
}

void fpu_save(void *area)
{
    struct fpu_area *a = area;

    ASSERT(fpu_area_size != 0 && is_aligned(vaddr_of(area).v, FPU_AREA_ALIGN));
    /* Contract of the three instructions: the area is writable, aligned to 64 (16 for FXSAVE), long enough.
     */
    if (!state_mask) {
        __asm__ volatile("fxsave64 %0" : "=m"(*(struct fxsave_image *)area));
    } else if (state_is_initial()) {
        /* MXCSR is no part of the initial configuration: it may differ although no register is in use. */
        a->xstate_bv = 0;
        __asm__ volatile("stmxcsr %0" : "=m"(a->mxcsr));
    } else {
        __asm__ volatile("xsave64 %0" : "+m"(*(struct xsave_image *)area) : "a"(state_mask), "d"(0));
    }
}

void fpu_load(const void *area)
{
    const struct fpu_area *a = area;

    ASSERT(fpu_area_size != 0 && is_aligned(vaddr_of(area).v, FPU_AREA_ALIGN));
    if (state_mask && a->xstate_bv == 0 && state_is_initial()) {
        __asm__ volatile("ldmxcsr %0" : : "m"(a->mxcsr));
        return;
    }
    if (clears_fp_pointers)
        overwrite_fp_pointers();
    /* Contract: the area was written by fpu_save or fpu_area_init, so MXCSR and header are valid (no #GP). */
    if (state_mask)
        __asm__ volatile("xrstor64 %0" : : "m"(*(const struct xsave_image *)area), "a"(state_mask), "d"(0));
    else
        __asm__ volatile("fxrstor64 %0" : : "m"(*(const struct fxsave_image *)area));
}

void fpu_clear(void)
{
    fpu_load(fpu_initial);
}
