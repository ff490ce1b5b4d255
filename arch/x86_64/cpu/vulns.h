/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which known weaknesses of processors this one has, as far as vendors say. Pure table work; the report and
 * the benchmarks print the result. Lock: none.
 */
#ifndef QUIRE_X86_VULNS_H
#define QUIRE_X86_VULNS_H

#include <stdint.h>
#include "kernel/arch/cpu_features.h"

/* One list: name in the report, constant. */
#define CPU_VULNS(X)                  \
    X(MELTDOWN, "meltdown")           \
    X(SPECTRE_V1, "spectre_v1")       \
    X(SPECTRE_V2, "spectre_v2")       \
    X(SSB, "ssb")                     \
    X(L1TF, "l1tf")                   \
    X(MDS, "mds")                     \
    X(TAA, "taa")                     \
    X(SRBDS, "srbds")                 \
    X(ITLB_MULTIHIT, "itlb_multihit") \
    X(MMIO_STALE, "mmio_stale")       \
    X(RETBLEED, "retbleed")           \
    X(ZENBLEED, "zenbleed")           \
    X(SRSO, "srso")                   \
    X(DIV0, "div0")                   \
    X(GDS, "gds")                     \
    X(RFDS, "rfds")                   \
    X(BHI, "bhi")                     \
    X(ITS, "its")                     \
    X(TSA, "tsa")

enum cpu_vuln {
#define X(id, name) VULN_##id,
    CPU_VULNS(X)
#undef X
        VULN_COUNT
};

#define VULN_BIT(v) (UINT64_C(1) << (v))

struct cpu_vuln_input {
    const struct cpu_id *id;
    uint32_t features;  /* bits of enum cpu_feature */
    uint64_t arch_caps; /* IA32_ARCH_CAPABILITIES, 0 where there is none */
    uint32_t x8_ebx;    /* CPUID 80000008h EBX */
    uint32_t x21_eax;   /* CPUID 80000021h EAX */
    uint32_t x21_ecx;   /* CPUID 80000021h ECX */
};

extern const char *const cpu_vuln_names[VULN_COUNT];

uint64_t cpu_vulns_find(const struct cpu_vuln_input *in);

/* Whether the hardware says that what was done about it is in force, on this processor (features.c). */
bool cpu_vuln_is_mitigated(enum cpu_vuln v);

#endif
