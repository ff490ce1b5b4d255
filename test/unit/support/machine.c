// SPDX-License-Identifier: BSD-2-Clause
// The rest of a machine, for tests that run the whole kernel core on the host: a clock the test turns, vector
// state that is nothing, and devices that are not there.
#include "machine.h"

#include <stdlib.h>

#include "kernel/arch/address.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/arch/timer.h"
#include "kernel/sys/call.h"

uint64_t machine_now = 1;
size_t fpu_area_size = 512;

uint64_t timer_now(void)
{
    return machine_now;
}

void timer_arm(uint64_t deadline_ns)
{
    (void)deadline_ns;
}

void fpu_area_init(void *area)
{
    (void)area;
}

void address_space_leave(paddr_t root)
{
    (void)root;
}

// Somebody is always ready.
void cpu_idle(void)
{
    abort();
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
