// SPDX-License-Identifier: BSD-2-Clause
// The shell. If the boot archive has etc/autorun, runs its lines one after the other, with the command
// channel as output, until one fails, and ends the machine with that status. Else it prompts on the console.
// One thread.
#include <l4/abi/errors.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/proto/root.h>
#include <l4/slice.h>
#include <l4/string.h>

#include "roottask/servers/shell/shell.h"

#define AUTORUN_MOST 16384
#define STATUS_DIED  99 // the shell died over a command
#define PROMPT       "quire> "
#define RETRIES      5
#define RETRY_NS     200000000ull

static char script[AUTORUN_MOST];

// The commands to run; false: there are none, or (said on the console) they cannot be read.
static bool read_autorun(size_t *length)
{
    size_t got = 0;
    unsigned error;

    *length = 0;
    do {
        char part[ROOT_BYTES];

        error = control_autorun(server("control"), *length, part, &got);
        if (error == ROOT_ERR_NO_PROGRAM)
            return false;
        if (error == ROOT_ERR_OK && got > sizeof(script) - *length)
            error = L4_ERR_LIMIT;
        if (error == ROOT_ERR_OK)
            memcpy(script + *length, part, got);
        *length += got;
    } while (error == ROOT_ERR_OK && got > 0);
    if (error == ROOT_ERR_MISSED) {
        out("shell: it ended over one of its commands\n");
        power_off(STATUS_DIED);
    } else if (error != ROOT_ERR_OK) {
        complain("shell", "etc/autorun", error);
    }
    return error == ROOT_ERR_OK;
}

static void run_script(size_t length)
{
    struct l4_slice rest = l4_slice(script, length);
    int status = STATUS_OK;

    out_to(server("command"));
    while (rest.length > 0 && status == STATUS_OK) {
        struct l4_slice line = l4_slice_until(&rest, '\n');

        run_line(line.at, line.length, &status);
    }
    power_off(status);
}

// A console that has died may come back: it is asked for again a few times.
static bool console_lost(unsigned error)
{
    static unsigned lost;

    if (error == CONSOLE_ERR_OK) {
        lost = 0;
        return false;
    }
    if (lost++ == RETRIES)
        return true;
    l4_sleep_until(l4_clock() + RETRY_NS);
    server_answered("console", error);
    out_to(server("console"));
    return false;
}

static int prompt_for_ever(void)
{
    int status = STATUS_OK;
    char line[CONSOLE_LINE];
    size_t length = 0;
    unsigned error;

    do {
        out_to(server("console"));
        out("%s", PROMPT);
        if (!out_flush())
            status = STATUS_FAILED;
        error = console_read(server("console"), line, &length);
        if (error == CONSOLE_ERR_OK)
            run_line(line, length - 1, &status); // without its LF
        if (error == CONSOLE_ERR_INTERRUPTED || error == CONSOLE_ERR_END)
            error = CONSOLE_ERR_OK;
    } while (!console_lost(error));
    return STATUS_FAILED;
}

int main(int argc, char **argv)
{
    size_t length;

    (void)argc;
    (void)argv;
    out_to(server("console"));
    if (read_autorun(&length))
        run_script(length);
    return prompt_for_ever();
}
