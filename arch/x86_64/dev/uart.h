/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * COM1 as a log console: output only. Once user programs own the port the kernel writes to it in a panic
 * alone.
 */
#ifndef QUIRE_X86_64_DEV_UART_H
#define QUIRE_X86_64_DEV_UART_H

#include <stdbool.h>
#include <stddef.h>

/* 115200 baud, 8 data bits, no parity, 1 stop bit. False when there is no such port. */
bool uart_init(void);

void uart_write(const char *text, size_t n);

#endif
