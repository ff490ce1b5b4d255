// SPDX-License-Identifier: BSD-2-Clause
// Protocol of the console server: two entry gates that take the same requests.
//   service gate: the line on COM1: text; LF goes out as CR LF; input is edited and comes by lines
//   "command":    the channel on COM2: bytes as they are; output only
// The label of a request is the operation, that of an answer 0 or an error (enum console_error, enum
// l4_error). Client functions: client_console.c.
#ifndef L4_PROTO_CONSOLE_H
#define L4_PROTO_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

#include <l4/abi/handle.h>

#define CONSOLE_BYTES 768 // data of one request
#define CONSOLE_LINE  256 // bytes of an input line, its LF among them

// X(NAME, number, what)
#define CONSOLE_OPERATIONS(X)                                                                \
    X(WRITE, 1, "0 bytes, the bytes; answered when they have left the server")               \
    X(READ, 2, "-> 0 bytes, a line with its LF; waits for it (L4_ERR_BUSY: 8 wait already)") \
    X(DRAIN, 3, "answered when the device has sent everything, or does not send any more")

#define CONSOLE_X(name, number, what) CONSOLE_##name = (number),
enum console_operation { CONSOLE_OPERATIONS(CONSOLE_X) CONSOLE_OPERATION_COUNT = 4 };
#undef CONSOLE_X

// X(NAME, number, text)
#define CONSOLE_ERRORS(X)                           \
    X(INTERRUPTED, 0x301, "interrupted")            \
    X(END, 0x302, "end of input")                   \
    X(BAD_REQUEST, 0x303, "request not understood") \
    X(STUCK, 0x304, "device does not take data")

#define CONSOLE_X(name, number, text) CONSOLE_ERR_##name = (number),
enum console_error { CONSOLE_ERR_OK = 0, CONSOLE_ERRORS(CONSOLE_X) };
#undef CONSOLE_X

// Any number of bytes; stops at the first error.
unsigned console_write(l4_handle_t console, const char *bytes, size_t count);
// A line with its LF; line has room for CONSOLE_LINE bytes.
unsigned console_read(l4_handle_t console, char *line, size_t *count);
unsigned console_drain(l4_handle_t console);

#endif
