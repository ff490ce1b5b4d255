/* SPDX-License-Identifier: BSD-2-Clause */
// sources: arch/x86_64/cpu/features_decode.c arch/x86_64/cpu/vulns.c
/*
 * CPUID decoding and the tables of weaknesses, on values recorded from processors and on unknown ones.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "arch/x86_64/cpu/cpuid.h"
#include "arch/x86_64/cpu/vulns.h"

#define V(id) VULN_BIT(VULN_##id)
#define AVX   (1u << CPU_AVX)
#define RTM   (1u << CPU_RTM)
#define RAND  (1u << CPU_RDRAND_OR_RDSEED)

static void put_name(struct cpuid_leaves *l, const char *vendor, const char *brand)
{
    char text[48] = {0};

    memcpy(&l->l0.ebx, vendor, 4);
    memcpy(&l->l0.edx, vendor + 4, 4);
    memcpy(&l->l0.ecx, vendor + 8, 4);
    memcpy(text, brand, strlen(brand));
    memcpy(l->brand, text, sizeof(text));
}

static void identity_of_a_skylake(void **state)
{
    struct cpuid_leaves l = {.l1.eax = 0x000506e3};
    struct cpu_id id;

    (void)state;
    put_name(&l, "GenuineIntel", "Intel(R) Core(TM)   i7-6700 CPU @ 3.40GHz");
    cpuid_decode_id(&l, &id);
    assert_int_equal(id.vendor, CPU_VENDOR_INTEL);
    assert_string_equal(id.vendor_text, "GenuineIntel");
    assert_string_equal(id.model_text, "Intel(R) Core(TM) i7-6700 CPU @ 3.40GHz");
    assert_int_equal(id.family, 6);
    assert_int_equal(id.model, 0x5e);
    assert_int_equal(id.stepping, 3);
}

static void identity_of_a_zen(void **state)
{
    struct cpuid_leaves l = {.l1.eax = 0x00a20f12};
    struct cpu_id id;

    (void)state;
    put_name(&l, "AuthenticAMD", "AMD Ryzen 9 5900X 12-Core Processor            ");
    cpuid_decode_id(&l, &id);
    assert_int_equal(id.vendor, CPU_VENDOR_AMD);
    assert_string_equal(id.model_text, "AMD Ryzen 9 5900X 12-Core Processor");
    assert_int_equal(id.family, 0x19);
    assert_int_equal(id.model, 0x21);
    assert_int_equal(id.stepping, 2);
}

static void hostile_names_stay_one_line(void **state)
{
    struct cpuid_leaves l = {0};
    struct cpu_id id;

    (void)state;
    put_name(&l, "TCG\"\n\033[0mxx", "\"quoted\"\r\nboot: ready");
    cpuid_decode_id(&l, &id);
    assert_int_equal(id.vendor, CPU_VENDOR_OTHER);
    assert_string_equal(id.vendor_text, "TCG [0mxx");
    assert_string_equal(id.model_text, "quoted boot: ready");
    memset(&l, 0xff, sizeof(l));
    cpuid_decode_id(&l, &id);
    assert_string_equal(id.model_text, "");
}

static void a_full_length_name_is_ended(void **state)
{
    struct cpuid_leaves l = {0};
    struct cpu_id id;

    (void)state;
    memset(l.brand, 'x', sizeof(l.brand));
    cpuid_decode_id(&l, &id);
    assert_int_equal(strlen(id.model_text), 48);
}

static void features_need_their_bits(void **state)
{
    struct cpuid_leaves l = {0};
    uint32_t f;

    (void)state;
    assert_int_equal(cpuid_decode_features(&l, CPU_VENDOR_AMD), 1u << CPU_WP);
    l.l1.ecx = 1u << 28; /* AVX counts only with XSAVE */
    l.ld1.eax = 7;
    f = cpuid_decode_features(&l, CPU_VENDOR_AMD);
    assert_false(f & (AVX | 1u << CPU_XGETBV1));
    l.l1.ecx |= 1u << 26 | 1u << 21 | 1u << 24 | 1u << 17;
    l.l7.ebx = 1u << 7 | 1u << 20 | 1;
    l.l7.ecx = 1u << 2;
    l.x1.edx = 1u << 20;
    f = cpuid_decode_features(&l, CPU_VENDOR_AMD);
    assert_int_equal(f & ((1u << CPU_REPORTED_FEATURES) - 1), (1u << CPU_REPORTED_FEATURES) - 1);
    assert_true(f & AVX && f & 1u << CPU_XGETBV1);
    assert_false(f & 1u << CPU_RESTORES_FP_POINTERS);
    l.x8.ebx = 1u << 2;
    assert_true(cpuid_decode_features(&l, CPU_VENDOR_AMD) & 1u << CPU_RESTORES_FP_POINTERS);
    l.x8.ebx = 0;
    assert_true(cpuid_decode_features(&l, CPU_VENDOR_INTEL) & 1u << CPU_RESTORES_FP_POINTERS);
}

static void what_is_missing_is_named(void **state)
{
    struct cpuid_leaves l = {.l1.edx = 0xffffffff, .x1.edx = 0xffffffff};

    (void)state;
    assert_null(cpuid_missing(&l));
    l.x1.edx &= ~(1u << 20);
    assert_string_equal(cpuid_missing(&l), "no-execute pages (NX)");
    l.x1.edx = 0xffffffff;
    l.l1.edx &= ~(1u << 26);
    assert_string_equal(cpuid_missing(&l), "SSE2");
    l.l1.edx = 0xffffffff & ~(1u << 9);
    assert_string_equal(cpuid_missing(&l), "local APIC");
}

static void clocks_by_leaf(void **state)
{
    const struct cpuid_result none = {0};
    struct cpuid_clocks c;

    (void)state;
    c = cpuid_decode_clocks(none, none, none);
    assert_true(c.tsc_hz == 0 && !c.exact);
    c = cpuid_decode_clocks((struct cpuid_result){2, 216, 24000000, 0}, none, none);
    assert_true(c.tsc_hz == 2592000000u && c.exact);
    c = cpuid_decode_clocks((struct cpuid_result){2, 216, 0, 0}, (struct cpuid_result){2600, 0, 0, 0}, none);
    assert_true(c.tsc_hz == 2600000000u && !c.exact);
    c = cpuid_decode_clocks((struct cpuid_result){2, 216, 24000000, 0}, none,
                            (struct cpuid_result){2999998, 0, 0, 0});
    assert_true(c.tsc_hz == 2999998000u && c.exact);
}

static uint64_t vulns_of(enum cpu_vendor vendor, unsigned family, unsigned model, unsigned stepping,
                         uint32_t features, uint64_t caps)
{
    const struct cpu_id id = {.vendor = vendor, .family = family, .model = model, .stepping = stepping};
    const struct cpu_vuln_input in = {.id = &id, .features = features, .arch_caps = caps};

    return cpu_vulns_find(&in);
}

#define INTEL_BROAD \
    (V(MELTDOWN) | V(SPECTRE_V1) | V(SPECTRE_V2) | V(SSB) | V(L1TF) | V(MDS) | V(ITLB_MULTIHIT) | V(BHI))

static void intel_models(void **state)
{
    (void)state;
    /* Haswell with TSX */
    assert_int_equal(vulns_of(CPU_VENDOR_INTEL, 6, 0x3c, 3, AVX | RTM | RAND, 0),
                     INTEL_BROAD | V(TAA) | V(SRBDS));
    /* Haswell without RDRAND, as an emulator may give it */
    assert_int_equal(vulns_of(CPU_VENDOR_INTEL, 6, 0x3c, 3, AVX, 0), INTEL_BROAD);
    /* Skylake client */
    assert_int_equal(vulns_of(CPU_VENDOR_INTEL, 6, 0x5e, 3, AVX | RTM | RAND, 0),
                     INTEL_BROAD | V(TAA) | V(SRBDS) | V(MMIO_STALE) | V(RETBLEED) | V(GDS));
    /* Cascade Lake: stepping 7 of model 55h, denies meltdown, l1tf, mds */
    assert_int_equal(vulns_of(CPU_VENDOR_INTEL, 6, 0x55, 7, AVX | RAND, 1 | 1u << 5),
                     V(SPECTRE_V1) | V(SPECTRE_V2) | V(SSB) | V(ITLB_MULTIHIT) | V(BHI) | V(MMIO_STALE) |
                         V(RETBLEED) | V(GDS) | V(ITS));
    /* Bonnell executes in order */
    assert_int_equal(vulns_of(CPU_VENDOR_INTEL, 6, 0x1c, 2, 0, 0), 0);
    /* Alder Lake */
    assert_true(vulns_of(CPU_VENDOR_INTEL, 6, 0x97, 2, AVX, 0) & V(RFDS));
}

static void intel_denials(void **state)
{
    const uint64_t all =
        1 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 8 | 7u << 13 | 1u << 20 | 1u << 26 | 1u << 27;

    (void)state;
    /* Sapphire Rapids with everything denied keeps the two that nobody can deny. */
    assert_int_equal(vulns_of(CPU_VENDOR_INTEL, 6, 0x8f, 8, AVX | RTM | RAND, all),
                     V(SPECTRE_V1) | V(SPECTRE_V2));
    /* Two of three bits do not deny stale MMIO data. */
    assert_true(vulns_of(CPU_VENDOR_INTEL, 6, 0x7e, 5, AVX, 3u << 13) & V(MMIO_STALE));
    assert_false(vulns_of(CPU_VENDOR_INTEL, 6, 0x7e, 5, AVX, 7u << 13) & V(MMIO_STALE));
    /* RSBA and RFDS_CLEAR assert what no table says. */
    assert_true(vulns_of(CPU_VENDOR_INTEL, 6, 0x8f, 8, AVX, 1u << 2) & V(RETBLEED));
    assert_true(vulns_of(CPU_VENDOR_INTEL, 6, 0x8f, 8, AVX, 1u << 28) & V(RFDS));
    /* Gather sampling needs AVX. */
    assert_false(vulns_of(CPU_VENDOR_INTEL, 6, 0x5e, 3, 0, 0) & V(GDS));
    /* TSX that microcode can switch off counts as there. */
    assert_true(vulns_of(CPU_VENDOR_INTEL, 6, 0x9e, 13, AVX, 1u << 7) & V(TAA));
}

static void amd_models(void **state)
{
    const uint64_t base = V(SPECTRE_V1) | V(SPECTRE_V2) | V(SSB);

    (void)state;
    assert_int_equal(vulns_of(CPU_VENDOR_AMD, 0xf, 5, 1, 0, 0), V(SPECTRE_V1) | V(SPECTRE_V2));
    assert_int_equal(vulns_of(CPU_VENDOR_AMD, 0x17, 1, 2, AVX, 0), base | V(RETBLEED) | V(SRSO) | V(DIV0));
    assert_int_equal(vulns_of(CPU_VENDOR_AMD, 0x17, 0x31, 0, AVX, 0),
                     base | V(RETBLEED) | V(SRSO) | V(ZENBLEED));
    assert_int_equal(vulns_of(CPU_VENDOR_AMD, 0x19, 0x21, 2, AVX, 0), base | V(SRSO) | V(TSA));
    assert_int_equal(vulns_of(CPU_VENDOR_AMD, 0x1a, 0x44, 0, AVX, 0), base);
}

static void amd_denials(void **state)
{
    const struct cpu_id id = {.vendor = CPU_VENDOR_AMD, .family = 0x19, .model = 0x61};
    const struct cpu_vuln_input in = {
        .id = &id, .features = AVX, .x8_ebx = 1u << 26 | 1u << 29, .x21_eax = 1u << 29, .x21_ecx = 6};

    (void)state;
    assert_int_equal(cpu_vulns_find(&in), V(SPECTRE_V1) | V(SPECTRE_V2));
}

static void unknown_processors_have_everything(void **state)
{
    uint64_t v;

    (void)state;
    v = vulns_of(CPU_VENDOR_OTHER, 6, 1, 0, AVX | RAND, 0);
    assert_true((v & INTEL_BROAD) == INTEL_BROAD && v & V(GDS) && v & V(MMIO_STALE));
    v = vulns_of(CPU_VENDOR_INTEL, 6, 0xf0, 0, AVX | RAND, 0);
    assert_true((v & INTEL_BROAD) == INTEL_BROAD && v & V(GDS) && v & V(RFDS) && v & V(ITS));
    v = vulns_of(CPU_VENDOR_INTEL, 0x13, 1, 0, AVX | RAND, 0);
    assert_true((v & INTEL_BROAD) == INTEL_BROAD && v & V(RFDS));
    v = vulns_of(CPU_VENDOR_AMD, 0x1f, 0, 0, AVX, 0);
    assert_true(v & V(SRSO) && v & V(RETBLEED) && v & V(TSA) && !(v & V(MELTDOWN)));
}

static void names_are_distinct(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VULN_COUNT; i++) {
        assert_non_null(cpu_vuln_names[i]);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(cpu_vuln_names[i], cpu_vuln_names[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_of_a_skylake),
        cmocka_unit_test(identity_of_a_zen),
        cmocka_unit_test(hostile_names_stay_one_line),
        cmocka_unit_test(a_full_length_name_is_ended),
        cmocka_unit_test(features_need_their_bits),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(clocks_by_leaf),
        cmocka_unit_test(intel_models),
        cmocka_unit_test(intel_denials),
        cmocka_unit_test(amd_models),
        cmocka_unit_test(amd_denials),
        cmocka_unit_test(unknown_processors_have_everything),
        cmocka_unit_test(names_are_distinct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
