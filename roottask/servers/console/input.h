// SPDX-License-Identifier: BSD-2-Clause
// Input from the line on COM1: a thread waits for its interrupt, feeds the line editor and shows its echo;
// lines that are complete wait in a short queue for whoever reads. A reader that dies leaves nothing behind.
#ifndef CONSOLE_INPUT_H
#define CONSOLE_INPUT_H

#include "roottask/servers/console/output.h"

// Starts the thread. Without a device there is no input, and no error either: readers wait.
unsigned input_start(struct output *terminal, l4_handle_t irq, unsigned irq_number);
// The next line, with its LF (room for CONSOLE_LINE bytes). CONSOLE_ERR_INTERRUPTED, CONSOLE_ERR_END, or an
// error of the wait.
unsigned input_line(char *line, size_t *count);

#endif
