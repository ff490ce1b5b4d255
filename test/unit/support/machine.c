// SPDX-License-Identifier: BSD-2-Clause
// The rest of a machine, for tests that run the whole kernel core on the host: a clock the test turns, timers
// that say when they would fire, vector state that is nothing, and devices that are not there.
#include "machine.h"

#include "cpu.h"

#include "kernel/arch/address.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/timer.h"
#include "kernel/base/assert.h"
#include "kernel/sys/call.h"

uint64_t machine_now = 1;
uint64_t machine_timer[CPUS_MAX];
size_t fpu_area_size = 512;

uint64_t timer_now(void)
{
    return machine_now;
}

void timer_arm(uint64_t deadline_ns)
{
    machine_timer[cpu_number()] = deadline_ns;
}

void fpu_area_init(void *area)
{
    (void)area;
}

bool entry_can_switch(void)
{
    return true;
}

void user_state_switch(struct thread *t)
{
    struct cpu_local *c = cpu_local();

    if (c->vector_thread && c->vector_thread != t)
        user_state_release(c->vector_thread);
    c->vector_thread = t;
    t->vector_live = false;
}

void user_state_save(struct thread *t)
{
    ASSERT(cpu_local()->vector_thread == t && t->current->full);
    t->vector_live = true;
    cpu_local()->vector_thread = NULL;
}

void user_state_release(struct thread *t)
{
    if (cpu_local()->vector_thread != t)
        return;
    t->vector_live = t->current && (t->current->full || t->faults > 0);
    cpu_local()->vector_thread = NULL;
}

void address_space_enter(paddr_t root)
{
    if (cpu_local()->cr3 == root.v)
        return;
    cpu_local()->cr3 = root.v;
    cpu_loads[cpu_current]++;
}

void address_space_leave(paddr_t root)
{
    if (cpu_local()->cr3 == root.v)
        address_space_enter(paddr(cpu_local()->kernel_cr3));
}

#define REFUSED(name)                       \
    enum l4_error op_##name(struct call *c) \
    {                                       \
        (void)c;                            \
        return L4_ERR_NOSYS;                \
    }

REFUSED(IRQ_BIND)
REFUSED(IRQ_ACK)
REFUSED(IRQ_UNBIND)
REFUSED(PORT_IN)
REFUSED(PORT_OUT)
REFUSED(PORT_OUT_STRING)
REFUSED(PHYS_MAP)
REFUSED(POOL_ADD)
REFUSED(POOL_FAIL)
REFUSED(CPU_STATE)
REFUSED(LOG_READ)
REFUSED(LOG_WRITE)
REFUSED(POWER_OFF)
REFUSED(POWER_RESET)
REFUSED(POWER_PANIC)
REFUSED(INFO_COUNTERS)
