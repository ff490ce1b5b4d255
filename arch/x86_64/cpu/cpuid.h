/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answers of CPUID that the kernel uses, read once, and what follows from them. The decoding is pure, so
 * host tests run it on recorded processors. Callers: features.c, timer calibration, tests. Lock: none.
 */
#ifndef QUIRE_X86_CPUID_H
#define QUIRE_X86_CPUID_H

#include <stdint.h>
#include "kernel/arch/cpu_features.h"
#include "arch/x86_64/cpu/x86.h"

/* Leaves beyond what the processor has are all zero. */
struct cpuid_leaves {
    struct cpuid_result l0, l1, l6, l7, ld1;
    struct cpuid_result x0, x1, brand[3], x7, x8, x21;
};

/* Both are 0 where unknown. */
struct cpuid_clocks {
    uint64_t tsc_hz;
    bool exact; /* given in so many words, not derived from the marketing frequency */
};

void cpuid_read(struct cpuid_leaves *out);

void cpuid_decode_id(const struct cpuid_leaves *l, struct cpu_id *out);
uint32_t cpuid_decode_features(const struct cpuid_leaves *l, enum cpu_vendor vendor);
/* What is missing that the kernel cannot do without, or NULL. */
const char *cpuid_missing(const struct cpuid_leaves *l);
/* Leaves 15h, 16h and 40000010h; a hypervisor's word goes first. */
struct cpuid_clocks cpuid_decode_clocks(struct cpuid_result l15, struct cpuid_result l16,
                                        struct cpuid_result hv10);

#endif
