/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt controllers: the I/O APICs' inputs, numbered by GSI, and the local APIC's end of interrupt.
 *
 * The 8259s are off since trap_init_early. After irq_init every input is masked and this CPU's local APIC is
 * on. Vectors: IRQ_VECTOR(gsi) for device interrupts, TIMER_VECTOR, MAIL_VECTOR (kernel/arch/smp.h),
 * SPURIOUS_VECTOR (no end of interrupt; ignore, like PIC_VECTOR … PIC_VECTOR + 15, where a
 * masked 8259 can still raise its own spurious ones).
 * Lock: irq_lock (irq.c) around the I/O APICs' index registers.
 */
#ifndef QUIRE_ARCH_IRQ_H
#define QUIRE_ARCH_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#define PIC_VECTOR       0x20
#define IRQ_VECTOR_FIRST 0x30
#define IRQ_VECTOR_LAST  0xef
#define SPURIOUS_VECTOR  0xff
#define IRQ_MAX          (IRQ_VECTOR_LAST - IRQ_VECTOR_FIRST + 1)

#define IRQ_VECTOR(gsi) (IRQ_VECTOR_FIRST + (gsi))

/* Trigger mode; 0 is edge and active high. */
#define IRQ_LEVEL      1u
#define IRQ_ACTIVE_LOW 2u

/* Boot processor, after acpi_init. */
void irq_init(void);

/* The local APIC of a further CPU. */
void irq_init_cpu(void);

/* One more than the highest GSI there is, at most IRQ_MAX. */
unsigned irq_count(void);

/* The GSI of an ISA interrupt (0-15), and how a GSI is triggered as far as the firmware says. */
unsigned irq_isa_to_gsi(unsigned isa);
unsigned irq_flags(unsigned gsi);

/* Directs the input to this CPU and leaves it masked. False if there is no such input. */
bool irq_route(unsigned gsi, unsigned vector, unsigned flags);

/*
 * Edges that arrive while masked are lost on real I/O APICs, so an edge-triggered input stays unmasked while
 * it is handled; a level-triggered one is masked before irq_eoi, or it comes again at once.
 */
void irq_mask(unsigned gsi);
void irq_unmask(unsigned gsi);

/* Ends the interrupt in service on this CPU: IRQ, timer and mail vectors, not spurious ones. */
void irq_eoi(void);

#endif
