// SPDX-License-Identifier: BSD-2-Clause
// The forbidden things. See kinds.h. In each piece of assembly the exception is the point: the processor
// raises it before the instruction has any effect (no assertion: there is no effect). Addresses pass through
// volatile variables so that the compiler neither knows them nor leaves out the access.
#include "roottask/servers/crash/kinds.h"

#include <stddef.h>
#include <stdint.h>

#include <l4/program.h>
#include <l4/system.h>

#define KERNEL_TEXT   0xffffffff80100000ull
#define NONCANONICAL  0x0000800000000000ull
#define FRAME         256
#define RETURN_OPCODE 0xc3

static volatile uint64_t sink;

void crash_null(void)
{
    volatile uint64_t *volatile pointer = NULL;

    sink = *pointer;
}

void crash_kernel_read(void)
{
    volatile uint64_t *volatile pointer = (volatile uint64_t *)KERNEL_TEXT;

    sink = *pointer;
}

void crash_kernel_write(void)
{
    volatile uint64_t *volatile pointer = (volatile uint64_t *)KERNEL_TEXT;

    *pointer = 0;
}

void crash_text_write(void)
{
    volatile uint8_t *volatile pointer = (volatile uint8_t *)(uintptr_t)crash_text_write;

    *pointer = 0;
}

void crash_exec_stack(void)
{
    volatile uint8_t code[16] = {RETURN_OPCODE};
    void (*volatile function)(void) = (void (*)(void))(uintptr_t)code;

    function();
    sink = code[0];
}

void crash_noncanonical_jump(void)
{
    void (*volatile function)(void) = (void (*)(void))NONCANONICAL;

    function();
    sink = 0;
}

void crash_cli(void)
{
    // a privileged instruction: #GP
    __asm__ volatile("cli" : : : "memory");
}

void crash_in_port(void)
{
    uint8_t value;

    // no port is open to user code: #GP
    __asm__ volatile("inb $0x64, %0" : "=a"(value));
    sink = value;
}

void crash_stack_overflow(void)
{
    volatile uint8_t frame[FRAME];

    frame[0] = (uint8_t)sink;
    // The condition is always true, which the compiler does not know.
    if (sink == 0)
        crash_stack_overflow();
    sink = frame[0];
}

void crash_other_space_cap(void)
{
    uint64_t counters[8];

    // The number of a good handle of the root task's. In this program's table it names nothing.
    if (l4_info_counters(L4_CAP_SYSTEM(L4_BOOT_INFO), 0, counters) == L4_ERR_CAP)
        l4_abort("other-space-cap");
    sink = counters[0];
}

void crash_divide(void)
{
    volatile uint64_t zero = 0;

    // the instruction: of a division in C the compiler may leave none over
    __asm__ volatile("xor %%edx, %%edx\n\tdivq %0" : : "m"(zero), "a"(1) : "rdx", "cc");
}

void crash_invalid_opcode(void)
{
    // the instruction that always raises #UD
    __asm__ volatile("ud2" : : : "memory");
}

void crash_kernel_recursion(void)
{
    if (l4_power_panic(l4_cap("power"), L4_PANIC_RECURSION) == L4_ERR_CAP)
        l4_abort("no-power-capability");
}

void crash_panic(void)
{
    if (l4_power_panic(l4_cap("power"), L4_PANIC_PLAIN) == L4_ERR_CAP)
        l4_abort("no-power-capability");
}
