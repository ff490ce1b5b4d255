// SPDX-License-Identifier: BSD-2-Clause
// See cores.h.
#include "cores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cpu.h"
#include "kernel/arch/address.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/smp.h"
#include "kernel/arch/timer.h"
#include "kernel/ipc/fast.h"
#include "kernel/map/vspace.h"
#include "kernel/mem/frame.h"
#include "kernel/sched/sched.h"
#include "kernel/smp/cpus.h"
#include "kernel/smp/mail.h"
#include "kernel/smp/round.h"
#include "kernel/space/space.h"
#include "kernel/sys/work.h"
#include "machine.h"

enum core_state core_state[CORES_MAX];
uint64_t cores_left_tables;

void cores_start(unsigned count)
{
    cpu_mask = (UINT64_C(1) << count) - 1;
    cpu_poked = 0;
    for (unsigned i = 0; i < count; i++) {
        cpu_pretend(i, cpu_mask);
        round_idle_end();
        core_state[i] = CORE_TURNS;
    }
}

bool core_called(unsigned cpu)
{
    return core_state[cpu] == CORE_TURNS || cpu_poked >> cpu & 1 || machine_timer[cpu] <= machine_now;
}

static void interrupt_timer(unsigned cpu)
{
    machine_timer[cpu] = TIMER_OFF;
    sched_timer();
}

void core_enter(unsigned cpu)
{
    cpu_pretend(cpu, cpu_mask);
    if (core_state[cpu] == CORE_SLEEPS)
        round_idle_end();
    if (core_state[cpu] == CORE_USER)
        fast_settle();
    if (core_state[cpu] == CORE_USER && core_called(cpu))
        cpu_local()->thread->current->full = 1;
    if (machine_timer[cpu] <= machine_now)
        interrupt_timer(cpu);
    core_state[cpu] = CORE_TURNS;
}

// As kernel_exit does. False when mail has come in meanwhile.
static bool sleep_begin(void)
{
    address_space_enter(paddr(cpu_local()->kernel_cr3));
    sched_arm();
    round_idle_begin();
    if (!mail_waiting())
        return true;
    round_idle_end();
    return false;
}

// What a program has used on a CPU since it dropped its translations last.
static struct core_tlb {
    struct vspace *vs;
    uint64_t loads;
    uint64_t entry[WATCHED_PAGES]; // 0: none
    paddr_t table[WATCHED_PAGES];  // page tables walked for them, which a processor keeps as well
} tlbs[CORES_MAX];

static void tlb_drop(uint64_t va)
{
    // whatever the address, INVLPG drops everything that is kept of page tables
    memset(tlbs[cpu_number()].table, 0, sizeof tlbs[0].table);
    if (va - CORES_WATCHED < WATCHED_PAGES * PAGE_SIZE)
        tlbs[cpu_number()].entry[(va - CORES_WATCHED) / PAGE_SIZE] = 0;
}

// The entry that maps page I of VS, 0 when none does; *TABLE: the table it lies in.
static uint64_t entry_of(struct vspace *vs, unsigned i, paddr_t *table)
{
    struct leaf leaf;
    uint64_t entry = 0;

    spin_lock(&map_lock);
    if (vspace_find(vs, CORES_WATCHED + i * PAGE_SIZE, &leaf)) {
        entry = *leaf.pte;
        *table = paddr(align_down(phys_of(leaf.pte).v, PAGE_SIZE));
    }
    spin_unlock(&map_lock);
    return entry;
}

static void tlb_fill(struct vspace *vs)
{
    struct core_tlb *tlb = &tlbs[cpu_number()];
    bool kept = tlb->vs == vs && tlb->loads == cpu_loads[cpu_number()];

    tlb_flush_shown = tlb_drop;
    for (unsigned i = 0; i < WATCHED_PAGES; i++)
        if (!kept || tlb->entry[i] == 0) {
            tlb->table[i] = paddr(0);
            tlb->entry[i] = entry_of(vs, i, &tlb->table[i]);
        }
    tlb->vs = vs;
    tlb->loads = cpu_loads[cpu_number()];
}

// True when CPU has been told to drop its translations before it acknowledges a round, or is about to be.
static bool will_drop(unsigned cpu)
{
    if (atomic_load(&cpu_shared[cpu].flush))
        return true;
    for (unsigned i = 0; cpu_mask >> i & 1; i++)
        if (core_state[i] == CORE_TURNS && cpu_local_of(i)->flush_mask >> cpu & 1)
            return true;
    return false;
}

// A table that CPU may go through is that space's, or waits until it is left.
static void check_tables(unsigned cpu)
{
    for (unsigned i = 0; i < WATCHED_PAGES; i++) {
        paddr_t p = tlbs[cpu].table[i];

        if (p.v == 0)
            continue;
        if (frame_of(p)->kind == FRAME_TABLE) {
            assert_ptr_equal(frame_of(p)->owner, tlbs[cpu].vs);
            assert_int_equal(frame_of(p)->base, align_down(CORES_WATCHED, LARGE_PAGE_SIZE) | 1);
        } else {
            assert_true(frame_of(p)->kind == FRAME_LIMBO && will_drop(cpu));
            cores_left_tables++;
        }
    }
}

void cores_check(void)
{
    for (unsigned cpu = 0; cpu_mask >> cpu & 1; cpu++) {
        const struct core_tlb *tlb = &tlbs[cpu];
        uint64_t cr3 = cpu_local_of(cpu)->cr3;

        if (cr3 != 0 && cr3 != cpu_local_of(cpu)->kernel_cr3)
            assert_int_not_equal(frame_of(paddr(cr3))->kind, FRAME_FREE);
        if (core_state[cpu] != CORE_USER || tlb->loads != cpu_loads[cpu])
            continue;
        check_tables(cpu);
        if (will_drop(cpu))
            continue;
        for (unsigned i = 0; i < WATCHED_PAGES; i++) {
            paddr_t table;
            uint64_t now = tlb->entry[i] ? entry_of(tlb->vs, i, &table) : 0;

            if (tlb->entry[i] == 0)
                continue;
            assert_int_equal(pte_address(now).v, pte_address(tlb->entry[i]).v);
            assert_int_equal(pte_rights(tlb->entry[i]) & ~pte_rights(now), 0);
        }
    }
}

void core_leave(struct thread *t)
{
    core_state[cpu_number()] = CORE_USER;
    assert_ptr_equal(t, cpu_local()->thread);
    assert_int_not_equal(t->current->space->vs.root[cpu_number()].v, 0);
    user_state_switch(t);
    vspace_enter(&t->current->space->vs);
    address_space_enter(t->current->space->vs.root[cpu_number()]);
    assert_int_not_equal(cpu_local()->cr3, 0);
    tlb_fill(&t->current->space->vs);
    cpu_local()->current = t->current;
    fast_begin(t);
}

void core_turns(unsigned budget)
{
    unsigned cpu = cpu_number();

    for (; budget > 0; budget--) {
        enum turn turn;
        struct thread *t;

        cpu_poked &= ~(UINT64_C(1) << cpu);
        t = kernel_turn(&turn);
        if (turn == TURN_IDLE) {
            if (!sleep_begin())
                continue;
            core_state[cpu] = CORE_SLEEPS;
            return;
        }
        sched_arm();
        if (turn == TURN_RUN) {
            core_leave(t);
            return;
        }
    }
}

uint64_t cores_next_timer(void)
{
    uint64_t first = TIMER_OFF;

    for (unsigned i = 0; cpu_mask >> i & 1; i++)
        if (machine_timer[i] < first)
            first = machine_timer[i];
    return first;
}
