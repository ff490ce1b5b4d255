/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the portable kernel asks of the processor and the machine as such: stop, idle, end, port I/O.
 */
#ifndef QUIRE_ARCH_CPU_H
#define QUIRE_ARCH_CPU_H

#include <stdint.h>

#include "kernel/base/compiler.h"

/* Statuses given to the emulator; 0-99 are those of commands. */
#define EXIT_STATUS_OK          0
#define EXIT_STATUS_PANIC       120
#define EXIT_STATUS_UNSUPPORTED 123

/* Interrupts off, for ever. */
NORETURN void cpu_halt_forever(void);

/* Waits for one interrupt with interrupts on; they are off again when it returns. Only the idle loop calls
 * it. */
void cpu_idle(void);

/* Interrupts that are due come now, off again when it returns. The caller holds no pointer to an object. */
void cpu_let_interrupts_in(void);

/*
 * Ends the emulator with VALUE where the boot argument debug-exit= names its port (QEMU's exit status is then
 * 2 * VALUE + 1). Without the argument no port is written and the function returns.
 */
void cpu_exit_emulator(unsigned value);

NORETURN void cpu_reset(void);

/* ACPI S5. Returns where the machine cannot be switched off by software. */
void cpu_poweroff(void);

/* Prints "UNSUPPORTED: " and WHAT, then ends with 123 or halts with the text on the screen. */
NORETURN void machine_refused(const char *what);

/* Tells the processor that this is a spin-wait loop. */
void cpu_relax(void);

uint8_t io_in8(uint16_t port);
uint16_t io_in16(uint16_t port);
uint32_t io_in32(uint16_t port);
void io_out8(uint16_t port, uint8_t value);
void io_out16(uint16_t port, uint16_t value);
void io_out32(uint16_t port, uint32_t value);

#endif
