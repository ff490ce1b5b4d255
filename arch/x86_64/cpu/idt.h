/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the interrupt descriptor table lies, for the page tables.
 */
#ifndef QUIRE_X86_64_CPU_IDT_H
#define QUIRE_X86_64_CPU_IDT_H

#include "kernel/base/types.h"

paddr_t idt_page(void);

#endif
