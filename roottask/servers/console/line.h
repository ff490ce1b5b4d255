// SPDX-License-Identifier: BSD-2-Clause
// The line editor: bytes of a terminal in, edited lines and the echo out. Pure; one struct per terminal,
// guarded by whoever owns that (main.c: only the input thread uses it).
// Keys: left right home end delete backspace, Ctrl-A E B F D H K U W, up down (Ctrl-P N) for the history,
// Ctrl-C to give the line up, Ctrl-D on an empty line for the end of input.
#ifndef CONSOLE_LINE_H
#define CONSOLE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include <l4/proto/console.h>

#define LINE_ROOM    (CONSOLE_LINE - 1) // bytes of a line without its LF
#define LINE_HISTORY 16
#define LINE_ECHO    (4 * CONSOLE_LINE) // most bytes of echo one key can make

enum line_event {
    LINE_MORE = 0,        // nothing is complete yet
    LINE_DONE = 1,        // text[0..length) is a line
    LINE_INTERRUPTED = 2, // Ctrl-C
    LINE_END = 3,         // Ctrl-D
};

struct line {
    char text[LINE_ROOM];
    size_t length;
    size_t cursor;
    unsigned escape;     // state of an escape sequence
    unsigned parameter;  //   and its number
    bool after_cr;       // a LF that follows CR is not a second end of line
    bool complete;       // the next key begins a new line
    unsigned remembered; // lines in history, newest last
    unsigned shown;      // line of the history on the screen; = remembered: the new line
    struct {
        char text[LINE_ROOM];
        size_t length;
    } history[LINE_HISTORY], fresh; // fresh: what was typed before going up
    char echo[LINE_ECHO];           // what the terminal is to show, after each key
    size_t echo_length;
};

void line_init(struct line *line);
enum line_event line_key(struct line *line, char key);

#endif
