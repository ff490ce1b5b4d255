/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From CPUID leaves to names and feature bits. Pure; tested on the host with recorded processors. Bit numbers
 * are those of the Intel SDM vol. 2 (CPUID) and the AMD APM vol. 3 appendix E.
 */
#include "arch/x86_64/cpu/cpuid.h"
#include "kernel/base/compiler.h"

#define BIT(n) (UINT32_C(1) << (n))

static INIT void put_text(char *to, const struct cpuid_result *r, unsigned nregs)
{
    const uint32_t words[4] = {r->eax, r->ebx, r->ecx, r->edx};

    for (unsigned i = 0; i < nregs; i++)
        for (unsigned b = 0; b < 4; b++)
            to[4 * i + b] = (char)(words[i] >> (8 * b));
}

/* Printable characters only, no quote, no blanks around: the text goes into a line that programs read. */
static INIT void tidy(char *text)
{
    unsigned to = 0;

    for (unsigned i = 0; text[i] != '\0'; i++) {
        char c = text[i] >= ' ' && text[i] <= '~' && text[i] != '"' ? text[i] : ' ';

        if (c == ' ' && (to == 0 || text[to - 1] == ' '))
            continue;
        text[to++] = c;
    }
    if (to > 0 && text[to - 1] == ' ')
        to--;
    text[to] = '\0';
}

static INIT bool same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b)
        a++, b++;
    return *a == *b;
}

static INIT enum cpu_vendor vendor_of(const char *text)
{
    static INIT_RODATA const struct {
        const char *text;
        enum cpu_vendor vendor;
    } vendors[] = {
        {"GenuineIntel", CPU_VENDOR_INTEL}, {"AuthenticAMD", CPU_VENDOR_AMD},
        {"HygonGenuine", CPU_VENDOR_HYGON}, {"CentaurHauls", CPU_VENDOR_ZHAOXIN},
        {"Shanghai", CPU_VENDOR_ZHAOXIN},
    };

    for (unsigned i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
        if (same(text, vendors[i].text))
            return vendors[i].vendor;
    return CPU_VENDOR_OTHER;
}

INIT void cpuid_decode_id(const struct cpuid_leaves *l, struct cpu_id *out)
{
    const struct cpuid_result vendor = {.eax = l->l0.ebx, .ebx = l->l0.edx, .ecx = l->l0.ecx};
    uint32_t v = l->l1.eax;

    *out = (struct cpu_id){0};
    put_text(out->vendor_text, &vendor, 3);
    tidy(out->vendor_text);
    for (unsigned i = 0; i < 3; i++)
        put_text(out->model_text + 16 * i, &l->brand[i], 4);
    tidy(out->model_text);
    out->vendor = vendor_of(out->vendor_text);
    out->stepping = v & 0xf;
    out->model = v >> 4 & 0xf;
    out->family = v >> 8 & 0xf;
    if (out->family == 6 || out->family == 0xf)
        out->model |= (v >> 16 & 0xf) << 4;
    if (out->family == 0xf)
        out->family += v >> 20 & 0xff;
}

static INIT uint32_t bit_if(uint32_t reg, unsigned bit, enum cpu_feature f)
{
    return reg & BIT(bit) ? BIT(f) : 0;
}

INIT uint32_t cpuid_decode_features(const struct cpuid_leaves *l, enum cpu_vendor vendor)
{
    uint32_t f = BIT(CPU_WP);

    f |= bit_if(l->l7.ebx, 7, CPU_SMEP) | bit_if(l->l7.ebx, 20, CPU_SMAP) | bit_if(l->l7.ecx, 2, CPU_UMIP);
    f |= bit_if(l->x1.edx, 20, CPU_NX) | bit_if(l->l1.ecx, 17, CPU_PCID) | bit_if(l->l7.ebx, 0, CPU_FSGSBASE);
    f |= bit_if(l->l1.ecx, 21, CPU_X2APIC) | bit_if(l->l1.ecx, 24, CPU_TSC_DEADLINE);
    f |= bit_if(l->l1.edx, 13, CPU_PGE) | bit_if(l->l1.edx, 7, CPU_MCE) | bit_if(l->l1.edx, 16, CPU_PAT);
    f |= bit_if(l->x1.edx, 26, CPU_PAGE_1G) | bit_if(l->l7.ebx, 10, CPU_INVPCID);
    f |= bit_if(l->l7.edx, 29, CPU_ARCH_CAPABILITIES) | bit_if(l->l7.ebx, 11, CPU_RTM);
    f |= bit_if(l->l1.ecx, 30, CPU_RDRAND_OR_RDSEED) | bit_if(l->l7.ebx, 18, CPU_RDRAND_OR_RDSEED);
    f |= bit_if(l->x7.edx, 8, CPU_INVARIANT_TSC) | bit_if(l->l6.eax, 2, CPU_ALWAYS_RUNNING_APIC_TIMER);
    f |= bit_if(l->l1.ecx, 31, CPU_HYPERVISOR);
    if (l->l1.ecx & BIT(26)) {
        f |= BIT(CPU_XSAVE);
        f |= bit_if(l->l1.ecx, 28, CPU_AVX);
        f |= bit_if(l->ld1.eax, 2, CPU_XGETBV1);
    }
    if ((vendor != CPU_VENDOR_AMD && vendor != CPU_VENDOR_HYGON) || (l->x8.ebx & BIT(2)))
        f |= BIT(CPU_RESTORES_FP_POINTERS);
    return f;
}

INIT const char *cpuid_missing(const struct cpuid_leaves *l)
{
    static INIT_RODATA const struct {
        uint8_t bit;
        bool extended; /* leaf 80000001h */
        const char *name;
    } needed[] = {
        {29, true, "64-bit mode"},   {20, true, "no-execute pages (NX)"},
        {11, true, "SYSCALL"},       {4, false, "time stamp counter"},
        {5, false, "MSRs"},          {6, false, "PAE"},
        {8, false, "CMPXCHG8B"},     {9, false, "local APIC"},
        {13, false, "global pages"}, {16, false, "page attribute table"},
        {24, false, "FXSAVE"},       {26, false, "SSE2"},
    };

    for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (!((needed[i].extended ? l->x1.edx : l->l1.edx) & BIT(needed[i].bit)))
            return needed[i].name;
    return NULL;
}

INIT struct cpuid_clocks cpuid_decode_clocks(struct cpuid_result l15, struct cpuid_result l16,
                                             struct cpuid_result hv10)
{
    struct cpuid_clocks c = {0};

    if (hv10.eax != 0) {
        c.tsc_hz = (uint64_t)hv10.eax * 1000;
        c.exact = true;
    } else if (l15.eax != 0 && l15.ebx != 0 && l15.ecx != 0) {
        c.tsc_hz = (uint64_t)l15.ecx * l15.ebx / l15.eax;
        c.exact = true;
    } else if ((l16.eax & 0xffff) != 0) {
        c.tsc_hz = (uint64_t)(l16.eax & 0xffff) * 1000000;
    }
    return c;
}
