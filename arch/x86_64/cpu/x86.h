/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions C cannot express, one function each, for the x86-64 side of the kernel. No state. Where a
 * function has no assertion: reading is always legal in ring 0, and what may be written depends on CPUID,
 * which the caller has seen.
 */
#ifndef QUIRE_X86_64_CPU_X86_H
#define QUIRE_X86_64_CPU_X86_H

#include <stdint.h>

#include "kernel/base/assert.h"

#define CR0_MP (UINT64_C(1) << 1)
#define CR0_EM (UINT64_C(1) << 2)
#define CR0_TS (UINT64_C(1) << 3)
#define CR0_NE (UINT64_C(1) << 5)
#define CR0_WP (UINT64_C(1) << 16)
#define CR0_AM (UINT64_C(1) << 18)
#define CR0_PG (UINT64_C(1) << 31)

/* Bits 52-62; bit 63 keeps translations where there are PCIDs. */
#define CR3_RESERVED UINT64_C(0x7ff0000000000000)

#define CR4_TSD        (UINT64_C(1) << 2)
#define CR4_DE         (UINT64_C(1) << 3)
#define CR4_PAE        (UINT64_C(1) << 5)
#define CR4_MCE        (UINT64_C(1) << 6)
#define CR4_PGE        (UINT64_C(1) << 7)
#define CR4_OSFXSR     (UINT64_C(1) << 9)
#define CR4_OSXMMEXCPT (UINT64_C(1) << 10)
#define CR4_UMIP       (UINT64_C(1) << 11)
#define CR4_FSGSBASE   (UINT64_C(1) << 16)
#define CR4_PCIDE      (UINT64_C(1) << 17)
#define CR4_OSXSAVE    (UINT64_C(1) << 18)
#define CR4_SMEP       (UINT64_C(1) << 20)
#define CR4_SMAP       (UINT64_C(1) << 21)

#define CPUID1_EDX_MCE (UINT32_C(1) << 7)

#define MSR_APIC_BASE UINT32_C(0x1b)
#define MSR_PAT       UINT32_C(0x277)
#define MSR_EFER      UINT32_C(0xc0000080)
#define MSR_STAR      UINT32_C(0xc0000081)
#define MSR_LSTAR     UINT32_C(0xc0000082)
#define MSR_CSTAR     UINT32_C(0xc0000083)
#define MSR_SFMASK    UINT32_C(0xc0000084)
#define MSR_FS_BASE   UINT32_C(0xc0000100)
#define MSR_GS_BASE   UINT32_C(0xc0000101)

#define EFER_SCE (UINT64_C(1) << 0)
#define EFER_LME (UINT64_C(1) << 8)
#define EFER_LMA (UINT64_C(1) << 10)
#define EFER_NXE (UINT64_C(1) << 11)

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};

/* CPUID: any leaf may be asked, unknown ones answer with unspecified values; the caller checks the maximum.
 */
static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r;

    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

/* RDMSR: #GP where the MSR does not exist; the caller has seen its CPUID bit. */
static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

/* WRMSR: as RDMSR; "memory" because an MSR may change how memory is seen. */
static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* RDTSC without a fence: may be executed early by the processor. */
static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* Control registers: reads have no effect, writes order memory accesses around them. */
static inline uint64_t read_cr0(void)
{
    uint64_t v;

    __asm__ volatile("mov %%cr0, %0" : "=r"(v));
    return v;
}

/* CR0: the caller keeps PE, PG and WP set. */
static inline void write_cr0(uint64_t v)
{
    ASSERT((v & (CR0_PG | CR0_WP)) == (CR0_PG | CR0_WP));
    __asm__ volatile("mov %0, %%cr0" : : "r"(v) : "memory");
}

/* CR2: address of the last page fault. */
static inline uint64_t read_cr2(void)
{
    uint64_t v;

    __asm__ volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}

/* CR3: current top-level table and PCID. */
static inline uint64_t read_cr3(void)
{
    uint64_t v;

    __asm__ volatile("mov %%cr3, %0" : "=r"(v));
    return v;
}

/* CR3: the new tables map the code and the stack in use. Drops all translations that are not global. */
static inline void write_cr3(uint64_t v)
{
    ASSERT((v & CR3_RESERVED) == 0);
    __asm__ volatile("mov %0, %%cr3" : : "r"(v) : "memory");
}

/* CR4 as it is. */
static inline uint64_t read_cr4(void)
{
    uint64_t v;

    __asm__ volatile("mov %%cr4, %0" : "=r"(v));
    return v;
}

/* CR4: a bit the processor does not know is #GP; the caller has seen its CPUID bit. */
static inline void write_cr4(uint64_t v)
{
    ASSERT((v & CR4_PAE) != 0);
    __asm__ volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}

/* DR6: which debug condition was met. */
static inline uint64_t read_dr6(void)
{
    uint64_t v;

    __asm__ volatile("mov %%dr6, %0" : "=r"(v));
    return v;
}

/* DR6 is sticky: the handler clears it. */
static inline void write_dr6(uint64_t v)
{
    __asm__ volatile("mov %0, %%dr6" : : "r"(v));
}

/* The address of breakpoint 0: any canonical one. */
static inline void write_dr0(uint64_t v)
{
    ASSERT(v >> 47 == 0);
    __asm__ volatile("mov %0, %%dr0" : : "r"(v));
}

/* DR7: which breakpoints are on, and what meets them (SDM 3, 18.2.4); the upper half is 0. */
static inline void write_dr7(uint64_t v)
{
    ASSERT(v >> 32 == 0);
    __asm__ volatile("mov %0, %%dr7" : : "r"(v));
}

/* INVLPG: drops one translation of this CPU, global or not. */
static inline void invlpg(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

#endif
