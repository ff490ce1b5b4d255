/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local APIC, see lapic.h. Invariant: `window` is NULL in x2APIC mode and the register page otherwise, on all
 * CPUs alike. Registers are named by their xAPIC offset; the x2APIC MSR is 800h + offset / 16.
 */
#include "arch/x86_64/dev/lapic.h"
#include "arch/x86_64/cpu/x86.h"
#include "kernel/arch/acpi.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/timer.h"
#include "kernel/base/bootargs.h"
#include "kernel/base/compiler.h"

#define APIC_BASE_ENABLE  (UINT64_C(1) << 11)
#define APIC_BASE_X2APIC  (UINT64_C(1) << 10)
#define APIC_BASE_ADDRESS UINT64_C(0x000ffffffffff000)
#define MSR_X2APIC        UINT32_C(0x800)
#define MSR_TSC_DEADLINE  UINT32_C(0x6e0)

enum lapic_register {
    LAPIC_ID = 0x20,
    LAPIC_VERSION = 0x30,
    LAPIC_TPR = 0x80,
    LAPIC_EOI = 0xb0,
    LAPIC_SPURIOUS = 0xf0,
    LAPIC_ISR = 0x100,
    LAPIC_ESR = 0x280,
    LAPIC_ICR = 0x300,
    LAPIC_ICR_HIGH = 0x310,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_THERMAL = 0x330,
    LAPIC_LVT_PERF = 0x340,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TIMER_INITIAL = 0x380,
    LAPIC_TIMER_CURRENT = 0x390,
    LAPIC_TIMER_DIVIDE = 0x3e0,
};

#define LVT_MASKED       (1u << 16)
#define LVT_NMI          (4u << 8)
#define LVT_ACTIVE_LOW   (1u << 13)
#define LVT_TSC_DEADLINE (2u << 17)
#define LVT_TIMER_MODE   (3u << 17)
#define ICR_PENDING      (1u << 12)
#define ICR_SPINS        100000 /* a message to another CPU takes some microseconds */
#define XAPIC_ID_MAX     0xfeu  /* 0xff means all */
#define SPURIOUS_ENABLE  (1u << 8)
#define DIVIDE_BY_16     3u

static volatile uint32_t *window;

static uint32_t lapic_read(enum lapic_register r)
{
    return window ? window[r / 4] : (uint32_t)rdmsr(MSR_X2APIC + r / 16);
}

static void lapic_write(enum lapic_register r, uint32_t value)
{
    if (window)
        window[r / 4] = value;
    else
        wrmsr(MSR_X2APIC + r / 16, value);
}

/* Interrupts that the firmware left in service would block all of their priority and below. */
static INIT void drop_in_service(void)
{
    for (unsigned turn = 0; turn < 256; turn++) {
        uint32_t any = 0;

        for (unsigned i = 0; i < 8; i++)
            any |= lapic_read((enum lapic_register)(LAPIC_ISR + 16 * i));
        if (!any)
            return;
        lapic_eoi();
    }
}

/* The inputs that the firmware wired to NMI; the others stay masked. The UID is known for listed CPUs only.
 */
static INIT void set_nmi_inputs(void)
{
    uint32_t uid = ACPI_UID_ALL, id = lapic_id();

    for (unsigned i = 0; i < acpi.madt.ncpus; i++)
        if (acpi.madt.cpus[i].apic_id == id)
            uid = acpi.madt.cpus[i].uid;
    for (unsigned i = 0; i < acpi.madt.nnmis; i++) {
        const struct acpi_nmi *n = &acpi.madt.nmis[i];

        if (n->uid == ACPI_UID_ALL || n->uid == uid)
            lapic_write(n->lint ? LAPIC_LVT_LINT1 : LAPIC_LVT_LINT0,
                        LVT_NMI | (n->active_low ? LVT_ACTIVE_LOW : 0));
    }
}

INIT void lapic_init_cpu(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE;
    unsigned max_lvt;

    /* Off to x2APIC is not a legal step: first on, then x2APIC. */
    wrmsr(MSR_APIC_BASE, base);
    if (!window)
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
    max_lvt = lapic_read(LAPIC_VERSION) >> 16 & 0xff;
    lapic_write(LAPIC_SPURIOUS, SPURIOUS_ENABLE | SPURIOUS_VECTOR);
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | TIMER_VECTOR);
    lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
    lapic_write(LAPIC_LVT_LINT1, LVT_MASKED);
    lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
    if (max_lvt >= 4)
        lapic_write(LAPIC_LVT_PERF, LVT_MASKED);
    if (max_lvt >= 5)
        lapic_write(LAPIC_LVT_THERMAL, LVT_MASKED);
    lapic_write(LAPIC_ESR, 0);
    drop_in_service();
    lapic_write(LAPIC_TPR, 0);
    set_nmi_inputs();
}

/*
 * x2APIC where there is one, although no interrupt remapping is set up: the I/O APICs' 8-bit destinations
 * then name APIC ids below 255, as they do in xAPIC mode. For a machine that disagrees there is x2apic=off.
 */
static INIT bool want_x2apic(void)
{
    /* Leaving x2APIC mode would need a reset of the APIC; a machine that starts in it may need it. */
    if (rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC)
        return true;
    return cpu_has(CPU_X2APIC) && !bootarg_off("x2apic");
}

INIT void lapic_init(void)
{
    if (!want_x2apic())
        window = kmap_mmio(paddr(rdmsr(MSR_APIC_BASE) & APIC_BASE_ADDRESS), PAGE_SIZE);
    lapic_init_cpu();
}

uint32_t lapic_id(void)
{
    return window ? lapic_read(LAPIC_ID) >> 24 : lapic_read(LAPIC_ID);
}

INIT bool lapic_reaches(uint32_t id)
{
    return !window || id <= XAPIC_ID_MAX;
}

/*
 * The two words of the xAPIC command register may not be interrupted by another sender on this CPU:
 * interrupts are off in the kernel, and an NMI handler sends nothing. no assertion: any number may be sent to
 */
void lapic_send(uint32_t id, uint32_t what)
{
    if (!window) {
        /* this write orders nothing before it, unlike that to device memory (SDM vol. 3, 10.12.3) */
        __asm__ volatile("mfence; lfence" : : : "memory");
        wrmsr(MSR_X2APIC + LAPIC_ICR / 16, (uint64_t)id << 32 | what);
        return;
    }
    for (unsigned i = 0; i < ICR_SPINS && (lapic_read(LAPIC_ICR) & ICR_PENDING) != 0; i++)
        cpu_relax();
    lapic_write(LAPIC_ICR_HIGH, id << 24);
    lapic_write(LAPIC_ICR, what);
}

void lapic_eoi(void)
{
    if (window)
        window[LAPIC_EOI / 4] = 0;
    else
        wrmsr(MSR_X2APIC + LAPIC_EOI / 16, 0);
}

INIT void lapic_timer_oneshot(void)
{
    lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
    lapic_write(LAPIC_LVT_TIMER, TIMER_VECTOR);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
}

INIT void lapic_timer_tsc_deadline(void)
{
    lapic_write(LAPIC_LVT_TIMER, LVT_TSC_DEADLINE | TIMER_VECTOR);
    /* A store to the register page must be done before the MSR is written (SDM vol. 3, 10.5.4.1).
     * no assertion: MFENCE only orders */
    __asm__ volatile("mfence" : : : "memory");
    lapic_timer_deadline(0);
}

INIT bool lapic_timer_is_tsc_deadline(void)
{
    return (lapic_read(LAPIC_LVT_TIMER) & LVT_TIMER_MODE) == LVT_TSC_DEADLINE;
}

void lapic_timer_start(uint32_t ticks)
{
    lapic_write(LAPIC_TIMER_INITIAL, ticks);
}

INIT uint32_t lapic_timer_left(void)
{
    return lapic_read(LAPIC_TIMER_CURRENT);
}

void lapic_timer_deadline(uint64_t tsc)
{
    wrmsr(MSR_TSC_DEADLINE, tsc);
}
