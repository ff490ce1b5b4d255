/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry set-up, and the state of a thread that IPC does not carry: vector registers and segment bases.
 */
#include "kernel/arch/entry.h"

#include <l4/abi/layout.h>

#include "arch/x86_64/cpu/x86.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/cpu_local.h"
#include "kernel/thread/thread.h"

void entry_fast(void);
void entry_slow(void);
void entry_compat(void);
NORETURN void exit_sysret(struct activation *a);
NORETURN void exit_iret(struct activation *a);

/* TF IF DF IOPL NT RF AC: nothing of the caller's flags is in force in the kernel. SDM vol. 3, 5.8.8. */
#define SFMASK UINT64_C(0x57700)

/* Where SYSCALL leads from now on. */
static void entry_choose(bool slow)
{
    if (cpu_local()->slow_entry == slow)
        return;
    cpu_local()->slow_entry = slow;
    wrmsr(MSR_LSTAR, (uint64_t)(uintptr_t)(QUIRE_FASTPATH && !slow ? entry_fast : entry_slow));
}

INIT void entry_init(unsigned cpu)
{
    struct cpu_local *c = cpu_local();
    struct l4_cpu_page *page = (struct l4_cpu_page *)CPU_USER_ALIAS;
    uint64_t star = (uint64_t)(SELECTOR_KERNEL_DATA | 3) << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32;

    /* SYSRET takes CS = field + 16 and SS = field + 8; AMD takes their RPL from the field as it stands */
    _Static_assert(SELECTOR_KERNEL_DATA + 16 == SELECTOR_USER_CODE, "SYSRET code selector");
    _Static_assert(SELECTOR_KERNEL_DATA + 8 == SELECTOR_USER_DATA, "SYSRET stack selector");
    c->number = cpu;
    c->stack_top = CPU_STACK_TOP(CPU_STACK_KERNEL);
    c->cr3 = read_cr3() & ~UINT64_C(0xfff);
    c->kernel_cr3 = c->cr3;
    c->has_fsgsbase = cpu_feature_is_on(CPU_FSGSBASE);
    page->cpu = cpu;
    wrmsr(MSR_STAR, star);
    c->slow_entry = QUIRE_FASTPATH; /* and now: */
    entry_choose(!QUIRE_FASTPATH);
    wrmsr(MSR_CSTAR, (uint64_t)(uintptr_t)entry_compat);
    wrmsr(MSR_SFMASK, SFMASK);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

void user_enter(struct activation *a)
{
    ((struct l4_cpu_page *)CPU_USER_ALIAS)->utcb = a->utcb;
    cpu_local()->current = a;
    /* an exception is to find all registers, of which the fast paths use up two before they give up */
    entry_choose(!QUIRE_FASTPATH || a->thread->foreign);
    if (a->full) {
        /* IRET to a RIP that is not canonical faults in ring 0 (SDM vol. 2, IRET), and a processor may report
         * the target of a jump as that of the fault; a program resumed there faults at the end of its half */
        if ((int64_t)(a->rip << 16) >> 16 != (int64_t)a->rip)
            a->rip = L4_USER_END;
        exit_iret(a);
    }
    ASSERT(a->rip <= L4_USER_END);
    exit_sysret(a);
}

bool entry_can_switch(void)
{
    return cpu_local()->has_fsgsbase && fpu_clear_mask;
}

static void bases_save(struct thread *t)
{
    /* RDFSBASE, RDGSBASE: allowed, since CR4.FSGSBASE was read back as set */
    __asm__ volatile("rdfsbase %0" : "=r"(t->fs));
    __asm__ volatile("rdgsbase %0" : "=r"(t->gs));
    ASSERT(cpu_local()->has_fsgsbase);
}

static void bases_load(uint64_t fs, uint64_t gs)
{
    /* WRFSBASE, WRGSBASE: the values came from there, so they are canonical */
    ASSERT(cpu_local()->has_fsgsbase);
    __asm__ volatile("wrfsbase %0" : : "r"(fs));
    __asm__ volatile("wrgsbase %0" : : "r"(gs));
}

/* DS, ES, FS and GS. They mean nothing in 64-bit mode, but a program can write and read them. */
static void selectors_save(uint16_t s[4])
{
    /* no assertion: reading a selector faults never */
    __asm__ volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
                     : "=m"(s[0]), "=m"(s[1]), "=m"(s[2]), "=m"(s[3]));
}

/* S was read from there or is 0, so no load faults. FS and GS change their bases: load those afterwards. */
static void selectors_load(const uint16_t s[4])
{
    /* no assertion: what may be loaded was loaded before, by the program */
    __asm__ volatile("mov %0, %%ds; mov %1, %%es; mov %2, %%fs; mov %3, %%gs"
                     :
                     : "m"(s[0]), "m"(s[1]), "m"(s[2]), "m"(s[3]));
}

/* Interrupted, or with a fault in its chain: it expects its state back. After IPC it expects nothing. */
static bool expects_state(const struct thread *t)
{
    return t->current && (t->current->full || t->faults > 0);
}

void user_state_save(struct thread *t)
{
    struct cpu_local *c = cpu_local();

    ASSERT(c->vector_thread == t && expects_state(t));
    fpu_save(t->vector_area);
    selectors_save(t->selectors);
    if (c->has_fsgsbase)
        bases_save(t);
    t->vector_live = true;
    c->vector_thread = NULL;
}

void user_state_release(struct thread *t)
{
    if (cpu_local()->vector_thread != t)
        return;
    if (expects_state(t))
        user_state_save(t);
    cpu_local()->vector_thread = NULL;
}

void user_state_switch(struct thread *t)
{
    struct cpu_local *c = cpu_local();
    struct thread *old = c->vector_thread;
    static const uint16_t none[4];

    if (old == t)
        return;
    if (old)
        user_state_release(old);
    c->vector_thread = t;
    if (t->vector_live)
        fpu_load(t->vector_area);
    else
        fpu_clear();
    selectors_load(t->vector_live ? t->selectors : none);
    if (c->has_fsgsbase)
        bases_load(t->vector_live ? t->fs : 0, t->vector_live ? t->gs : 0);
    t->vector_live = false;
}
