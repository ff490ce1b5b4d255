/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Borders of the kernel image, from conf/kernel.ld; all but the patch list are page-aligned. The init part,
 * which is there until kmap_release_init, is [kernel_init_start, kernel_init_end): text, read-only data,
 * data.
 */
#ifndef QUIRE_X86_64_MM_IMAGE_H
#define QUIRE_X86_64_MM_IMAGE_H

#include <stdbool.h>

extern char kernel_start[];
extern char kernel_init_start[], kernel_init_text_end[], kernel_init_rodata_end[], kernel_init_end[];
extern char kernel_text_start[], kernel_text_end[];
extern char kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[];
extern char kernel_end[];

/* True until kmap_release_init. */
bool kmap_init_is_mapped(void);

/* The stack the kernel boots on, before the CPU has its own; without a guard page; init data. */
extern char boot_stack_bottom[], boot_stack_top[];

#endif
