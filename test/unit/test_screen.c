/* SPDX-License-Identifier: BSD-2-Clause */
// sources: arch/x86_64/dev/text_screen.c arch/x86_64/dev/fb_draw.c arch/x86_64/dev/font.c
/*
 * The character screen (line breaks, scrolling, what is redrawn) and drawing into framebuffers of all
 * formats, in memory of exactly their size.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "arch/x86_64/dev/fb_draw.h"
#include "arch/x86_64/dev/font.h"
#include "arch/x86_64/dev/text_screen.h"

uint64_t host_phys_window;

#define COLS 6
#define ROWS 3

static char cells[COLS * ROWS];
static char shown[COLS * ROWS + 1];
static unsigned draws;
static struct text_screen screen;

static void draw(unsigned col, unsigned row, char c)
{
    assert_true(col < COLS && row < ROWS);
    shown[row * COLS + col] = c;
    draws++;
}

static int fresh(void **state)
{
    (void)state;
    memset(shown, ' ', COLS * ROWS);
    draws = 0;
    text_screen_init(&screen, COLS, ROWS, cells, draw);
    return 0;
}

static void write_text(const char *text)
{
    text_screen_write(&screen, text, strlen(text));
}

static void lines_break_and_wrap(void **state)
{
    (void)state;
    write_text("ab\ncdefghi\t");
    assert_string_equal(shown, "ab    cdefghi?    ");
}

static void a_last_line_break_does_not_scroll(void **state)
{
    (void)state;
    write_text("1\n2\n3\n");
    assert_string_equal(shown, "1     2     3     ");
    write_text("4\n");
    assert_string_equal(shown, "2     3     4     ");
    write_text("\n\n5");
    assert_string_equal(shown, "            5     ");
}

static void a_full_last_line_does_not_scroll(void **state)
{
    (void)state;
    write_text("1\n2\nabcdef");
    assert_string_equal(shown, "1     2     abcdef");
    write_text("\n");
    assert_string_equal(shown, "1     2     abcdef");
    write_text("x");
    assert_string_equal(shown, "2     abcdefx     ");
}

static void scrolling_redraws_only_what_changes(void **state)
{
    (void)state;
    write_text("aaa\naab\naab\n");
    draws = 0;
    write_text("aab\n");
    /* One letter in the first line, none in the second, three blanks and three letters in the last. */
    assert_int_equal(draws, 1 + 0 + 3 + 3);
}

static void long_text_stays_inside(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        write_text(i % 7 ? "abc" : i % 3 ? "\n\n\n\n" : "\x7f\xff\x01");
    assert_true(screen.col <= COLS && screen.row <= ROWS);
}

static const struct boot_framebuffer formats[] = {
    {BOOT_FB_RGB, {0x1000}, 104, 24, 33, 32, 16, 8, 8, 8, 0, 8},
    {BOOT_FB_RGB, {0x1000}, 75, 24, 33, 24, 16, 8, 8, 8, 0, 8},
    {BOOT_FB_RGB, {0x1000}, 48, 24, 33, 16, 11, 5, 5, 6, 0, 5},
    {BOOT_FB_RGB, {0x1000}, 48, 24, 33, 15, 10, 5, 5, 5, 0, 5},
    {BOOT_FB_RGB, {0x1000}, 96, 24, 33, 32, 0, 10, 10, 10, 20, 10},
};

static uint32_t pixel(const struct fb *fb, unsigned x, unsigned y)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < fb->bytes; i++)
        v |= (uint32_t)fb->base[y * fb->pitch + x * fb->bytes + i] << (8 * i);
    return v;
}

static void draws_in_every_format(void **state)
{
    static const uint32_t inks[] = {0xc0c0c0, 0xc0c0c0, 0xc618, 0x6318, 0x300 | 0x300 << 10 | 0x300u << 20};

    (void)state;
    for (unsigned f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
        struct fb fb;
        uint8_t *memory;

        assert_true(fb_describe(&fb, &formats[f]));
        assert_int_equal(fb.ink, inks[f]);
        memory = malloc(fb_size(&fb));
        assert_non_null(memory);
        memset(memory, 0x55, fb_size(&fb));
        fb.base = memory;
        fb_fill_paper(&fb);
        for (unsigned col = 0; col < 3; col++)
            for (unsigned row = 0; row < 2; row++)
                fb_draw_cell(&fb, col, row, 'T');
        for (unsigned y = 0; y < 33; y++) {
            for (unsigned x = 0; x < 24; x++) {
                unsigned in_x = x % 8, line = y % 16;
                bool bar = (line == 1 || line == 2) && in_x >= 1 && in_x <= 5;
                bool stem = line >= 3 && line <= 14 && in_x == 3;
                bool ink = y < 32 && (bar || stem);

                assert_int_equal(pixel(&fb, x, y), ink ? fb.ink : fb.paper);
            }
        }
        free(memory);
    }
}

static void drawing_over_leaves_no_trace(void **state)
{
    struct fb fb;
    uint8_t *memory;

    (void)state;
    assert_true(fb_describe(&fb, &formats[0]));
    memory = calloc(1, fb_size(&fb));
    assert_non_null(memory);
    fb.base = memory;
    for (int c = 0; c < 256; c++)
        fb_draw_cell(&fb, 1, 1, (char)c);
    fb_draw_cell(&fb, 1, 1, ' ');
    for (size_t i = 0; i < fb_size(&fb); i++)
        assert_int_equal(memory[i], 0);
    free(memory);
}

static void nonsense_is_refused(void **state)
{
    struct boot_framebuffer i;
    struct fb fb;

    (void)state;
    i = formats[0];
    i.bpp = 8;
    assert_false(fb_describe(&fb, &i));
    i = formats[0];
    i.pitch = 24 * 4 - 1;
    assert_false(fb_describe(&fb, &i));
    i = formats[0];
    i.width = 0x40000001; /* times four wraps to four */
    assert_false(fb_describe(&fb, &i));
    i = formats[0];
    i.red_shift = 28;
    assert_false(fb_describe(&fb, &i));
    i = formats[0];
    i.green_bits = 0;
    assert_false(fb_describe(&fb, &i));
    i = formats[0];
    i.base.v = 0;
    assert_false(fb_describe(&fb, &i));
    i = formats[0];
    i.type = BOOT_FB_TEXT;
    assert_false(fb_describe(&fb, &i));
    i = formats[0];
    i.height = 15;
    assert_false(fb_describe(&fb, &i));
}

static void every_printable_glyph_differs(void **state)
{
    (void)state;
    for (unsigned a = 0; a < FONT_GLYPHS; a++) {
        for (unsigned row = 0; row < FONT_ROWS; row++)
            assert_true(font_glyphs[a][row] < 1 << FONT_DOTS);
        for (unsigned b = 0; b < a; b++)
            assert_memory_not_equal(font_glyphs[a], font_glyphs[b], FONT_ROWS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lines_break_and_wrap, fresh),
        cmocka_unit_test_setup(a_last_line_break_does_not_scroll, fresh),
        cmocka_unit_test_setup(a_full_last_line_does_not_scroll, fresh),
        cmocka_unit_test_setup(scrolling_redraws_only_what_changes, fresh),
        cmocka_unit_test_setup(long_text_stays_inside, fresh),
        cmocka_unit_test(draws_in_every_format),
        cmocka_unit_test(drawing_over_leaves_no_trace),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(every_printable_glyph_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
