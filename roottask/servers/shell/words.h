// SPDX-License-Identifier: BSD-2-Clause
// Splitting a command line into words. Pure. Blanks separate words; '…' keeps everything, "…" everything but
// \" and \\, \ the next byte; # at the start of a word begins a comment.
#ifndef SHELL_WORDS_H
#define SHELL_WORDS_H

#include <stddef.h>

#include <l4/slice.h>

#define WORDS_MOST 32

struct words {
    unsigned count;
    const char *word[WORDS_MOST]; // NUL-terminated, one behind the other in text
    size_t bytes;                 // of all of them with their NULs
    char text[512];
};

// NULL, or what is wrong with the line.
const char *words_split(struct words *words, struct l4_slice line);

#endif
