/* SPDX-License-Identifier: BSD-2-Clause */
/* A screen of characters, see text_screen.h. Pure; tested on the host. */
#include "arch/x86_64/dev/text_screen.h"
#include "kernel/base/compiler.h"

static void set_cell(struct text_screen *s, unsigned col, unsigned row, char c)
{
    char *cell = &s->cells[(size_t)row * s->cols + col];

    if (*cell == c)
        return;
    *cell = c;
    s->draw(col, row, c);
}

INIT void text_screen_init(struct text_screen *s, unsigned cols, unsigned rows, char *cells,
                           text_draw_fn draw)
{
    *s = (struct text_screen){.cols = cols, .rows = rows, .cells = cells, .draw = draw};
    for (size_t i = 0; i < (size_t)cols * rows; i++)
        cells[i] = ' ';
}

static void scroll(struct text_screen *s)
{
    for (unsigned row = 0; row < s->rows; row++)
        for (unsigned col = 0; col < s->cols; col++)
            set_cell(s, col, row, row + 1 < s->rows ? s->cells[((size_t)row + 1) * s->cols + col] : ' ');
    s->row--;
}

/* A line break scrolls only when something follows it: the last line stays in sight. */
static void put(struct text_screen *s, char c)
{
    if (c == '\n' || s->col == s->cols) {
        s->col = 0;
        s->row++;
    }
    if (c == '\n')
        return;
    if (s->row >= s->rows)
        scroll(s);
    set_cell(s, s->col++, s->row, c >= ' ' && c <= '~' ? c : '?');
}

void text_screen_write(struct text_screen *s, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        /* Two line breaks in a row at the bottom: the first one's scroll is due now. */
        if (s->row >= s->rows)
            scroll(s);
        put(s, text[i]);
    }
}
