/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the log ring. `written` counts all bytes ever logged; byte i lies at ring[i % LOG_RING_SIZE], and the
 * last LOG_RING_SIZE of them are there. Lock: log_lock guards everything here and the consoles, which are
 * written to under it so that lines of two CPUs do not mix. It is a leaf.
 */
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"

#include <stdarg.h>

#include "kernel/arch/console.h"
#include "kernel/base/format.h"
#include "kernel/base/spinlock.h"
#include "kernel/base/string.h"

#define LINE_MAX 512

static struct spinlock log_lock = SPINLOCK_INIT(RANK_LOG);
static char ring[LOG_RING_SIZE];
static uint64_t written;
static int echo_level = LOG_INFO;
static bool echo = true;
static bool in_panic;

/* In a panic one CPU is left and the lock's holder may be the interrupted code itself: nothing is locked any
 * more. */
static void lock(void)
{
    if (!in_panic)
        spin_lock(&log_lock);
}

static void unlock(void)
{
    if (!in_panic)
        spin_unlock(&log_lock);
}

static void append(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ring[(written + i) % LOG_RING_SIZE] = text[i];
    written += n;
}

void log_line(int level, const char *fmt, ...)
{
    char line[LINE_MAX];
    va_list args;
    size_t n;

    va_start(args, fmt);
    n = format_va(line, sizeof line - 1, fmt, args);
    va_end(args);
    line[n++] = '\n';

    lock();
    append(line, n);
    if (echo && (level <= echo_level || in_panic))
        console_write(line, n);
    unlock();
}

void log_raw(const char *text, size_t n)
{
    lock();
    append(text, n);
    if (echo)
        console_write(text, n);
    unlock();
}

INIT void log_set_level(int level)
{
    lock();
    echo_level = level;
    unlock();
}

void log_echo_on(void)
{
    lock();
    echo = true;
    unlock();
}

void log_echo_off(void)
{
    lock();
    echo = false;
    unlock();
}

void log_enter_panic(void)
{
    in_panic = true;
    echo = true;
}

uint64_t log_ring_end(void)
{
    uint64_t end;

    lock();
    end = written;
    unlock();
    return end;
}

uint64_t log_ring_start(void)
{
    uint64_t end = log_ring_end();

    return end > LOG_RING_SIZE ? end - LOG_RING_SIZE : 0;
}

size_t log_ring_read(uint64_t pos, char *buf, size_t n)
{
    uint64_t start;

    lock();
    start = written > LOG_RING_SIZE ? written - LOG_RING_SIZE : 0;
    if (pos < start)
        pos = start;
    if (pos > written)
        pos = written;
    if (n > written - pos)
        n = written - pos;
    for (size_t i = 0; i < n; i++)
        buf[i] = ring[(pos + i) % LOG_RING_SIZE];
    unlock();
    return n;
}
