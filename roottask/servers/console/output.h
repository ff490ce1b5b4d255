// SPDX-License-Identifier: BSD-2-Clause
// Output to a UART by turns: one writer at a time sends what it has, the others wait in the order they came.
// The turn is no mutex: its holder calls the kernel and may sleep. `lock` guards `taken` only.
#ifndef CONSOLE_OUTPUT_H
#define CONSOLE_OUTPUT_H

#include <l4/condition.h>

#include "roottask/servers/console/uart.h"

struct output {
    struct l4_mutex lock;
    struct l4_condition free; // the turn was given back
    bool taken;               // guarded by lock
    bool text;                // LF goes out as CR LF; constant
    struct uart uart;
};

unsigned output_write(struct output *output, const char *bytes, size_t count);
unsigned output_drain(struct output *output);

#endif
