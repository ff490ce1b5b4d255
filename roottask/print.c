// SPDX-License-Identifier: BSD-2-Clause
// Lines the root task prints. See print.h. The gate is one word, replaced as a whole; a line goes out through
// the gate as it was when the line began. No lock.
#include "roottask/print.h"

#include <stdarg.h>
#include <stdatomic.h>

#include <l4/format.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/string.h>
#include <l4/system.h>

#define COM1        0x3f8
#define COM_DATA    (COM1 + 0)
#define COM_LINE    (COM1 + 5)
#define LINE_EMPTY  0x20 // transmitter takes a FIFO full
#define FIFO        16
#define PATIENCE_NS 50000000ull
#define LINE_MOST   240
#define NO_DEVICE   0xff

static _Atomic l4_handle_t console;

void print_through(l4_handle_t gate)
{
    // release: whoever prints through the gate sees it published
    atomic_store_explicit(&console, gate, memory_order_release);
}

// Waits, not for long, until the UART takes bytes; false: it does not, or there is none.
static bool uart_ready(l4_handle_t ports)
{
    uint64_t deadline = l4_clock() + PATIENCE_NS;
    uint32_t line = 0;

    do {
        if (l4_port_in(ports, COM_LINE, 1, &line) != L4_OK || (line & 0xff) == NO_DEVICE)
            return false;
        if (line & LINE_EMPTY)
            return true;
    } while (l4_clock() < deadline);
    return false;
}

// Without the console server: the device itself. Also before it is set up: the firmware or the kernel has
// done that, or the bytes go nowhere.
static void print_by_hand(const char *text, size_t length)
{
    l4_handle_t ports = l4_cap("ports");

    for (size_t done = 0; done < length;) {
        size_t part = length - done < FIFO ? length - done : FIFO;

        if (!uart_ready(ports) || l4_port_out_string(ports, COM_DATA, text + done, part) != L4_OK)
            return;
        done += part;
    }
}

void print(const char *format, ...)
{
    // acquire: goes with print_through
    l4_handle_t gate = atomic_load_explicit(&console, memory_order_acquire);
    char line[LINE_MOST + 3];
    va_list arguments;
    size_t length;

    va_start(arguments, format);
    length = l4_format_v(line, LINE_MOST, format, arguments);
    va_end(arguments);
    if (length >= LINE_MOST)
        length = LINE_MOST - 1;
    memcpy(line + length, "\n", 2);
    if (gate != L4_HANDLE_NONE && console_write(gate, line, length + 1) == CONSOLE_ERR_OK)
        return;
    memcpy(line + length, "\r\n", 3);
    print_by_hand(line, length + 2);
}

void print_drain(void)
{
    l4_handle_t gate = atomic_load_explicit(&console, memory_order_acquire);

    // Without an answer there is nobody to wait for.
    if (gate != L4_HANDLE_NONE && console_drain(gate) != CONSOLE_ERR_OK)
        return;
}
