/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two 8259 interrupt controllers of the PC, which the kernel does not use.
 */
#ifndef QUIRE_X86_64_DEV_PIC_H
#define QUIRE_X86_64_DEV_PIC_H

#include "kernel/arch/irq.h"

/*
 * Masks every line and moves both to PIC_VECTOR … PIC_VECTOR + 15, where their spurious interrupts 7 and 15
 * arrive. Left alone, the timer's would arrive as vector 8 and look like a double fault.
 */
void pic_init(void);

#endif
