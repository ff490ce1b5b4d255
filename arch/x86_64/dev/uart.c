/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * COM1 (16550). Owns: whether it is there. Callers: the console, under the log's lock. Every wait is bounded,
 * and a port that stops taking bytes is given up for good, so a missing or broken one costs a moment and
 * never hangs.
 */
#include "arch/x86_64/dev/uart.h"

#include "kernel/arch/cpu.h"

#define COM1        0x3f8
#define DATA        (COM1 + 0) /* divisor low with DLAB */
#define INTERRUPTS  (COM1 + 1) /* divisor high with DLAB */
#define FIFO        (COM1 + 2)
#define LINE        (COM1 + 3)
#define MODEM       (COM1 + 4)
#define LINE_STATUS (COM1 + 5)
#define SCRATCH     (COM1 + 7)

#define LINE_DLAB   0x80
#define LINE_8N1    0x03
#define FIFO_ON     0x07 /* on, both sides emptied */
#define MODEM_READY 0x03 /* DTR, RTS */
#define STATUS_THRE 0x20 /* room for FIFO_BYTES */
#define FIFO_BYTES  16

/* 16 bytes at 115200 baud are 1.4 ms; a port read takes about 1 us */
#define SPINS 200000

static bool present;

static bool answers(void)
{
    io_out8(SCRATCH, 0x5a);
    if (io_in8(SCRATCH) != 0x5a)
        return false;
    io_out8(SCRATCH, 0xa5);
    return io_in8(SCRATCH) == 0xa5 && io_in8(LINE_STATUS) != 0xff;
}

bool uart_init(void)
{
    present = answers();
    if (!present)
        return false;
    io_out8(INTERRUPTS, 0);
    io_out8(LINE, LINE_DLAB);
    io_out8(DATA, 1);
    io_out8(INTERRUPTS, 0);
    io_out8(LINE, LINE_8N1);
    io_out8(FIFO, FIFO_ON);
    io_out8(MODEM, MODEM_READY);
    return true;
}

static bool wait_for_room(void)
{
    for (unsigned i = 0; i < SPINS; i++)
        if ((io_in8(LINE_STATUS) & STATUS_THRE) != 0)
            return true;
    return false;
}

void uart_write(const char *text, size_t n)
{
    for (size_t i = 0; present && i < n; i++) {
        if (i % FIFO_BYTES == 0)
            present = wait_for_room();
        if (present)
            io_out8(DATA, (uint8_t)text[i]);
    }
}
