// SPDX-License-Identifier: BSD-2-Clause
// TAP: see l4/tap.h. One buffer, used by one thread at a time.
#include <l4/tap.h>
#include <l4/error.h>
#include <l4/format.h>
#include <l4/program.h>
#include <l4/proto/console.h>

#define BUFFER_BYTES (32 * 1024)
#define PLAN_BYTES   16 // kept for the plan

static char buffer[BUFFER_BYTES];
static size_t used;
static unsigned results, bad;
static size_t limit = BUFFER_BYTES - PLAN_BYTES;
static bool cut; // the buffer was too small: the plan then says more than there is

static void add_v(const char *format, va_list arguments)
{
    size_t room = limit - used;
    size_t length = l4_format_v(buffer + used, room, format, arguments);
    if (length < room)
        used += length;
    else
        cut = true;
}

__attribute__((format(printf, 1, 2))) static void add(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_v(format, arguments);
    va_end(arguments);
}

void tap_ok(bool good, const char *format, ...)
{
    va_list arguments;
    results++;
    bad += !good;
    add("%sok %u - ", good ? "" : "not ", results);
    va_start(arguments, format);
    add_v(format, arguments);
    va_end(arguments);
    add("\n");
}

void tap_expected(bool good, const char *what, const char *why)
{
    results++;
    bad += good;
    add("not ok %u - %s%s%s\n", results, what,
        good ? ": good, though expected to fail: " : " # expected failure: ", why);
}

void tap_note(const char *format, ...)
{
    va_list arguments;
    add("# ");
    va_start(arguments, format);
    add_v(format, arguments);
    va_end(arguments);
    add("\n");
}

void tap_equal(uint64_t got, uint64_t expected, const char *what)
{
    tap_ok(got == expected, "%s", what);
    if (got != expected)
        tap_note("%lu (0x%lx) != %lu (0x%lx)", got, got, expected, expected);
}

void tap_error(int got, int expected, const char *what)
{
    tap_ok(got == expected, "%s", what);
    if (got != expected)
        tap_note("%s != %s", l4_error_name(got), l4_error_name(expected));
}

void tap_flush(void)
{
    if (console_write(l4_cap("out"), buffer, used) == CONSOLE_ERR_OK)
        used = 0;
}

int tap_end(void)
{
    if (cut)
        results++; // a plan that is not kept fails
    limit = sizeof(buffer);
    add("1..%u\n", results);
    unsigned error = console_write(l4_cap("out"), buffer, used);
    return bad || cut || error != CONSOLE_ERR_OK;
}
