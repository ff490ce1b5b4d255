/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Screens that the log is copied to. Each call joins the consoles if its screen is there, else does nothing.
 * After kmap_init and cpu_features_init. Lock: the log's.
 */
#ifndef QUIRE_ARCH_SCREEN_H
#define QUIRE_ARCH_SCREEN_H

void fb_init(void);
void vga_text_init(void);

#endif
