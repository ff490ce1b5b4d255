/* SPDX-License-Identifier: BSD-2-Clause */
// sources: arch/x86_64/cpu/fpu_decode.c
/*
 * Areas of the vector state, from 512 bytes (FXSAVE) to 2,696 (AVX-512 and PKRU), on the answers of CPUID
 * leaf 0Dh of several processors and on wrong ones.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "arch/x86_64/cpu/fpu_layout.h"
#include "kernel/arch/cpu_features.h"

#define BASE     (XCR0_X87 | XCR0_SSE)
#define KERNEL   (BASE | XCR0_AVX) /* what the kernel asks for */
#define ALL      UINT32_C(0xffffffff)
#define MPX      UINT32_C(0x18)
#define XSAVEC   UINT32_C(2)
#define COMPACT  UINT32_C(0x1000) /* sizes of the compact form, where they must not be taken from */
#define SKYLAKE  (KERNEL | MPX | XCR0_AVX512 | XCR0_PKRU)
#define FULL_END 2696

/* The components as Intel places them; AMD's Zen 4 has no MPX and packs AVX-512 behind AVX. */
static const struct cpuid_result intel[FPU_COMPONENTS] = {
    [2] = {.eax = 256, .ebx = 576}, [3] = {.eax = 64, .ebx = 960},   [4] = {.eax = 64, .ebx = 1024},
    [5] = {.eax = 64, .ebx = 1088}, [6] = {.eax = 512, .ebx = 1152}, [7] = {.eax = 1024, .ebx = 1664},
    [9] = {.eax = 8, .ebx = 2688},
};
static const struct cpuid_result zen4[FPU_COMPONENTS] = {
    [2] = {.eax = 256, .ebx = 576},   [5] = {.eax = 64, .ebx = 832}, [6] = {.eax = 512, .ebx = 896},
    [7] = {.eax = 1024, .ebx = 1408}, [9] = {.eax = 8, .ebx = 2432},
};

/* A processor with COMPONENTS, placed as in PLACES; with the compact form too, if it is to be. */
static struct fpu_leaves processor(const struct cpuid_result *places, uint32_t components, int compact)
{
    struct fpu_leaves l = {.sub = {{.eax = components, .ebx = 576, .ecx = FULL_END}}};

    if (compact)
        l.sub[1] = (struct cpuid_result){.eax = XSAVEC | 0xd, .ebx = COMPACT};
    for (unsigned i = 2; i < FPU_COMPONENTS; i++) {
        if (components >> i & 1)
            l.sub[i] = places[i];
        if (compact && (components >> i & 1))
            l.sub[i].ecx = 2; /* aligned to 64 there */
    }
    return l;
}

static void check(const struct fpu_leaves *l, uint32_t wanted, uint32_t mask, uint32_t bytes)
{
    struct fpu_layout got = fpu_decode(l, wanted);

    assert_int_equal(got.mask, mask);
    assert_int_equal(got.bytes, bytes);
    assert_int_equal(got.bytes % FPU_AREA_ALIGN, 0);
}

static void without_xsave_512_bytes(void **state)
{
    struct fpu_leaves none = {0}, x87 = processor(intel, XCR0_X87, 0);

    (void)state;
    check(&none, KERNEL, 0, 512);
    check(&none, ALL, 0, 512);
    check(&x87, KERNEL, 0, 512);
}

static void x87_and_sse_576_bytes(void **state)
{
    struct fpu_leaves nehalem = processor(intel, BASE, 0), haswell = processor(intel, KERNEL, 0);

    (void)state;
    check(&nehalem, KERNEL, BASE, 576);
    check(&haswell, BASE, BASE, 576);
}

static void avx_832_bytes(void **state)
{
    (void)state;
    for (int compact = 0; compact < 2; compact++) {
        struct fpu_leaves haswell = processor(intel, KERNEL, compact);

        check(&haswell, KERNEL, KERNEL, 832);
        assert_int_equal(XSAVE_AVX_END, 832);
    }
}

/* What the kernel does not ask for costs nothing, whatever the processor has. */
static void more_than_is_wanted_is_left_out(void **state)
{
    (void)state;
    for (int compact = 0; compact < 2; compact++) {
        struct fpu_leaves skylake = processor(intel, SKYLAKE, compact);
        struct fpu_leaves zen = processor(zen4, SKYLAKE & ~MPX, compact);

        check(&skylake, KERNEL, KERNEL, 832);
        check(&zen, KERNEL, KERNEL, 832);
    }
}

static void avx512_and_pkru_2696_bytes(void **state)
{
    (void)state;
    for (int compact = 0; compact < 2; compact++) {
        struct fpu_leaves skylake = processor(intel, SKYLAKE, compact);
        struct fpu_leaves zen = processor(zen4, SKYLAKE & ~MPX, compact);

        assert_int_equal(skylake.sub[9].ebx + skylake.sub[9].eax, FULL_END);
        check(&skylake, KERNEL | XCR0_AVX512, KERNEL | XCR0_AVX512, 2688);
        check(&skylake, ALL, SKYLAKE, (FULL_END + 63) / 64 * 64);
        check(&zen, KERNEL | XCR0_AVX512, KERNEL | XCR0_AVX512, 2432);
        check(&zen, ALL, SKYLAKE & ~MPX, 2496);
    }
}

static void avx512_needs_all_its_parts(void **state)
{
    struct fpu_leaves l = processor(intel, SKYLAKE, 0);

    (void)state;
    check(&l, BASE | XCR0_AVX512, BASE, 576);
    check(&l, KERNEL | 0xc0, KERNEL, 832);
    l = processor(intel, SKYLAKE & ~UINT32_C(0x80), 0);
    check(&l, KERNEL | XCR0_AVX512, KERNEL, 832);
}

/* Every set of components: an area holds the last of them, and not a line more. */
static void every_set_of_components_fits(void **state)
{
    struct fpu_leaves l = processor(intel, SKYLAKE, 0);

    (void)state;
    for (uint32_t wanted = 0; wanted < UINT32_C(1) << FPU_COMPONENTS; wanted++) {
        struct fpu_layout got = fpu_decode(&l, wanted);
        uint32_t end = got.mask ? 576 : 512;

        assert_int_equal(got.mask & ~wanted, 0);
        for (unsigned i = 2; i < FPU_COMPONENTS; i++)
            if ((got.mask >> i & 1) && intel[i].eax + intel[i].ebx > end)
                end = intel[i].eax + intel[i].ebx;
        assert_in_range(got.bytes, end, end + 63);
        assert_int_equal(got.bytes % 64, 0);
    }
}

static void places_that_make_no_sense_are_left_out(void **state)
{
    static const struct cpuid_result bad[] = {
        {.eax = 0, .ebx = 576},
        {.eax = 256, .ebx = 0},
        {.eax = 256, .ebx = 512},
        {.eax = 256, .ebx = 575},
        {.eax = 0xffffffff, .ebx = 576},
        {.eax = 256, .ebx = 0xffffff00},
        {.eax = 0x80000000, .ebx = 0x80000240},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fpu_leaves l = processor(intel, SKYLAKE, 0);

        l.sub[2] = bad[i];
        check(&l, KERNEL, BASE, 576);
        check(&l, KERNEL | XCR0_AVX512, BASE, 576);
    }
}

/* Bits beyond those that are known, such as AMX, are never switched on. */
static void unknown_components_are_left_out(void **state)
{
    struct fpu_leaves l = processor(intel, KERNEL, 0);

    (void)state;
    l.sub[0].eax = ALL;
    check(&l, ALL, KERNEL, 832);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_xsave_512_bytes),
        cmocka_unit_test(x87_and_sse_576_bytes),
        cmocka_unit_test(avx_832_bytes),
        cmocka_unit_test(more_than_is_wanted_is_left_out),
        cmocka_unit_test(avx512_and_pkru_2696_bytes),
        cmocka_unit_test(avx512_needs_all_its_parts),
        cmocka_unit_test(every_set_of_components_fits),
        cmocka_unit_test(places_that_make_no_sense_are_left_out),
        cmocka_unit_test(unknown_components_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
