/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VGA text: joins the consoles where the loader says that the screen is in text mode, and after a PVH start,
 * whose loader says nothing, where memory answers at its place and no framebuffer is in use. Owns the text
 * window. Lock: the log's.
 */
#include "kernel/arch/screen.h"
#include "kernel/arch/bootinfo.h"
#include "kernel/arch/console.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/kmap.h"
#include "arch/x86_64/dev/text_screen.h"
#include "kernel/base/compiler.h"

#define TEXT_BASE         UINT64_C(0xb8000)
#define TEXT_COLS         80u
#define TEXT_ROWS         25u
#define TEXT_MAX_COLS     132u
#define TEXT_MAX_ROWS     60u
#define CRTC_INDEX        0x3d4
#define CRTC_CURSOR_START 0x0a
#define CURSOR_OFF        0x20
#define ATTRIBUTE         0x0700u /* light grey on black */

static volatile uint16_t *window;
static unsigned words_per_row;
static struct text_screen screen;
static char cells[TEXT_MAX_COLS * TEXT_MAX_ROWS];

static void draw(unsigned col, unsigned row, char c)
{
    window[row * words_per_row + col] = (uint16_t)(ATTRIBUTE | (uint8_t)c);
}

static void vga_write(const char *text, size_t n)
{
    text_screen_write(&screen, text, n);
}

/* The legacy window belongs to the graphics adapter on every PC: writing there harms nothing. */
static INIT bool memory_answers(volatile uint16_t *at)
{
    uint16_t old = *at;
    bool answers;

    *at = 0x0755;
    answers = *at == 0x0755;
    *at = 0x07aa;
    answers = answers && *at == 0x07aa;
    *at = old;
    return answers;
}

static INIT bool find_window(unsigned *cols, unsigned *rows)
{
    const struct boot_framebuffer *info = &boot_info.framebuffer;

    *cols = TEXT_COLS;
    *rows = TEXT_ROWS;
    words_per_row = TEXT_COLS;
    if (info->type == BOOT_FB_TEXT && info->width >= 1 && info->width <= TEXT_MAX_COLS && info->height >= 1 &&
        info->height <= TEXT_MAX_ROWS && info->pitch >= 2 * info->width && info->pitch <= 4 * TEXT_MAX_COLS) {
        *cols = info->width;
        *rows = info->height;
        words_per_row = info->pitch / 2;
        window = kmap_mmio(info->base, (size_t)info->pitch * info->height);
        return true;
    }
    if (info->type != BOOT_FB_NONE || boot_info.path != BOOT_PVH)
        return false;
    window = kmap_mmio(paddr(TEXT_BASE), TEXT_COLS * TEXT_ROWS * 2);
    return memory_answers(window);
}

/* The blinking cursor is not moved along and would stand somewhere in the text. */
static INIT void hide_cursor(void)
{
    io_out8(CRTC_INDEX, CRTC_CURSOR_START);
    io_out8(CRTC_INDEX + 1, CURSOR_OFF);
}

INIT void vga_text_init(void)
{
    unsigned cols, rows;

    if (!find_window(&cols, &rows))
        return;
    for (unsigned i = 0; i < rows * words_per_row; i++)
        window[i] = ATTRIBUTE | ' ';
    hide_cursor();
    text_screen_init(&screen, cols, rows, cells, draw);
    console_add(vga_write);
}
