/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the processor can do, what of it is switched on, and the vector state of threads.
 *
 * Owns `cpu_features`: filled by cpu_features_init on the boot processor, constant afterwards. Other
 * processors call cpu_features_apply, which gives them the same settings. Lock: none.
 */
#ifndef QUIRE_ARCH_CPU_FEATURES_H
#define QUIRE_ARCH_CPU_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cpu_vendor {
    CPU_VENDOR_OTHER,
    CPU_VENDOR_INTEL,
    CPU_VENDOR_AMD,
    CPU_VENDOR_HYGON,
    CPU_VENDOR_ZHAOXIN,
};

enum cpu_feature {
    /* Reported, in this order. */
    CPU_SMEP,
    CPU_SMAP,
    CPU_UMIP,
    CPU_NX,
    CPU_WP,
    CPU_PCID,
    CPU_FSGSBASE,
    CPU_X2APIC,
    CPU_TSC_DEADLINE,
    CPU_REPORTED_FEATURES,
    /* Used, not reported. */
    CPU_PGE = CPU_REPORTED_FEATURES,
    CPU_MCE,
    CPU_PAT,
    CPU_PAGE_1G,
    CPU_INVPCID,
    CPU_XSAVE,
    CPU_XGETBV1,
    CPU_AVX,
    CPU_RESTORES_FP_POINTERS, /* FXRSTOR and XRSTOR always load FIP and FDP (all but older AMD) */
    CPU_INVARIANT_TSC,
    CPU_ALWAYS_RUNNING_APIC_TIMER,
    CPU_HYPERVISOR,
    CPU_ARCH_CAPABILITIES,
    CPU_RTM,
    CPU_RDRAND_OR_RDSEED,
    CPU_FEATURE_COUNT,
};

struct cpu_id {
    enum cpu_vendor vendor;
    unsigned family, model, stepping;
    char vendor_text[13];
    char model_text[49];
    uint32_t microcode; /* 0 = not told */
};

struct cpu_features {
    struct cpu_id id;
    uint32_t detected; /* bit per enum cpu_feature */
    uint64_t vulns;    /* bit per enum cpu_vuln (arch/x86_64/cpu/vulns.h) */
};

extern struct cpu_features cpu_features;

static inline bool cpu_has(enum cpu_feature f)
{
    return cpu_features.detected >> f & 1;
}

/*
 * Finds out what processor this is, ends in machine_refused when something the kernel needs is missing, and
 * applies the settings.
 */
void cpu_features_init(void);

/*
 * CR0, CR4, EFER.NXE, PAT and SYSENTER of this processor, all bits given by the kernel and none inherited.
 * CR4.PCIDE is kept as it is. EFER.SCE and the SYSCALL registers are the kernel core's; it loads STAR with
 * both selector fields of RPL 3 for SYSRET, because AMD processors take RPL of SS from there as it stands.
 */
void cpu_features_apply(void);

/* Sets CR4.PCIDE where the processor has it; true if it is on then. Only while CR3[11:0] is 0. */
bool cpu_pcid_enable(void);

/* True if the hardware says, now, that the feature is on (this processor). Reported features only. */
bool cpu_feature_is_on(enum cpu_feature f);

/*
 * Prints the "boot: cpu", "boot: feature" and "boot: vuln" lines, from what the hardware reads back: after
 * PCID, interrupt controller and timer are set up.
 */
void cpu_features_report(void);

/* --- vector state: x87, SSE, AVX --- */

/* Bytes of a thread's area, a multiple of 64; the area is 64-byte aligned. Set by fpu_init. */
extern size_t fpu_area_size;

/* The vector state before anybody has used it, which XRSTOR loads with this mask; 0: there is no XRSTOR.
 * Above the mask, the sign: FNINIT goes before it (CPU_RESTORES_FP_POINTERS is not set). */
#define FPU_CLEAR_POINTERS (UINT32_C(1) << 31)
extern uint8_t fpu_initial[];
extern uint32_t fpu_clear_mask;

#define FPU_AREA_ALIGN 64

/* Boot processor; sets XCR0 and the sizes. Other processors call fpu_init_cpu. */
void fpu_init(void);
void fpu_init_cpu(void);

/* Fresh state: everything in its initial configuration, MXCSR 0x1f80, x87 control word 0x37f. */
void fpu_area_init(void *area);

/* Skip the transfer where the hardware says that the state is initial (XGETBV 1). */
void fpu_save(void *area);
void fpu_load(const void *area);

/* Puts this processor's vector state into the initial configuration. */
void fpu_clear(void);

#endif
