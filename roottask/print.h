// SPDX-License-Identifier: BSD-2-Clause
// Lines the root task prints on COM1: through the console server while there is one, else by itself.
#ifndef ROOTTASK_PRINT_H
#define ROOTTASK_PRINT_H

#include <stdbool.h>

#include <l4/abi/handle.h>

__attribute__((format(printf, 1, 2))) void print(const char *format, ...); // adds the end of line
// The console server's gate; L4_HANDLE_NONE = there is none (any more).
void print_through(l4_handle_t console);
// Waits until the device has sent everything.
void print_drain(void);

#endif
