/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Called by start64.asm: what was in eax and ebx when the loader jumped here. Returns the top of the stack to
 * go on with in kernel_main.
 */
#ifndef QUIRE_X86_64_BOOT_START_H
#define QUIRE_X86_64_BOOT_START_H

#include <stdint.h>

uint64_t boot_start(uint32_t magic, uint32_t info);

#endif
