/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The panic report: one line with the reason, the registers where a trap brought them, a backtrace with
 * names. Owns the word that says whose panic is going on; the other CPUs are stopped. Nothing here allocates,
 * locks or trusts a pointer it has not checked; a second panic during the report ends it at once.
 */
#include <stdarg.h>
#include <stdatomic.h>

#include "arch/x86_64/cpu/symbols.h"
#include "arch/x86_64/cpu/x86.h"
#include "arch/x86_64/mm/stacks.h"
#include "kernel/arch/console.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/smp.h"
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"
#include "kernel/base/format.h"
#include "kernel/base/log.h"

#define BACKTRACE_MAX 24
#define REASON_MAX    256
#define LINE_MAX      160

#define NOBODY UINT32_MAX

/* The first CPU that panics reports; it is never taken back. */
static _Atomic uint32_t panicking = NOBODY;

static void say(const char *fmt, ...) PRINTF_LIKE(1, 2);

static void say(const char *fmt, ...)
{
    char line[LINE_MAX];
    va_list args;
    size_t n;

    va_start(args, fmt);
    n = format_va(line, sizeof line, fmt, args);
    va_end(args);
    log_raw(line, n);
}

static NORETURN void end(void)
{
    cpu_exit_emulator(EXIT_STATUS_PANIC);
    cpu_halt_forever();
}

static void say_registers(const struct trap_frame *f)
{
    say("  rax %016lx rbx %016lx rcx %016lx\n", f->rax, f->rbx, f->rcx);
    say("  rdx %016lx rsi %016lx rdi %016lx\n", f->rdx, f->rsi, f->rdi);
    say("  rbp %016lx rsp %016lx rip %016lx\n", f->rbp, f->rsp, f->rip);
    say("  r8  %016lx r9  %016lx r10 %016lx\n", f->r8, f->r9, f->r10);
    say("  r11 %016lx r12 %016lx r13 %016lx\n", f->r11, f->r12, f->r13);
    say("  r14 %016lx r15 %016lx rflags %06lx\n", f->r14, f->r15, f->rflags);
    say("  vector %lu error %lx cs %lx ss %lx\n", f->vector, f->error, f->cs, f->ss);
    say("  cr0 %lx cr2 %lx cr3 %lx cr4 %lx\n", read_cr0(), read_cr2(), read_cr3(), read_cr4());
}

/* ADDRESS is where to look the name up, one less than what is shown for a return address: a call can be last.
 */
static void say_step(unsigned depth, uint64_t shown, uint64_t address)
{
    uint64_t offset = 0;
    const char *name = symbol_find(address, &offset);

    if (name != NULL)
        say("  #%u 0x%016lx %s+0x%lx\n", depth, shown, name, offset + (shown - address));
    else
        say("  #%u 0x%016lx\n", depth, shown);
}

/* Kernels for use have no frame pointers, so every word of the stack that a call may have left is shown: one
 * that lies there from an earlier call is among them now and then. */
static void say_backtrace(uint64_t rip, uint64_t rsp)
{
    unsigned depth = 0;

    if (rip != 0)
        say_step(depth++, rip, rip);
    for (; depth < BACKTRACE_MAX && rsp % 8 == 0 && stack_holds(rsp, 8); rsp += 8) {
        uint64_t word = *(const uint64_t *)(uintptr_t)rsp;

        if (symbol_is_return(word))
            say_step(depth++, word, word - 1);
    }
    if (depth == BACKTRACE_MAX)
        say("  ...\n");
}

static NORETURN void report(const struct trap_frame *frame, uint64_t rsp, const char *fmt, va_list args)
{
    static char reason[REASON_MAX];
    uint32_t first = NOBODY;

    /* acquire: the report begins after the word is taken; relaxed: who fails reads nothing of the first's */
    if (!atomic_compare_exchange_strong_explicit(&panicking, &first, smp_this_cpu(), memory_order_acquire,
                                                 memory_order_relaxed)) {
        /* the first one's word */
        if (first != smp_this_cpu())
            cpu_halt_forever();
        say("PANIC: again, during the report\n");
        end();
    }
    smp_stop_others();
    log_enter_panic();
    console_early_init();
    format_va(reason, sizeof reason, fmt, args);
    log_raw("PANIC: ", 7);
    say("%s\n", reason);
    if (frame != NULL)
        say_registers(frame);
    say_backtrace(frame != NULL ? frame->rip : 0, rsp);
    end();
}

void panic(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report(NULL, (uint64_t)(uintptr_t)__builtin_frame_address(0), fmt, args);
}

void panic_with_frame(const struct trap_frame *frame, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report(frame, frame != NULL ? frame->rsp : (uint64_t)(uintptr_t)__builtin_frame_address(0), fmt, args);
}
