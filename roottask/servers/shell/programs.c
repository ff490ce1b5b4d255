// SPDX-License-Identifier: BSD-2-Clause
// Programs the shell starts and waits for. Their output goes where the shell's goes.
#include <l4/proto/root.h>
#include <l4/string.h>

#include "roottask/servers/shell/shell.h"

// The words one behind the other, each with its NUL; 0 if they do not fit.
static size_t join(unsigned argc, const char *const *argv, char *words, size_t room)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < argc; i++) {
        size_t length = strlen(argv[i]) + 1;

        if (length > room - bytes)
            return 0;
        memcpy(words + bytes, argv[i], length);
        bytes += length;
    }
    return bytes;
}

// Starts the program and waits for its end; ROOT_ERR_OK if it ran.
static unsigned run(unsigned argc, const char *const *argv, int *status, enum root_end *end)
{
    char words[ROOT_BYTES - 16]; // an item needs two words of the message
    size_t bytes = join(argc, argv, words, sizeof(words));
    uint64_t task;
    unsigned error;

    if (bytes == 0)
        return ROOT_ERR_BAD_REQUEST;
    if (!out_flush()) // before the program's own
        *status = STATUS_FAILED;
    error = control_spawn(server("control"), words, bytes, out_stream(), &task);
    return error != ROOT_ERR_OK ? error : control_wait(server("control"), task, status, end);
}

int run_program(unsigned argc, const char *const *argv)
{
    enum root_end end;
    int status = STATUS_OK;
    unsigned error = run(argc, argv, &status, &end);

    if (error == ROOT_ERR_NO_PROGRAM)
        return STATUS_UNKNOWN;
    return error == ROOT_ERR_OK ? status : complain(argv[0], "start", error);
}

// Its program is meant to end by a fault: that is its success. Whatever else happens is its status.
int command_crash(unsigned argc, const char *const *argv)
{
    enum root_end end = ROOT_END_EXIT;
    int status = STATUS_OK;
    unsigned error = run(argc, argv, &status, &end);

    if (error != ROOT_ERR_OK)
        return complain(argv[0], "start", error);
    if (end == ROOT_END_FAULT)
        return STATUS_OK;
    if (status == STATUS_OK && argc > 1) {
        out("crash: %s: nothing stopped it\n", argv[1]);
        return STATUS_FAILED;
    }
    return status;
}
