/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the processor's features, refuses processors that lack something needed, and gives every processor
 * the same control register settings. Owns cpu_features. Invariant: no bit of CR0, CR4 and PAT is inherited
 * from the loader, CR4.PCIDE excepted. Callers: kernel/init (boot processor), SMP start. Lock: none.
 */
#include "kernel/arch/cpu_features.h"
#include "kernel/arch/cpu.h"
#include "arch/x86_64/cpu/cpuid.h"
#include "arch/x86_64/cpu/vulns.h"
#include "arch/x86_64/cpu/x86.h"
#include "arch/x86_64/mm/pte.h"
#include "kernel/base/compiler.h"

#define MSR_MICROCODE         UINT32_C(0x8b)
#define MSR_ARCH_CAPABILITIES UINT32_C(0x10a)
#define MSR_SYSENTER_CS       UINT32_C(0x174)
#define MSR_DE_CFG            UINT32_C(0xc0011029)

#define DE_CFG_ZEN2_FP_BACKUP_FIX (UINT64_C(1) << 9)

#define CR0_PE   (UINT64_C(1) << 0)
#define CR0_ET   (UINT64_C(1) << 4)
#define CR4_LA57 (UINT64_C(1) << 12)

struct cpu_features cpu_features;

static INIT_DATA struct cpuid_leaves leaves;

static INIT struct cpuid_result leaf_up_to(uint32_t max, uint32_t leaf, uint32_t subleaf)
{
    return leaf <= max ? cpuid(leaf, subleaf) : (struct cpuid_result){0};
}

INIT void cpuid_read(struct cpuid_leaves *out)
{
    uint32_t max, xmax;

    out->l0 = cpuid(0, 0);
    out->x0 = cpuid(0x80000000, 0);
    max = out->l0.eax;
    xmax = out->x0.eax >= 0x80000000 ? out->x0.eax : 0;
    out->l1 = leaf_up_to(max, 1, 0);
    out->l6 = leaf_up_to(max, 6, 0);
    out->l7 = leaf_up_to(max, 7, 0);
    out->ld1 = leaf_up_to(max, 0xd, 1);
    out->x1 = leaf_up_to(xmax, 0x80000001, 0);
    for (uint32_t i = 0; i < 3; i++)
        out->brand[i] = xmax >= 0x80000004 ? cpuid(0x80000002 + i, 0) : (struct cpuid_result){0};
    out->x7 = leaf_up_to(xmax, 0x80000007, 0);
    out->x8 = leaf_up_to(xmax, 0x80000008, 0);
    out->x21 = leaf_up_to(xmax, 0x80000021, 0);
}

/* Both vendors use one register; Intel's is filled by a CPUID after it was cleared. */
static INIT uint32_t read_microcode(enum cpu_vendor vendor)
{
    if (vendor == CPU_VENDOR_AMD || vendor == CPU_VENDOR_HYGON)
        return (uint32_t)rdmsr(MSR_MICROCODE);
    if (vendor != CPU_VENDOR_INTEL)
        return 0;
    wrmsr(MSR_MICROCODE, 0);
    (void)cpuid(1, 0);
    return (uint32_t)(rdmsr(MSR_MICROCODE) >> 32);
}

static INIT void find_vulns(void)
{
    const struct cpu_vuln_input in = {
        .id = &cpu_features.id,
        .features = cpu_features.detected,
        .arch_caps = cpu_has(CPU_ARCH_CAPABILITIES) ? rdmsr(MSR_ARCH_CAPABILITIES) : 0,
        .x8_ebx = leaves.x8.ebx,
        .x21_eax = leaves.x21.eax,
        .x21_ecx = leaves.x21.ecx,
    };

    cpu_features.vulns = cpu_vulns_find(&in);
}

static INIT uint64_t cr4_wanted(void)
{
    uint64_t v = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    v |= cpu_has(CPU_MCE) ? CR4_MCE : 0;
    v |= cpu_has(CPU_SMEP) ? CR4_SMEP : 0;
    v |= cpu_has(CPU_SMAP) ? CR4_SMAP : 0;
    v |= cpu_has(CPU_UMIP) ? CR4_UMIP : 0;
    v |= cpu_has(CPU_FSGSBASE) ? CR4_FSGSBASE : 0;
    v |= cpu_has(CPU_XSAVE) ? CR4_OSXSAVE : 0;
    return v;
}

/*
 * Zenbleed hands vector registers of one program to another without any speculation, so it is closed without
 * being asked (AMD-SB-7008: bit 9 of DE_CFG, or newer microcode). Under a hypervisor the register is not
 * ours.
 */
static INIT bool zenbleed_bit_usable(void)
{
    return (cpu_features.vulns & VULN_BIT(VULN_ZENBLEED)) && cpu_features.id.vendor == CPU_VENDOR_AMD &&
           cpu_features.id.family == 0x17 && !cpu_has(CPU_HYPERVISOR);
}

INIT bool cpu_vuln_is_mitigated(enum cpu_vuln v)
{
    return v == VULN_ZENBLEED && zenbleed_bit_usable() && (rdmsr(MSR_DE_CFG) & DE_CFG_ZEN2_FP_BACKUP_FIX);
}

/*
 * Writing the PAT needs care only where mappings of changed entries are in use; entries 4-7 are selected by
 * nothing yet, and 0-3 keep the values that firmware and loader run with.
 */
INIT void cpu_features_apply(void)
{
    uint64_t cr4 = read_cr4();

    if (cr4 & CR4_LA57)
        machine_refused("a loader that leaves 5-level paging off");
    write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
    write_cr4(cr4_wanted() | (cr4 & CR4_PCIDE));
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
    wrmsr(MSR_PAT, PAT_VALUE);
    /* SYSENTER with a null code selector is #GP on Intel; AMD has none in 64-bit mode. */
    wrmsr(MSR_SYSENTER_CS, 0);
    if (zenbleed_bit_usable())
        wrmsr(MSR_DE_CFG, rdmsr(MSR_DE_CFG) | DE_CFG_ZEN2_FP_BACKUP_FIX);
}

INIT void cpu_features_init(void)
{
    const char *missing;

    cpuid_read(&leaves);
    missing = cpuid_missing(&leaves);
    if (missing)
        machine_refused(missing);
    cpuid_decode_id(&leaves, &cpu_features.id);
    cpu_features.detected = cpuid_decode_features(&leaves, cpu_features.id.vendor);
    cpu_features.id.microcode = read_microcode(cpu_features.id.vendor);
    find_vulns();
    cpu_features_apply();
}

INIT bool cpu_pcid_enable(void)
{
    if (!cpu_has(CPU_PCID) || (read_cr3() & 0xfff) != 0)
        return cpu_feature_is_on(CPU_PCID);
    write_cr4(read_cr4() | CR4_PCIDE);
    return cpu_feature_is_on(CPU_PCID);
}
