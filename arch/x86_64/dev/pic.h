/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two 8259 interrupt controllers of the PC, which the kernel does not use.
 */
#ifndef QUIRE_X86_64_DEV_PIC_H
#define QUIRE_X86_64_DEV_PIC_H

/* The vectors their spurious interrupts (7 and 15) arrive at. */
#define PIC_VECTOR 0x20

/* Masks every line. Left alone, the timer's would arrive as vector 8 and look like a double fault. */
void pic_init(void);

#endif
