/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The framebuffer console: maps what the loader set up, write-combining, and joins the consoles. Owns the
 * mapping and the cells. Caller: screen_init's in kernel/init, after kmap_init and cpu_features_init (PAT).
 * Lock: the log's.
 */
#include "kernel/arch/screen.h"
#include "kernel/arch/bootinfo.h"
#include "kernel/arch/console.h"
#include "kernel/arch/kmap.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "arch/x86_64/dev/fb_draw.h"
#include "arch/x86_64/dev/text_screen.h"

/* Up to 3840 by 2160 pixels; of larger screens the upper left part is used. */
#define MAX_COLS 480u
#define MAX_ROWS 135u

static struct fb fb;
static struct text_screen screen;
static char cells[MAX_COLS * MAX_ROWS];

static void draw(unsigned col, unsigned row, char c)
{
    fb_draw_cell(&fb, col, row, c);
}

static void fb_write(const char *text, size_t n)
{
    text_screen_write(&screen, text, n);
}

static INIT unsigned at_most(unsigned v, unsigned limit)
{
    return v < limit ? v : limit;
}

INIT void fb_init(void)
{
    const struct boot_framebuffer *info = &boot_info.framebuffer;

    if (info->type != BOOT_FB_RGB)
        return;
    if (!fb_describe(&fb, info)) {
        LOG(LOG_WARN, "fb: %ux%u with %u bits is not used", info->width, info->height, info->bpp);
        return;
    }
    fb.base = kmap_framebuffer(info->base, fb_size(&fb));
    fb_fill_paper(&fb);
    text_screen_init(&screen, at_most(fb.width / FB_CELL_WIDTH, MAX_COLS),
                     at_most(fb.height / FB_CELL_HEIGHT, MAX_ROWS), cells, draw);
    console_add(fb_write);
    LOG(LOG_INFO, "boot: framebuffer %ux%ux%u", info->width, info->height, info->bpp);
}
