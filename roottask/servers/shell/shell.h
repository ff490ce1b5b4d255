// SPDX-License-Identifier: BSD-2-Clause
// What the files of the shell share: its output, its servers, its commands. The shell has one thread.
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <l4/abi/handle.h>

#define STATUS_OK      0
#define STATUS_FAILED  1
#define STATUS_USAGE   2
#define STATUS_UNKNOWN 127 // no such command

// Output of commands, their error messages among it: to the console, or to the command channel. What is put
// lies in a buffer until out_flush; that says whether all since the last flush has left.
void out_to(l4_handle_t stream);
l4_handle_t out_stream(void);
void out_bytes(const char *bytes, size_t count);
__attribute__((format(printf, 1, 2))) void out(const char *format, ...);
bool out_flush(void);

// "NAME: WHAT: text of the error", and STATUS_FAILED.
int complain(const char *name, const char *what, unsigned error);

// Servers, by the names of the manifest. A server that has died is asked for anew when that was said.
l4_handle_t server(const char *name);
void server_answered(const char *name, unsigned error);

struct command {
    const char *name;
    const char *arguments;
    const char *what;
    int (*run)(unsigned argc, const char *const *argv);
};
extern const struct command commands[];
extern const unsigned command_count;

int command_ls(unsigned argc, const char *const *argv);     // files.c
int command_cat(unsigned argc, const char *const *argv);    //
int command_ps(unsigned argc, const char *const *argv);     // system.c
int command_mem(unsigned argc, const char *const *argv);    //
int command_kill(unsigned argc, const char *const *argv);   //
int command_uptime(unsigned argc, const char *const *argv); //
int command_crash(unsigned argc, const char *const *argv);  // programs.c
// Runs a program and waits for it; STATUS_UNKNOWN (and nothing said) if there is none.
int run_program(unsigned argc, const char *const *argv);

// A command line, to its end; *status is that of its command, unchanged if there is none.
void run_line(const char *line, size_t length, int *status);
// Ends the machine; comes back only if that did not work.
void power_off(int status);

#endif
