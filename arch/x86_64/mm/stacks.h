/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which addresses are kernel stacks: for panics and backtraces. Body: kmap_cpu.c.
 */
#ifndef QUIRE_X86_64_MM_STACKS_H
#define QUIRE_X86_64_MM_STACKS_H

#include <stdbool.h>
#include <stdint.h>

/* True in the unmapped part of a stack slot of this CPU. */
bool stack_is_guard(uint64_t address);

/* True when the SIZE bytes at ADDRESS lie in one stack of this CPU, or in the boot stack while
 * there is one, and can be read. */
bool stack_holds(uint64_t address, uint64_t size);

#endif
