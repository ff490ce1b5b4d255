/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot arguments: "name=value" or "name", separated by blanks, on the kernel's command line. The known names
 * are one list in bootargs.c; an unknown one is reported and the boot goes on. Written once at boot, read
 * afterwards.
 */
#ifndef QUIRE_BASE_BOOTARGS_H
#define QUIRE_BASE_BOOTARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOTARGS_SIZE 1024

/* Takes a copy of CMDLINE (at most LIMIT bytes, ends at the first 0). Reports nothing: no console is up yet.
 */
void bootargs_set(const char *cmdline, size_t limit);

/* The value of NAME ("" when it has none), or NULL when it was not given. Of several the last counts. */
const char *bootarg(const char *name);

/* Decimal or 0x hexadecimal value of NAME in *out; false when not given or not a number of at most MAX. */
bool bootarg_number(const char *name, uint64_t max, uint64_t *out);

/* True when NAME was given as "off". */
bool bootarg_off(const char *name);

/* Level of log=, LOG_INFO when not given or not understood. */
int bootarg_log_level(void);

/* Logs what could not be understood: unknown names, values that do not fit their name, a line too long. */
void bootargs_report(void);

#endif
