// SPDX-License-Identifier: BSD-2-Clause
// A 16550 UART. See uart.h. Registers: NS16550A data sheet.
#include "roottask/servers/console/uart.h"

#include <l4/abi/tag.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/system.h>

enum {
    REG_DATA = 0,
    REG_INTERRUPTS = 1,
    REG_FIFO = 2,
    REG_FORMAT = 3,
    REG_MODEM = 4,
    REG_LINE = 5,
    REG_SCRATCH = 7,
};
#define FORMAT_DIVISOR  0x80 // registers 0 and 1 are the divisor
#define FORMAT_8N1      0x03
#define FIFO_ON         0x01
#define MODEM_READY     0x0b // DTR, RTS, OUT2: the interrupt line
#define INTERRUPT_DATA  0x01
#define LINE_DATA       0x01
#define LINE_FIFO_EMPTY 0x20
#define LINE_ALL_EMPTY  0x40
#define NO_DEVICE       0xff
#define FIFO_BYTES      16
#define POLLS           64         // looks before the first sleep: a FIFO of an emulator is empty at once
#define SLEEP_NS        1000000ull // 16 bytes take 1.4 ms at 115200 baud
#define PATIENCE_NS     5000000000ull
#define PENDING_SLEEP   (1ull << 61) // nobody sets it

static unsigned put(const struct uart *uart, unsigned reg, uint32_t value)
{
    return (unsigned)l4_port_out(uart->ports, (uint16_t)(uart->base + reg), 1, value);
}

static unsigned get(const struct uart *uart, unsigned reg, uint32_t *value)
{
    unsigned error = (unsigned)l4_port_in(uart->ports, (uint16_t)(uart->base + reg), 1, value);

    *value &= 0xff;
    return error;
}

// The scratch register keeps what is written: there is somebody.
static unsigned probe(struct uart *uart)
{
    static const uint8_t patterns[] = {0x5a, 0xa5};
    uint32_t value = 0;

    for (unsigned i = 0; i < sizeof(patterns); i++) {
        unsigned error = put(uart, REG_SCRATCH, patterns[i]);

        if (error == L4_OK)
            error = get(uart, REG_SCRATCH, &value);
        if (error != L4_OK)
            return error;
        if (value != patterns[i])
            return L4_OK;
    }
    uart->present = get(uart, REG_LINE, &value) == L4_OK && value != NO_DEVICE;
    return L4_OK;
}

unsigned uart_open(struct uart *uart, l4_handle_t ports, uint16_t base)
{
    static const struct {
        uint8_t reg, value;
    } set_up[] = {
        {REG_INTERRUPTS, 0},      {REG_FORMAT, FORMAT_DIVISOR}, {REG_DATA, 1},
        {REG_INTERRUPTS, 0},      {REG_FORMAT, FORMAT_8N1},     {REG_FIFO, FIFO_ON},
        {REG_MODEM, MODEM_READY},
    };
    unsigned error;

    *uart = (struct uart){.ports = ports, .base = base};
    error = probe(uart);
    if (error != L4_OK || !uart->present)
        return error;
    uart_drain(uart); // what the boot has written last
    for (unsigned i = 0; i < sizeof(set_up) / sizeof(set_up[0]) && error == L4_OK; i++)
        error = put(uart, set_up[i].reg, set_up[i].value);
    return error;
}

unsigned uart_interrupts_on(const struct uart *uart)
{
    return put(uart, REG_INTERRUPTS, INTERRUPT_DATA);
}

// Sleeps for a moment; an error if the thread's owner is gone or has been told to come back.
static unsigned doze(void)
{
    uint64_t taken;
    int error = l4_pending_wait(PENDING_SLEEP, l4_clock() + SLEEP_NS, &taken);

    return error == L4_ERR_TIMEOUT ? L4_OK : (unsigned)error;
}

// Waits until one of the bits of the line status is set.
static unsigned wait_line(const struct uart *uart, uint32_t bits)
{
    uint64_t deadline = 0;

    for (unsigned looks = 0;; looks++) {
        uint32_t line = 0;
        unsigned error = get(uart, REG_LINE, &line);

        if (error != L4_OK)
            return error;
        if (line == NO_DEVICE)
            return CONSOLE_ERR_STUCK;
        if (line & bits)
            return L4_OK;
        if (looks < POLLS)
            continue;
        if (deadline == 0)
            deadline = l4_clock() + PATIENCE_NS;
        if (l4_clock() >= deadline)
            return CONSOLE_ERR_STUCK;
        error = doze();
        if (error != L4_OK)
            return error;
    }
}

unsigned uart_send(const struct uart *uart, const char *bytes, size_t count)
{
    if (!uart->present)
        return CONSOLE_ERR_STUCK;
    while (count > 0) {
        size_t part = count < FIFO_BYTES ? count : FIFO_BYTES;
        unsigned error = wait_line(uart, LINE_FIFO_EMPTY);

        if (error == L4_OK)
            error = (unsigned)l4_port_out_string(uart->ports, uart->base, bytes, part);
        if (error != L4_OK)
            return error;
        bytes += part;
        count -= part;
    }
    return L4_OK;
}

unsigned uart_drain(const struct uart *uart)
{
    return uart->present ? wait_line(uart, LINE_ALL_EMPTY) : CONSOLE_ERR_STUCK;
}

bool uart_receive(const struct uart *uart, char *byte)
{
    uint32_t value = 0;

    if (get(uart, REG_LINE, &value) != L4_OK || value == NO_DEVICE || !(value & LINE_DATA))
        return false;
    if (get(uart, REG_DATA, &value) != L4_OK)
        return false;
    *byte = (char)value;
    return true;
}
