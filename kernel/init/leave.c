/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaves the boot: the one place where init code hands over to code that stays. Called by kernel_main with
 * everything set up; its caller's code is gone when it goes on. first_program has given the frames away as
 * free memory before, which nobody touches until a thread runs.
 */
#include "kernel/init/leave.h"

#include "kernel/arch/kmap.h"
#include "kernel/arch/smp.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/sys/call.h"

void boot_leave(void (*probe)(void))
{
    log_echo_off();
    kmap_release_init();
    smp_release();
    if (probe)
        probe();
    kernel_exit();
}

/* Not in line: a place in it is where the tests stop CPUs that have begun. */
NOINLINE void smp_cpu_run(void)
{
    kernel_exit();
}
