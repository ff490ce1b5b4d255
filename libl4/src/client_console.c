// SPDX-License-Identifier: BSD-2-Clause
// Client functions of the console server (protocol: l4/proto/console.h).
#include <l4/ipc.h>
#include <l4/proto/console.h>
#include <l4/string.h>

static unsigned write_part(l4_handle_t console, const char *bytes, size_t count)
{
    struct l4_msg m;
    int error;

    l4_msg_init(&m, console, CONSOLE_WRITE);
    m.tag = l4_msg_tag(CONSOLE_WRITE, l4_msg_put_bytes(bytes, count), 0);
    m.w[0] = count;
    error = l4_call(&m);
    return error != L4_OK ? (unsigned)error : l4_msg_label(&m);
}

unsigned console_write(l4_handle_t console, const char *bytes, size_t count)
{
    while (count > 0) {
        size_t part = count < CONSOLE_BYTES ? count : CONSOLE_BYTES;
        unsigned error = write_part(console, bytes, part);

        if (error != CONSOLE_ERR_OK)
            return error;
        bytes += part;
        count -= part;
    }
    return CONSOLE_ERR_OK;
}

unsigned console_read(l4_handle_t console, char *line, size_t *count)
{
    struct l4_msg m;
    int error;

    l4_msg_init(&m, console, CONSOLE_READ);
    error = l4_call(&m);
    if (error != L4_OK)
        return (unsigned)error;
    if (l4_msg_label(&m) != CONSOLE_ERR_OK)
        return l4_msg_label(&m);
    if (m.w[0] > CONSOLE_LINE)
        return CONSOLE_ERR_BAD_REQUEST;
    *count = m.w[0];
    memcpy(line, l4_msg_bytes(), m.w[0]);
    return CONSOLE_ERR_OK;
}

unsigned console_drain(l4_handle_t console)
{
    struct l4_msg m;
    int error;

    l4_msg_init(&m, console, CONSOLE_DRAIN);
    error = l4_call(&m);
    return error != L4_OK ? (unsigned)error : l4_msg_label(&m);
}
