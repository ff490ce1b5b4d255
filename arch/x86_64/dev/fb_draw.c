/* SPDX-License-Identifier: BSD-2-Clause */
/* Drawing cells, see fb_draw.h. Pure; tested on the host with memory as framebuffer. */
#include "arch/x86_64/dev/fb_draw.h"
#include "arch/x86_64/dev/font.h"
#include "kernel/base/compiler.h"

#define INK_LEVEL   0xc0 /* of 0xff, each colour */
#define PAPER_LEVEL 0x00
#define MAX_PIXELS  16384u /* a side; larger screens are taken for nonsense */

/* A level of 8 bits as the field of a pixel. */
static INIT uint32_t colour_field(uint32_t level, unsigned shift, unsigned bits)
{
    return (bits >= 8 ? level << (bits - 8) : level >> (8 - bits)) << shift;
}

static INIT bool field_fits(unsigned shift, unsigned bits, unsigned bpp)
{
    return bits >= 1 && bits <= 16 && shift + bits <= bpp;
}

static INIT uint32_t grey(const struct boot_framebuffer *i, uint32_t level)
{
    return colour_field(level, i->red_shift, i->red_bits) |
           colour_field(level, i->green_shift, i->green_bits) |
           colour_field(level, i->blue_shift, i->blue_bits);
}

INIT bool fb_describe(struct fb *fb, const struct boot_framebuffer *info)
{
    unsigned bpp = info->bpp == 15 ? 16 : info->bpp;

    if (info->type != BOOT_FB_RGB || info->base.v == 0 || (bpp != 16 && bpp != 24 && bpp != 32))
        return false;
    if (info->width < FB_CELL_WIDTH || info->height < FB_CELL_HEIGHT || info->width > MAX_PIXELS ||
        info->height > MAX_PIXELS || info->pitch < info->width * (bpp / 8) || info->pitch > MAX_PIXELS * 8)
        return false;
    if (!field_fits(info->red_shift, info->red_bits, bpp) ||
        !field_fits(info->green_shift, info->green_bits, bpp) ||
        !field_fits(info->blue_shift, info->blue_bits, bpp))
        return false;
    *fb = (struct fb){
        .pitch = info->pitch,
        .width = info->width,
        .height = info->height,
        .bytes = bpp / 8,
        .ink = grey(info, INK_LEVEL),
        .paper = grey(info, PAPER_LEVEL),
    };
    return true;
}

INIT uint64_t fb_size(const struct fb *fb)
{
    return (uint64_t)fb->pitch * fb->height;
}

static void put_pixel(volatile uint8_t *at, unsigned bytes, uint32_t value)
{
    if (bytes == 4) {
        *(volatile uint32_t *)at = value;
    } else if (bytes == 2) {
        *(volatile uint16_t *)at = (uint16_t)value;
    } else {
        at[0] = (uint8_t)value;
        at[1] = (uint8_t)(value >> 8);
        at[2] = (uint8_t)(value >> 16);
    }
}

INIT void fb_fill_paper(const struct fb *fb)
{
    for (uint32_t y = 0; y < fb->height; y++)
        for (uint32_t x = 0; x < fb->width; x++)
            put_pixel(fb->base + (uint64_t)y * fb->pitch + x * fb->bytes, fb->bytes, fb->paper);
}

/* Each row of dots is two lines high; one line stays free above and below, one pixel left, two right. */
static uint8_t glyph_line(char c, unsigned line)
{
    unsigned glyph = (unsigned char)c - (unsigned)FONT_FIRST;

    if (glyph >= FONT_GLYPHS || line == 0 || line > 2 * FONT_ROWS)
        return 0;
    return (uint8_t)(font_glyphs[glyph][(line - 1) / 2] << 2);
}

void fb_draw_cell(const struct fb *fb, unsigned col, unsigned row, char c)
{
    volatile uint8_t *at = fb->base + (uint64_t)row * FB_CELL_HEIGHT * fb->pitch;

    at += (uint64_t)col * FB_CELL_WIDTH * fb->bytes;
    for (unsigned line = 0; line < FB_CELL_HEIGHT; line++, at += fb->pitch) {
        uint8_t dots = glyph_line(c, line);

        for (unsigned x = 0; x < FB_CELL_WIDTH; x++)
            put_pixel(at + x * fb->bytes, fb->bytes, dots >> (7 - x) & 1 ? fb->ink : fb->paper);
    }
}
