/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot report on the processor: what it is, which features are on (read back from the hardware, not from
 * what was meant to be set), which weaknesses it has. Callers: kernel/init. Lock: none.
 */
#include "kernel/arch/cpu_features.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "arch/x86_64/cpu/vulns.h"
#include "arch/x86_64/cpu/x86.h"
#include "arch/x86_64/dev/lapic.h"

#define APIC_BASE_X2APIC (UINT64_C(1) << 10)

static INIT_RODATA const char *const feature_names[CPU_REPORTED_FEATURES] = {
    [CPU_SMEP] = "smep",
    [CPU_SMAP] = "smap",
    [CPU_UMIP] = "umip",
    [CPU_NX] = "nx",
    [CPU_WP] = "wp",
    [CPU_PCID] = "pcid",
    [CPU_FSGSBASE] = "fsgsbase",
    [CPU_X2APIC] = "x2apic",
    [CPU_TSC_DEADLINE] = "tsc-deadline",
};

INIT bool cpu_feature_is_on(enum cpu_feature f)
{
    switch (f) {
    case CPU_SMEP:
        return read_cr4() & CR4_SMEP;
    case CPU_SMAP:
        return read_cr4() & CR4_SMAP;
    case CPU_UMIP:
        return read_cr4() & CR4_UMIP;
    case CPU_NX:
        return rdmsr(MSR_EFER) & EFER_NXE;
    case CPU_WP:
        return read_cr0() & CR0_WP;
    case CPU_PCID:
        return read_cr4() & CR4_PCIDE;
    case CPU_FSGSBASE:
        return read_cr4() & CR4_FSGSBASE;
    case CPU_X2APIC:
        return rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC;
    case CPU_TSC_DEADLINE:
        return lapic_timer_is_tsc_deadline();
    default:
        return false;
    }
}

static INIT const char *feature_state(enum cpu_feature f)
{
    if (cpu_feature_is_on(f))
        return "on";
    return cpu_has(f) ? "off" : "absent";
}

INIT void cpu_features_report(void)
{
    const struct cpu_id *id = &cpu_features.id;

    LOG(LOG_INFO, "boot: cpu vendor=%s model=\"%s\" microcode=0x%x",
        id->vendor_text[0] ? id->vendor_text : "unknown", id->model_text[0] ? id->model_text : "unnamed",
        id->microcode);
    LOG(LOG_INFO, "boot: cpu-id family=0x%x model=0x%x stepping=%u", id->family, id->model, id->stepping);
    for (enum cpu_feature f = 0; f < CPU_REPORTED_FEATURES; f++)
        LOG(LOG_INFO, "boot: feature %s %s", feature_names[f], feature_state(f));
    for (enum cpu_vuln v = 0; v < VULN_COUNT; v++)
        LOG(LOG_INFO, "boot: vuln %s %s mitigation=%s", cpu_vuln_names[v],
            cpu_features.vulns & VULN_BIT(v) ? "yes" : "no", cpu_vuln_is_mitigated(v) ? "on" : "off");
}
