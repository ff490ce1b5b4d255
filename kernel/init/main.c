/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot order. Called once, on the first CPU, on its own stack, with the kernel's page tables; the boot
 * arguments, the memory map and COM1 are there. All of it is init code, boot_leave excepted.
 */
#include "kernel/init/main.h"

#include "kernel/arch/acpi.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/cpu_features.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/screen.h"
#include "kernel/arch/smp.h"
#include "kernel/arch/timer.h"
#include "kernel/arch/trap.h"
#include "kernel/base/bootargs.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/init/first.h"
#include "kernel/init/leave.h"
#include "kernel/sys/call.h"
#include "kernel/sys/recount.h"

static INIT void run_panic_test(void)
{
    const char *name = bootarg("panic-test");

    if (name != NULL)
        panic_test(name);
}

static void thread_timeout(struct thread *t)
{
    wait_abort(t, L4_ERR_TIMEOUT);
}

INIT void smp_cpu_setup(void)
{
    sched_init();
}

INIT void kernel_main(void)
{
    trap_init_cpu();
    run_panic_test();
    cpu_features_init();
    fpu_init();
    fb_init();
    vga_text_init();
    acpi_init();
    irq_init();
    timer_init();
    cpu_features_report();
    first_pool();
    entry_init(0);
    sched_init();
    sched_callbacks.thread_timeout = thread_timeout;
    sched_callbacks.event_timer = event_timer_fired;
    cap_reply_deleted = ipc_reply_deleted;
    irq_setup();
    recount_init();
    smp_start();
    first_info_page();
    first_program();
    boot_leave(panic_test_late());
}
