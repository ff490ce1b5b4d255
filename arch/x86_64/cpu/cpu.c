/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping, idling and ending. No state; callable from anywhere, also from a panic.
 * Here is no assertion: one that fails would end up here again.
 */
#include "kernel/arch/cpu.h"

#include "arch/x86_64/cpu/descriptors.h"
#include "arch/x86_64/cpu/poweroff.h"
#include "kernel/arch/console.h"
#include "kernel/base/bootargs.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"

#define KEYBOARD_STATUS 0x64
#define KEYBOARD_BUSY   0x02
#define KEYBOARD_RESET  0xfe
#define RESET_CONTROL   0xcf9
#define RESET_FULL      0x0e
#define RESET_SPINS     100000
#define PORT_NUMBER_MAX 0xffff

void cpu_halt_forever(void)
{
    /* CLI before each HLT: an NMI ends the HLT, and the loop goes on */
    for (;;)
        __asm__ volatile("cli; hlt" : : : "memory");
}

void cpu_idle(void)
{
    /* STI takes effect after the next instruction: an interrupt cannot slip in between and leave HLT waiting
     */
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

void cpu_let_interrupts_in(void)
{
    /* STI takes effect after the next instruction: without NOP nothing could come in before CLI */
    __asm__ volatile("sti; nop; cli" : : : "memory");
}

void cpu_relax(void)
{
    /* PAUSE: a hint, no effect on state */
    __asm__ volatile("pause" : : : "memory");
}

void cpu_exit_emulator(unsigned value)
{
    uint64_t port;

    if (bootarg_number("debug-exit", PORT_NUMBER_MAX, &port) && port != 0)
        io_out8((uint16_t)port, (uint8_t)value);
}

/* Four ways, for machines differ: ACPI's, chip set, keyboard controller, an exception nobody can take. */
void cpu_reset(void)
{
    const struct descriptor_pointer nothing = {0, 0};

    acpi_reset();
    io_out8(RESET_CONTROL, RESET_FULL);
    for (unsigned i = 0; i < RESET_SPINS && (io_in8(KEYBOARD_STATUS) & KEYBOARD_BUSY) != 0; i++)
        cpu_relax();
    io_out8(KEYBOARD_STATUS, KEYBOARD_RESET);
    for (unsigned i = 0; i < RESET_SPINS; i++)
        cpu_relax();
    /* an IDT without entries: the breakpoint becomes a triple fault, which resets the machine */
    __asm__ volatile("lidt %0; int3" : : "m"(nothing) : "memory");
    cpu_halt_forever();
}

INIT void machine_refused(const char *what)
{
    static const char head[] = "UNSUPPORTED: ";

    console_early_init();
    log_echo_on();
    log_raw(head, sizeof head - 1);
    log_raw(what, strlen(what));
    log_raw("\n", 1);
    cpu_exit_emulator(EXIT_STATUS_UNSUPPORTED);
    cpu_halt_forever();
}
