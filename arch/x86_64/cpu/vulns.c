/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of affected processors. Pure; tested on the host.
 *
 * Two kinds of weaknesses. BROAD ones concern every processor that speculates unless it is in the table of
 * immune ones or says so itself; LISTED ones concern the processors in the table of affected ones. A
 * processor that no table knows has all of them, as far as it does not itself deny them.
 *
 * Sources. Intel: "Affected Processors: Transient Execution Attacks & Related Security Issues by CPU", the
 * advisories INTEL-SA-00088 (meltdown, spectre), -00115 (ssb), -00161 (l1tf), -00210 (itlb_multihit), -00233
 * (mds), -00270 (taa), -00320 (srbds), -00598 (bhi), -00615 (mmio_stale), -00702 (retbleed), -00828 (gds),
 * -00898 (rfds), -01153 (its), and the SDM's description of IA32_ARCH_CAPABILITIES. AMD: AMD-SB-1037
 * (retbleed), AMD-SB-7005 (srso), AMD-SB-7007 (div0), AMD-SB-7008 (zenbleed), AMD-SB-7029 (tsa), and the
 * white papers on speculative store bypass and on branch type confusion.
 */
#include "arch/x86_64/cpu/vulns.h"
#include "kernel/base/compiler.h"

#define V(id)      VULN_BIT(VULN_##id)
#define ANY_FAMILY 0, 0xffff
#define ANY_MODEL  0, 0xff
#define ANY_STEP   0, 0xf

#define BROAD_INTEL_ONLY (V(MELTDOWN) | V(L1TF) | V(MDS) | V(ITLB_MULTIHIT) | V(BHI))
#define BROAD            (BROAD_INTEL_ONLY | V(SPECTRE_V1) | V(SPECTRE_V2) | V(SSB))
#define LISTED_INTEL     (V(SRBDS) | V(MMIO_STALE) | V(RETBLEED) | V(GDS) | V(RFDS) | V(ITS))
#define LISTED_AMD       (V(RETBLEED) | V(ZENBLEED) | V(SRSO) | V(DIV0) | V(TSA))
/* Atoms without out-of-order loads beyond faults. */
#define ATOM_FREE (V(L1TF) | V(ITLB_MULTIHIT))

struct vuln_row {
    uint8_t vendor;
    uint16_t family_first, family_last;
    uint8_t model_first, model_last;
    uint8_t step_first, step_last;
    uint64_t vulns;
};

INIT_RODATA const char *const cpu_vuln_names[VULN_COUNT] = {
#define X(id, name) [VULN_##id] = name,
    CPU_VULNS(X)
#undef X
};

#define INTEL6(first, last, vulns)                           \
    {                                                        \
        CPU_VENDOR_INTEL, 6, 6, first, last, ANY_STEP, vulns \
    }

/* Known not to have these of the broad ones. */
static INIT_RODATA const struct vuln_row immune[] = {
    {CPU_VENDOR_AMD, ANY_FAMILY, ANY_MODEL, ANY_STEP, BROAD_INTEL_ONLY},
    {CPU_VENDOR_AMD, 0x0f, 0x12, ANY_MODEL, ANY_STEP, V(SSB)},
    {CPU_VENDOR_HYGON, ANY_FAMILY, ANY_MODEL, ANY_STEP, BROAD_INTEL_ONLY},
    {CPU_VENDOR_ZHAOXIN, 7, 7, ANY_MODEL, ANY_STEP, BROAD_INTEL_ONLY | V(SPECTRE_V2)},
    /* Bonnell and Saltwell execute in order and do not speculate on loads. */
    INTEL6(0x1c, 0x1c, BROAD),
    INTEL6(0x26, 0x27, BROAD),
    INTEL6(0x35, 0x36, BROAD),
    /* Silvermont and Airmont. */
    INTEL6(0x37, 0x37, ATOM_FREE | V(SSB)),
    INTEL6(0x4a, 0x4a, ATOM_FREE | V(SSB)),
    INTEL6(0x4c, 0x4d, ATOM_FREE | V(SSB)),
    INTEL6(0x5a, 0x5a, ATOM_FREE | V(SSB)),
    INTEL6(0x5d, 0x5d, ATOM_FREE | V(SSB)),
    INTEL6(0x75, 0x75, ATOM_FREE),
    /* Goldmont, Goldmont Plus, Tremont. */
    INTEL6(0x5c, 0x5c, ATOM_FREE | V(MDS)),
    INTEL6(0x5f, 0x5f, ATOM_FREE | V(MDS)),
    INTEL6(0x7a, 0x7a, ATOM_FREE | V(MDS)),
    INTEL6(0x86, 0x86, ATOM_FREE | V(MDS)),
    INTEL6(0x96, 0x96, ATOM_FREE | V(MDS)),
    INTEL6(0x9c, 0x9c, ATOM_FREE | V(MDS)),
    /* Xeon Phi. */
    INTEL6(0x57, 0x57, V(SSB) | V(L1TF) | V(ITLB_MULTIHIT)),
    INTEL6(0x85, 0x85, V(SSB) | V(L1TF) | V(ITLB_MULTIHIT)),
};

#define SKYLAKE   (V(MMIO_STALE) | V(RETBLEED) | V(GDS))
#define COMETLAKE (V(MMIO_STALE) | V(RETBLEED) | V(GDS) | V(ITS))

/* Known to have these of the listed ones. A row with none makes the processor a known one. */
static INIT_RODATA const struct vuln_row affected[] = {
    {CPU_VENDOR_INTEL, 0xf, 0xf, ANY_MODEL, ANY_STEP, 0},
    INTEL6(0x00, 0x39, 0),             /* up to Sandy Bridge, and Silvermont */
    INTEL6(0x3a, 0x3a, V(SRBDS)),      /* Ivy Bridge */
    INTEL6(0x3c, 0x3d, V(SRBDS)),      /* Haswell, Broadwell */
    INTEL6(0x3e, 0x3e, 0),             /* Ivy Bridge server */
    INTEL6(0x3f, 0x3f, V(MMIO_STALE)), /* Haswell server */
    INTEL6(0x45, 0x47, V(SRBDS)),      /* Haswell, Broadwell with graphics */
    INTEL6(0x4f, 0x4f, V(MMIO_STALE)), /* Broadwell server */
    INTEL6(0x56, 0x56, V(MMIO_STALE)), /* Broadwell D */
    INTEL6(0x4a, 0x4a, 0),             /* Silvermont, Airmont, Xeon Phi */
    INTEL6(0x4c, 0x4d, 0),
    INTEL6(0x57, 0x57, 0),
    INTEL6(0x5a, 0x5a, 0),
    INTEL6(0x5d, 0x5d, 0),
    INTEL6(0x75, 0x75, 0),
    INTEL6(0x85, 0x85, 0),
    INTEL6(0x4e, 0x4e, SKYLAKE | V(SRBDS)),
    INTEL6(0x5e, 0x5e, SKYLAKE | V(SRBDS)),
    INTEL6(0x55, 0x55, SKYLAKE), /* Skylake server and successors */
    {CPU_VENDOR_INTEL, 6, 6, 0x55, 0x55, 6, 0xf, V(ITS)},
    INTEL6(0x8e, 0x8e, SKYLAKE | V(SRBDS)), /* Kaby Lake and successors */
    {CPU_VENDOR_INTEL, 6, 6, 0x8e, 0x8e, 0xc, 0xf, V(ITS)},
    INTEL6(0x9e, 0x9e, SKYLAKE | V(SRBDS)),
    {CPU_VENDOR_INTEL, 6, 6, 0x9e, 0x9e, 0xd, 0xf, V(ITS)},
    INTEL6(0x66, 0x66, V(RETBLEED)), /* Cannon Lake */
    INTEL6(0x7e, 0x7e, COMETLAKE),   /* Ice Lake */
    INTEL6(0x6a, 0x6a, V(MMIO_STALE) | V(GDS) | V(ITS)),
    INTEL6(0x6c, 0x6c, V(MMIO_STALE) | V(GDS) | V(ITS)),
    INTEL6(0xa5, 0xa6, COMETLAKE),
    INTEL6(0xa7, 0xa7, COMETLAKE),                   /* Rocket Lake */
    INTEL6(0x8c, 0x8d, V(GDS) | V(ITS)),             /* Tiger Lake */
    INTEL6(0x8a, 0x8a, V(MMIO_STALE) | V(RETBLEED)), /* Lakefield */
    INTEL6(0x5c, 0x5c, V(RFDS)),                     /* Goldmont, Goldmont Plus */
    INTEL6(0x5f, 0x5f, V(RFDS)),
    INTEL6(0x7a, 0x7a, V(RFDS)),
    INTEL6(0x86, 0x86, V(MMIO_STALE) | V(RFDS)), /* Tremont */
    INTEL6(0x96, 0x96, V(MMIO_STALE) | V(RFDS)),
    INTEL6(0x9c, 0x9c, V(MMIO_STALE) | V(RFDS)),
    INTEL6(0x97, 0x97, V(RFDS)), /* Alder Lake, Raptor Lake, Gracemont */
    INTEL6(0x9a, 0x9a, V(RFDS)),
    INTEL6(0xb7, 0xb7, V(RFDS)),
    INTEL6(0xba, 0xba, V(RFDS)),
    INTEL6(0xbe, 0xbf, V(RFDS)),
    INTEL6(0x8f, 0x8f, 0), /* Sapphire Rapids, Emerald Rapids, Granite Rapids */
    INTEL6(0xcf, 0xcf, 0),
    INTEL6(0xad, 0xae, 0),
    INTEL6(0xaa, 0xaa, 0), /* Meteor Lake, Sierra Forest, Lunar Lake, Arrow Lake */
    INTEL6(0xac, 0xac, 0),
    INTEL6(0xaf, 0xaf, 0),
    INTEL6(0xbd, 0xbd, 0),
    INTEL6(0xc5, 0xc6, 0),
    {CPU_VENDOR_AMD, 0x0f, 0x14, ANY_MODEL, ANY_STEP, 0},
    {CPU_VENDOR_AMD, 0x15, 0x16, ANY_MODEL, ANY_STEP, V(RETBLEED)},
    {CPU_VENDOR_AMD, 0x17, 0x17, ANY_MODEL, ANY_STEP, V(RETBLEED) | V(SRSO)},
    {CPU_VENDOR_AMD, 0x17, 0x17, 0x00, 0x2f, ANY_STEP, V(DIV0)},
    {CPU_VENDOR_AMD, 0x17, 0x17, 0x30, 0x4f, ANY_STEP, V(ZENBLEED)},
    {CPU_VENDOR_AMD, 0x17, 0x17, 0x50, 0x5f, ANY_STEP, V(DIV0)},
    {CPU_VENDOR_AMD, 0x17, 0x17, 0x60, 0xaf, ANY_STEP, V(ZENBLEED)},
    {CPU_VENDOR_AMD, 0x19, 0x19, ANY_MODEL, ANY_STEP, V(SRSO) | V(TSA)},
    {CPU_VENDOR_AMD, 0x1a, 0x1a, ANY_MODEL, ANY_STEP, 0},
    {CPU_VENDOR_HYGON, 0x18, 0x18, ANY_MODEL, ANY_STEP, V(RETBLEED) | V(SRSO) | V(DIV0)},
    {CPU_VENDOR_ZHAOXIN, 5, 7, ANY_MODEL, ANY_STEP, 0},
};

static INIT bool row_is(const struct vuln_row *r, const struct cpu_id *id)
{
    return r->vendor == id->vendor && id->family >= r->family_first && id->family <= r->family_last &&
           id->model >= r->model_first && id->model <= r->model_last && id->stepping >= r->step_first &&
           id->stepping <= r->step_last;
}

static INIT uint64_t from_tables(const struct cpu_id *id)
{
    uint64_t vulns = BROAD, listed = 0;
    bool known = false;

    for (unsigned i = 0; i < sizeof(immune) / sizeof(immune[0]); i++)
        if (row_is(&immune[i], id))
            vulns &= ~immune[i].vulns;
    for (unsigned i = 0; i < sizeof(affected) / sizeof(affected[0]); i++) {
        if (row_is(&affected[i], id)) {
            listed |= affected[i].vulns;
            known = true;
        }
    }
    if (known)
        return vulns | listed;
    if (id->vendor == CPU_VENDOR_AMD || id->vendor == CPU_VENDOR_HYGON)
        return vulns | (LISTED_AMD & ~V(ZENBLEED));
    return vulns | LISTED_INTEL;
}

/* Bits of IA32_ARCH_CAPABILITIES by which a processor denies a weakness; all bits of a row must be set. */
static INIT_RODATA const struct {
    uint64_t caps, vulns;
} denials[] = {
    {UINT64_C(1) << 0, V(MELTDOWN) | V(L1TF)},
    {UINT64_C(1) << 4, V(SSB)},
    {UINT64_C(1) << 5, V(MDS)},
    {UINT64_C(1) << 6, V(ITLB_MULTIHIT)},
    {UINT64_C(1) << 8, V(TAA)},
    {UINT64_C(7) << 13, V(MMIO_STALE)},
    {UINT64_C(1) << 20, V(BHI)},
    {UINT64_C(1) << 26, V(GDS)},
    {UINT64_C(1) << 27, V(RFDS)},
    {UINT64_C(1) << 62, V(ITS)},
};

#define CAP_RSBA       (UINT64_C(1) << 2)
#define CAP_TSX_CTRL   (UINT64_C(1) << 7)
#define CAP_RFDS_CLEAR (UINT64_C(1) << 28)

#define X8_SSB_NO   (1u << 26)
#define X8_BTC_NO   (1u << 29)
#define X21_SRSO_NO (1u << 29)
#define X21_TSA_NO  (3u << 1)

static INIT uint64_t amd_denials(const struct cpu_vuln_input *in)
{
    uint64_t vulns = 0;

    if (in->x8_ebx & X8_SSB_NO)
        vulns |= V(SSB);
    if (in->x8_ebx & X8_BTC_NO)
        vulns |= V(RETBLEED);
    if (in->x21_eax & X21_SRSO_NO)
        vulns |= V(SRSO);
    if ((in->x21_ecx & X21_TSA_NO) == X21_TSA_NO)
        vulns |= V(TSA);
    return vulns;
}

INIT uint64_t cpu_vulns_find(const struct cpu_vuln_input *in)
{
    uint64_t vulns = from_tables(in->id);
    bool rtm = in->features >> CPU_RTM & 1;

    if (in->id->vendor == CPU_VENDOR_INTEL && (rtm || (in->arch_caps & CAP_TSX_CTRL)))
        vulns |= V(TAA);
    if (in->arch_caps & CAP_RSBA)
        vulns |= V(RETBLEED);
    if (in->arch_caps & CAP_RFDS_CLEAR)
        vulns |= V(RFDS);
    for (unsigned i = 0; i < sizeof(denials) / sizeof(denials[0]); i++)
        if ((in->arch_caps & denials[i].caps) == denials[i].caps)
            vulns &= ~denials[i].vulns;
    if (in->id->vendor == CPU_VENDOR_AMD || in->id->vendor == CPU_VENDOR_HYGON)
        vulns &= ~amd_denials(in);
    if (!(in->features >> CPU_AVX & 1))
        vulns &= ~(V(GDS) | V(ZENBLEED));
    if (!(in->features >> CPU_RDRAND_OR_RDSEED & 1))
        vulns &= ~V(SRBDS);
    return vulns;
}
