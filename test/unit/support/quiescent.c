// SPDX-License-Identifier: BSD-2-Clause
// Apart from the rest of the CPUs: only programs that have rounds link it.
#include "cpu.h"

#include "kernel/smp/round.h"

void cpu_quiescent(unsigned cpu)
{
    unsigned before = cpu_current;

    cpu_current = cpu;
    round_acknowledge(round_current());
    cpu_current = before;
}
