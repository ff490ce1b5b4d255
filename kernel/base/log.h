/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: a ring of 64 KiB of text lines, and a copy to the consoles while echo is on (boot and panic).
 *
 * Callers: any kernel code outside NMI and machine-check handlers. Lock: log_lock (log.c), a leaf: nothing is
 * called under it. A message above QUIRE_LOG_MAX is not compiled in; one above the run-time level goes to the
 * ring and not to the consoles.
 */
#ifndef QUIRE_BASE_LOG_H
#define QUIRE_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/base/compiler.h"

#define LOG_ERROR 0
#define LOG_WARN  1
#define LOG_INFO  2
#define LOG_DEBUG 3

#ifndef QUIRE_LOG_MAX
#define QUIRE_LOG_MAX LOG_INFO
#endif

#define LOG_RING_SIZE 65536

/* One line; the newline is added. Conversions: %s %c %d %i %u %x %X %p %%, flags - 0, width, .N and .* for
 * %s, l ll z. */
#define LOG(level, ...)                     \
    do {                                    \
        if ((level) <= QUIRE_LOG_MAX)       \
            log_line((level), __VA_ARGS__); \
    } while (0)

void log_line(int level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Text without an added newline and without a level; what panic and machine_refused print with. */
void log_raw(const char *text, size_t n);

/* Messages up to LEVEL are echoed (boot argument log=). */
void log_set_level(int level);

void log_echo_on(void);
void log_echo_off(void);

/* Panic only: breaks the lock, which its holder will not release any more, and turns the echo on. */
void log_enter_panic(void);

/*
 * Ring positions count the bytes ever written; [log_ring_start, log_ring_end) can be read. Reading from an
 * older position begins at log_ring_start. Returns the number of bytes copied, 0 at the end.
 */
uint64_t log_ring_start(void);
uint64_t log_ring_end(void);
size_t log_ring_read(uint64_t pos, char *buf, size_t n);

#endif
