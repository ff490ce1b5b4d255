/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A screen of characters: cursor, line breaks, scrolling. Keeps what it shows in memory of its own, so that
 * scrolling redraws only the cells that change and never reads the device. Pure. Callers: fb.c, vga_text.c.
 * Lock: the log's.
 */
#ifndef QUIRE_X86_TEXT_SCREEN_H
#define QUIRE_X86_TEXT_SCREEN_H

#include <stddef.h>

/* Shows the character in a cell. */
typedef void (*text_draw_fn)(unsigned col, unsigned row, char c);

struct text_screen {
    unsigned cols, rows;
    unsigned col, row; /* where the next character goes; row may be == rows before a scroll */
    char *cells;       /* cols * rows */
    text_draw_fn draw;
};

/* All cells blank; the caller has blanked the device. */
void text_screen_init(struct text_screen *s, unsigned cols, unsigned rows, char *cells, text_draw_fn draw);
void text_screen_write(struct text_screen *s, const char *text, size_t n);

#endif
