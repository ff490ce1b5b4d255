// SPDX-License-Identifier: BSD-2-Clause
// The shell's commands: the list, the small ones, and how a line is run.
#include <l4/slice.h>
#include <l4/string.h>

#include "roottask/servers/shell/shell.h"
#include "roottask/servers/shell/words.h"

#define STATUS_MOST 99

static int command_help(unsigned argc, const char *const *argv)
{
    (void)argc;
    (void)argv;
    for (unsigned i = 0; i < command_count; i++)
        out("%-8s %-14s %s\n", commands[i].name, commands[i].arguments, commands[i].what);
    out("Any program of the boot archive runs by its path: test/NAME [WORDS...]\n");
    return STATUS_OK;
}

static int command_echo(unsigned argc, const char *const *argv)
{
    for (unsigned i = 1; i < argc; i++)
        out("%s%s", i > 1 ? " " : "", argv[i]);
    out("\n");
    return STATUS_OK;
}

static int command_poweroff(unsigned argc, const char *const *argv)
{
    uint64_t status = STATUS_OK;

    if (argc > 2 || (argc == 2 && (!l4_slice_number(l4_slice_z(argv[1]), &status) || status > STATUS_MOST))) {
        out("usage: poweroff [0-99]\n");
        return STATUS_USAGE;
    }
    power_off((int)status);
    return STATUS_FAILED;
}

const struct command commands[] = {
    {"help", "", "this list", command_help},
    {"ls", "[-l] [PATH...]", "list directories", command_ls},
    {"cat", "FILE...", "show files", command_cat},
    {"echo", "[WORDS...]", "show the words", command_echo},
    {"ps", "", "list the tasks", command_ps},
    {"mem", "[-v]", "memory; -v: and the kernel's counters", command_mem},
    {"kill", "NAME|TASK", "end a task", command_kill},
    {"uptime", "", "time since boot", command_uptime},
    {"crash", "[KIND]", "a program that does something forbidden", command_crash},
    {"poweroff", "[STATUS]", "end the machine", command_poweroff},
};
const unsigned command_count = sizeof(commands) / sizeof(commands[0]);

static int run_words(unsigned argc, const char *const *argv)
{
    int status;

    for (unsigned i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, argv[0]) == 0)
            return commands[i].run(argc, argv);
    status = run_program(argc, argv);
    if (status == STATUS_UNKNOWN)
        out("%s: no such command\n", argv[0]);
    return status;
}

void run_line(const char *line, size_t length, int *status)
{
    static struct words words;
    const char *wrong = words_split(&words, l4_slice(line, length));

    if (wrong != NULL) {
        out("shell: %s\n", wrong);
        *status = STATUS_USAGE;
    } else if (words.count > 0) {
        *status = run_words(words.count, words.word);
    }
    if (!out_flush() && *status == STATUS_OK)
        *status = STATUS_FAILED; // what a command has to say is part of its success
}
