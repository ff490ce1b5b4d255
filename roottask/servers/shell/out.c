// SPDX-License-Identifier: BSD-2-Clause
// Output of commands, and the servers the shell talks to. See shell.h.
#include <stdarg.h>

#include <l4/abi/errors.h>
#include <l4/format.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/proto/root.h>
#include <l4/status.h>
#include <l4/string.h>

#include "roottask/servers/shell/shell.h"

static struct {
    l4_handle_t stream;
    bool failed; // since the last flush
    size_t count;
    char buffer[CONSOLE_BYTES];
} output;

static struct {
    const char *name;
    l4_handle_t handle;
} servers[] = {{"vfs", 0}, {"console", 0}, {"command", 0}, {"control", 0}, {"info", 0}};
#define SERVERS (sizeof(servers) / sizeof(servers[0]))

void out_to(l4_handle_t stream)
{
    output.stream = stream;
}

l4_handle_t out_stream(void)
{
    return output.stream;
}

static void send(void)
{
    if (output.count > 0 && console_write(output.stream, output.buffer, output.count) != CONSOLE_ERR_OK)
        output.failed = true;
    output.count = 0;
}

void out_bytes(const char *bytes, size_t count)
{
    while (count > 0) {
        size_t room = sizeof(output.buffer) - output.count;
        size_t part = count < room ? count : room;

        memcpy(output.buffer + output.count, bytes, part);
        output.count += part;
        bytes += part;
        count -= part;
        if (output.count == sizeof(output.buffer))
            send();
    }
}

void out(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    size_t length;

    va_start(arguments, format);
    length = l4_format_v(text, sizeof(text), format, arguments);
    va_end(arguments);
    out_bytes(text, length < sizeof(text) ? length : sizeof(text) - 1);
}

bool out_flush(void)
{
    bool good;

    send();
    good = !output.failed;
    output.failed = false;
    return good;
}

int complain(const char *name, const char *what, unsigned error)
{
    out("%s: %s: %s\n", name, what, l4_status_text(error));
    return STATUS_FAILED;
}

l4_handle_t server(const char *name)
{
    for (unsigned i = 0; i < SERVERS; i++) {
        if (strcmp(servers[i].name, name) != 0)
            continue;
        if (servers[i].handle == L4_HANDLE_NONE)
            servers[i].handle = l4_cap(name);
        return servers[i].handle;
    }
    return L4_HANDLE_NONE;
}

void server_answered(const char *name, unsigned error)
{
    l4_handle_t handle;

    if (error != L4_ERR_DEAD)
        return;
    for (unsigned i = 0; i < SERVERS; i++)
        if (strcmp(servers[i].name, name) == 0 && root_renew(name, &handle) == ROOT_ERR_OK)
            servers[i].handle = handle;
}
