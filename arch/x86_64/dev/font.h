/* SPDX-License-Identifier: BSD-2-Clause */
/* Glyphs for the framebuffer console. Constant data. Caller: fb_draw.c. */
#ifndef QUIRE_X86_FONT_H
#define QUIRE_X86_FONT_H

#include <stdint.h>

#define FONT_FIRST  ' '
#define FONT_GLYPHS 95
#define FONT_ROWS   7
#define FONT_DOTS   5

extern const uint8_t font_glyphs[FONT_GLYPHS][FONT_ROWS];

#endif
