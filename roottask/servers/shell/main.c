// SPDX-License-Identifier: BSD-2-Clause
// The shell. If the boot archive has etc/autorun, runs its lines one after the other, with the command
// channel as output, until one fails, and ends the machine with that status. Else it prompts on the console.
// One thread.
#include <l4/abi/tag.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/proto/vfs.h>
#include <l4/slice.h>

#include "roottask/servers/shell/shell.h"

#define AUTORUN      "/etc/autorun"
#define AUTORUN_MOST 16384
#define PROMPT       "quire> "
#define RETRIES      5
#define RETRY_NS     200000000ull

static char script[AUTORUN_MOST];

// The commands to run; false: there are none, or (said on the console) they cannot be read.
static bool read_autorun(size_t *length)
{
    l4_handle_t vfs = server("vfs");
    struct vfs_stat stat;
    uint64_t file;
    size_t got = 0;
    unsigned error = vfs_open(vfs, AUTORUN, &file, &stat);

    *length = 0;
    if (error == VFS_ERR_NO_ENTRY)
        return false;
    if (error == VFS_ERR_OK && stat.size > sizeof(script))
        error = VFS_ERR_NO_ROOM;
    while (error == VFS_ERR_OK && *length < stat.size) {
        error = vfs_read(vfs, file, *length, script + *length, sizeof(script) - *length, &got);
        *length += got;
    }
    if (error == VFS_ERR_OK)
        error = vfs_close(vfs, file);
    if (error != VFS_ERR_OK)
        complain("shell", AUTORUN, error);
    return error == VFS_ERR_OK;
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
