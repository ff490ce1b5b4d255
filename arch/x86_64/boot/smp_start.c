/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the other CPUs, one at a time: INIT to all, then to each the message to start at the trampoline's
 * page, with which it comes out of trampoline.asm on its own page tables and stack. One that does not answer
 * gets INIT again, which stops it wherever it is. Owns the trampoline's page while that goes on. Called once,
 * by kernel_main. Lock: none: while a CPU starts, CPU 0 waits for it.
 *
 * Sources: SDM vol. 3, 8.4.4.1 (order and waits) and 10.6.1; ACPI 6.4, 5.2.12.
 */
#include <stdatomic.h>

#include "arch/x86_64/cpu/smp.h"
#include "arch/x86_64/cpu/tsc_sync.h"
#include "arch/x86_64/dev/lapic.h"
#include "kernel/arch/acpi.h"
#include "kernel/arch/bootinfo.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/timer.h"
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"

#define LOW_MEMORY_END UINT64_C(0x100000)

#define INIT_NS   UINT64_C(10000000)   /* from INIT to the first start message */
#define START_NS  UINT64_C(200000)     /* from the first to the second */
#define ANSWER_NS UINT64_C(2000000000) /* an emulator with more CPUs than its host is slow */

/* trampoline.asm */
extern const char smp_trampoline[], smp_trampoline_end[];
extern uint64_t smp_next_root;

/* Called by trampoline.asm on the CPU's own stack. */
NORETURN void smp_cpu_main(void);

/* Of the CPU that starts. */
static INIT_DATA atomic_bool arrived;

/* No lock of CPU 0's can be held now, and what is logged here does not mix with its lines: it waits. */
INIT void smp_cpu_main(void)
{
    /* release: nothing was written before; the wait on the other side needs no more than the flag */
    atomic_store_explicit(&arrived, true, memory_order_release);
    trap_init_cpu();
    cpu_features_apply();
    fpu_init_cpu();
    irq_init_cpu();
    timer_init_cpu();
    entry_init((unsigned)cpu_local()->number);
    tsc_sync_answer();
    smp_cpu_setup();
    smp_wait_for_release();
}

static INIT void wait(uint64_t ns)
{
    uint64_t until = timer_now() + ns;

    while (timer_now() < until)
        cpu_relax();
}

static INIT bool wait_for_arrival(uint64_t ns)
{
    uint64_t until = timer_now() + ns;

    /* acquire: as the release in smp_cpu_main */
    while (!atomic_load_explicit(&arrived, memory_order_acquire)) {
        if (timer_now() > until)
            return false;
        cpu_relax();
    }
    return true;
}

static INIT bool wait_for_online(unsigned cpu, uint64_t ns)
{
    uint64_t until = timer_now() + ns;

    while ((cpus_online() >> cpu & 1) == 0) {
        if (timer_now() > until)
            return false;
        cpu_relax();
    }
    return true;
}

/* True when CPU runs. */
static INIT bool start(unsigned cpu, uint32_t apic_id, paddr_t page)
{
    uint32_t message = LAPIC_SEND_START | (uint32_t)(page.v / PAGE_SIZE);
    struct tsc_offset offset;

    /* relaxed: the CPU that will write it does not run */
    atomic_store_explicit(&arrived, false, memory_order_relaxed);
    tsc_sync_init();
    lapic_send(apic_id, message);
    if (!wait_for_arrival(START_NS))
        lapic_send(apic_id, message);
    if (!wait_for_arrival(ANSWER_NS) || !tsc_sync_ask(ANSWER_NS, &offset) || !wait_for_online(cpu, ANSWER_NS))
        return false;
    if (tsc_out_of_step(offset))
        LOG(LOG_WARN, "boot: tsc cpu=%u offset=%ld error=%lu", cpu, (long)offset.ticks,
            (unsigned long)offset.error);
    return true;
}

/* The CPUs that can be started, without this one. */
static INIT unsigned list(uint32_t *ids)
{
    uint32_t own = lapic_id();
    unsigned count = 0;

    for (unsigned i = 0; i < acpi.madt.ncpus; i++) {
        uint32_t id = acpi.madt.cpus[i].apic_id;

        if (id == own)
            continue;
        if (count == CPUS_MAX - 1 || !lapic_reaches(id))
            LOG(LOG_WARN, "boot: cpu apic=%u left out, %s", id,
                count == CPUS_MAX - 1 ? "too many" : "without x2apic it cannot be reached");
        else
            ids[count++] = id;
    }
    return count;
}

/* How many run. */
static INIT unsigned start_all(const uint32_t *ids, unsigned count, paddr_t page)
{
    unsigned cpu = 1;
    uint64_t *root = NULL;

    memcpy(phys_window(page), smp_trampoline, (size_t)(smp_trampoline_end - smp_trampoline));
    for (unsigned i = 0; i < count; i++)
        lapic_send(ids[i], LAPIC_SEND_INIT);
    wait(INIT_NS);
    for (unsigned i = 0; i < count; i++) {
        if (!root)
            root = kmap_new_root();
        smp_next_root = phys_of(root).v;
        smp_add_cpu(cpu, kmap_local_page(root), root, ids[i]);
        if (start(cpu, ids[i], page)) {
            cpu++;
            root = NULL;
            continue;
        }
        lapic_send(ids[i], LAPIC_SEND_INIT);
        wait(INIT_NS);
        LOG(LOG_WARN, "boot: cpu apic=%u does not answer", ids[i]);
    }
    return cpu;
}

INIT void smp_start(void)
{
    static INIT_DATA uint32_t ids[CPUS_MAX];
    unsigned found = acpi.madt.cpus_found ? acpi.madt.cpus_found : 1;
    unsigned running = 1;
    unsigned count = list(ids);
    uint64_t page;

    ASSERT(smp_trampoline_end - smp_trampoline <= (ptrdiff_t)PAGE_SIZE);
    smp_add_cpu(0, kmap_local_page(kmap_root), kmap_root, lapic_id());
    smp_boot_cpu_runs();
    if (count && regions_take(&boot_info.usable, PAGE_SIZE, PAGE_SIZE, LOW_MEMORY_END, &page)) {
        running = start_all(ids, count, paddr(page));
        /* all that came through it are past it, and the others are stopped */
        regions_add(&boot_info.usable, page, page + PAGE_SIZE);
    } else if (count) {
        LOG(LOG_WARN, "boot: no memory below 1 MiB to start cpus with");
    }
    LOG(LOG_INFO, "boot: cpus found=%u online=%u", found, running);
}
