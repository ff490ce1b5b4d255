/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drawing character cells of 8 by 16 pixels into a linear framebuffer of 16, 24 or 32 bits a pixel. Pure: the
 * framebuffer is memory, which is only written. Caller: fb.c. Lock: the log's.
 */
#ifndef QUIRE_X86_FB_DRAW_H
#define QUIRE_X86_FB_DRAW_H

#include <stdbool.h>
#include <stdint.h>
#include "kernel/arch/bootinfo.h"

#define FB_CELL_WIDTH  8
#define FB_CELL_HEIGHT 16

struct fb {
    volatile uint8_t *base;
    uint32_t pitch;
    uint32_t width, height; /* pixels */
    unsigned bytes;         /* of a pixel */
    uint32_t ink, paper;    /* pixel values */
};

/* False if the description makes no sense or the format is none of those drawn here. */
bool fb_describe(struct fb *fb, const struct boot_framebuffer *info);

/* Bytes from base that drawing may write; only after fb_describe. */
uint64_t fb_size(const struct fb *fb);

void fb_fill_paper(const struct fb *fb);

/* The cell lies inside the framebuffer. */
void fb_draw_cell(const struct fb *fb, unsigned col, unsigned row, char c);

#endif
