/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the list of devices the log is copied to. Written at boot by one CPU; console_write is called under
 * the log's lock or in a panic.
 */
#include "kernel/arch/console.h"

#include "arch/x86_64/dev/uart.h"
#include "kernel/base/assert.h"
#include "kernel/base/bootargs.h"
#include "kernel/base/log.h"

#define CONSOLES_MAX 4
#define REPLAY_CHUNK 256

static console_write_fn consoles[CONSOLES_MAX];
static size_t count;
static bool started;

/* What was logged before the device came: on a screen it would otherwise be missing. */
static void replay(console_write_fn write)
{
    char chunk[REPLAY_CHUNK];
    uint64_t pos = log_ring_start();
    size_t n;

    while ((n = log_ring_read(pos, chunk, sizeof chunk)) != 0) {
        write(chunk, n);
        pos += n;
    }
}

void console_add(console_write_fn write)
{
    ASSERT(write != NULL && count < CONSOLES_MAX);
    if (count == CONSOLES_MAX)
        return;
    replay(write);
    consoles[count++] = write;
}

void console_early_init(void)
{
    if (started)
        return;
    started = true;
    if (!bootarg_off("serial") && uart_init())
        console_add(uart_write);
}

void console_write(const char *text, size_t n)
{
    for (size_t i = 0; i < count; i++)
        consoles[i](text, n);
}
