/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Borders of the kernel image, from conf/kernel.ld; all but the patch list are page-aligned.
 */
#ifndef QUIRE_X86_64_MM_IMAGE_H
#define QUIRE_X86_64_MM_IMAGE_H

extern char kernel_start[];
extern char kernel_text_start[], kernel_text_end[];
extern char kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[];
extern char kernel_end[];

/* The stack the kernel boots on, before the CPU has its own; without a guard page. */
extern char boot_stack_bottom[], boot_stack_top[];

#endif
