// SPDX-License-Identifier: BSD-2-Clause
// A program that does one forbidden thing, to be stopped by the kernel and reported by the root task.
#include <l4/format.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/string.h>

#include "roottask/servers/crash/kinds.h"

static const struct {
    const char *name;
    void (*function)(void);
    const char *what;
} kinds[] = {
#define CRASH_X(name, function, what) {name, function, what},
    CRASH_KINDS(CRASH_X)
#undef CRASH_X
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void say(const char *first, const char *second)
{
    char line[128];
    size_t length = l4_format(line, sizeof(line), "%-18s %s\n", first, second);

    if (length >= sizeof(line))
        length = sizeof(line) - 1;
    if (console_write(l4_cap("out"), line, length) != CONSOLE_ERR_OK)
        l4_exit(1);
}

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc == 2 && i < KINDS; i++) {
        if (strcmp(argv[1], kinds[i].name) != 0)
            continue;
        kinds[i].function();
        return 0; // nothing stopped it: the shell tells
    }
    say("usage:", "crash KIND");
    for (unsigned i = 0; i < KINDS; i++)
        say(kinds[i].name, kinds[i].what);
    return argc == 1 ? 0 : 2;
}
