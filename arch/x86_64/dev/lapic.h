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

/* True if other CPUs can be sent to by this number. */
bool lapic_reaches(uint32_t id);

/* What is sent to another local APIC; FIXED and START take a number: the vector, the page to start at. */
#define LAPIC_SEND_FIXED 0x4000u
#define LAPIC_SEND_NMI   0x4400u
#define LAPIC_SEND_INIT  0x4500u
#define LAPIC_SEND_START 0x4600u
void lapic_send(uint32_t id, uint32_t what);

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
