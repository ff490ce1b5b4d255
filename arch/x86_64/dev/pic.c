/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switches the 8259s off: moved to vectors of their own first, because a spurious interrupt ignores the mask.
 * Callers: trap_init_early. Harmless where there are none.
 */
#include "arch/x86_64/dev/pic.h"

#include "kernel/arch/cpu.h"
#include "kernel/base/compiler.h"

#define MASTER 0x20
#define SLAVE  0xa0

#define ICW1_INIT_ICW4 0x11
#define ICW3_MASTER    0x04 /* slave on line 2 */
#define ICW3_SLAVE     0x02
#define ICW4_8086      0x01
#define ALL_MASKED     0xff

static INIT void set_up(uint16_t base, uint8_t vector, uint8_t icw3)
{
    io_out8(base, ICW1_INIT_ICW4);
    io_out8(base + 1, vector);
    io_out8(base + 1, icw3);
    io_out8(base + 1, ICW4_8086);
    io_out8(base + 1, ALL_MASKED);
}

INIT void pic_init(void)
{
    set_up(MASTER, PIC_VECTOR, ICW3_MASTER);
    set_up(SLAVE, PIC_VECTOR + 8, ICW3_SLAVE);
}
