/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC of the CPU that runs, as xAPIC (memory) or x2APIC (MSRs). Owns its registers and the
 * register window. Callers: irq.c, timer.c, report. Lock: none, every CPU has its own.
 */
#ifndef QUIRE_X86_LAPIC_H
#define QUIRE_X86_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

/* Decides the mode on the boot processor; x2APIC wherever there is one, so also where it is already on. */
void lapic_init(void);
void lapic_init_cpu(void);

uint32_t lapic_id(void);
void lapic_eoi(void);

/* Ticks are the bus clock divided by 16. */
void lapic_timer_oneshot(void);
void lapic_timer_tsc_deadline(void);
bool lapic_timer_is_tsc_deadline(void);
void lapic_timer_start(uint32_t ticks); /* 0 stops */
uint32_t lapic_timer_left(void);
void lapic_timer_deadline(uint64_t tsc); /* 0 stops */

#endif
