/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code that depends on the processor; see patch.inc.
 */
#ifndef QUIRE_X86_64_CPU_PATCH_H
#define QUIRE_X86_64_CPU_PATCH_H

/* Patches the kernel's text. Once, before kmap_init makes it read-only and before any other CPU runs. */
void patch_apply(void);

#endif
