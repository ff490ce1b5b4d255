// SPDX-License-Identifier: BSD-2-Clause
// A 16550 UART behind a capability to its ports. One user at a time for output (output.c sees to that), one
// for input. Every wait is bounded: a device that is not there, or takes nothing, is an error and never a
// hang.
#ifndef CONSOLE_UART_H
#define CONSOLE_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <l4/abi/handle.h>

struct uart {
    l4_handle_t ports;
    uint16_t base;
    bool present; // set once by uart_open
};

// Finds out whether it is there and sets it up: 115200 8N1, FIFOs on, interrupts off. 0, or an error of the
// capability (L4_ERR_CAP: the manifest does not give it).
unsigned uart_open(struct uart *uart, l4_handle_t ports, uint16_t base);
// Interrupts for received bytes.
unsigned uart_interrupts_on(const struct uart *uart);
// Sends all bytes, 16 whenever the FIFO is empty. CONSOLE_ERR_STUCK: it takes none, for seconds or at all;
// L4_ERR_OWNER_DIED, L4_ERR_CANCELLED: nobody wants them any more.
unsigned uart_send(const struct uart *uart, const char *bytes, size_t count);
// Waits until the last bit has left.
unsigned uart_drain(const struct uart *uart);
// The next received byte, if there is one.
bool uart_receive(const struct uart *uart, char *byte);

#endif
