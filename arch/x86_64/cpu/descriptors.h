/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GDT, TSS and IDT of the processor: layouts and the functions that load them. Bodies in gdt.c and idt.c.
 */
#ifndef QUIRE_X86_64_CPU_DESCRIPTORS_H
#define QUIRE_X86_64_CPU_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/base/compiler.h"

/* What LGDT and LIDT read. */
struct descriptor_pointer {
    uint16_t limit;
    uint64_t base;
} PACKED;

_Static_assert(sizeof(struct descriptor_pointer) == 10, "layout of the processor");

/* One gate of the IDT. */
struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist; /* 0: the stack in use; 1..7: own stack of the TSS */
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

_Static_assert(sizeof(struct gate) == 16, "layout of the processor");
_Static_assert(offsetof(struct gate, offset_middle) == 6, "layout of the processor");

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
} PACKED;

_Static_assert(sizeof(struct tss) == 104, "layout of the processor");
_Static_assert(offsetof(struct tss, ist) == 36, "layout of the processor");

/* Fills the IDT and loads it, all vectors on the stack in use. */
void idt_init(void);

/* Gives #DB #DF NMI #MC their own stacks and loads the IDT through its read-only page. */
void idt_use_own_stacks(void);

/* Builds GDT and TSS of this CPU in its area and loads them. */
void gdt_init_cpu(void);

#endif
