// SPDX-License-Identifier: BSD-2-Clause
// The smallest program: says hello to whoever started it, with the words it was given.
#include <l4/format.h>
#include <l4/program.h>
#include <l4/proto/console.h>

int main(int argc, char **argv)
{
    char line[128];
    size_t length = l4_format(line, sizeof(line), "hello, %s, from task %llu\n", argc > 1 ? argv[1] : "world",
                              (unsigned long long)l4_task_id());

    if (length >= sizeof(line))
        length = sizeof(line) - 1;
    return console_write(l4_cap("out"), line, length) == CONSOLE_ERR_OK ? 0 : 1;
}
