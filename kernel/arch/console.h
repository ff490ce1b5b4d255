/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the log is copied to at boot and in a panic: COM1, framebuffer, VGA text, each of which may be
 * missing.
 *
 * A device joins with console_add and is written to from then on; it is first given all that was logged
 * before. Its write function is called with interrupts off, never twice at a time, and must return in bounded
 * time whatever the hardware does. Output is plain text: '\n' is the only control character.
 */
#ifndef QUIRE_ARCH_CONSOLE_H
#define QUIRE_ARCH_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

typedef void (*console_write_fn)(const char *text, size_t n);

/* Brings COM1 up (boot argument serial=off leaves it alone). Called once arguments are known; panic calls it
 * too. */
void console_early_init(void);

/* Adds a device and replays the log ring on it. The fifth and later ones are refused: there is no such
 * machine. */
void console_add(console_write_fn write);

/* Copies to every device. Called by the log and by panic. */
void console_write(const char *text, size_t n);

#endif
