// SPDX-License-Identifier: BSD-2-Clause
// Builds multiboot2 information blocks, sound or not, and parses copies of them that lie in heap blocks of
// exactly their size, so that ASan sees a read behind the end. For one test file: state and functions are
// static.
#ifndef TEST_UNIT_SUPPORT_MULTIBOOT2_BLOCK_H
#define TEST_UNIT_SUPPORT_MULTIBOOT2_BLOCK_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86_64/boot/loader.h"

static uint8_t block[65536];
static size_t used;
static struct boot_info info;

static void put32(uint32_t v)
{
    memcpy(block + used, &v, sizeof v);
    used += sizeof v;
}

static void put64(uint64_t v)
{
    memcpy(block + used, &v, sizeof v);
    used += sizeof v;
}

static void put_bytes(const void *p, size_t n)
{
    memcpy(block + used, p, n);
    used += n;
}

/* Begins a tag whose size is SIZE, true or not; end_tag pads. */
static void begin_tag(uint32_t type, uint32_t size)
{
    put32(type);
    put32(size);
}

static void end_tag(void)
{
    while (used % 8 != 0)
        block[used++] = 0;
}

static void begin(void)
{
    memset(block, 0, sizeof block);
    used = 0;
    put32(0);
    put32(0);
}

static void put_text(uint32_t type, const char *text)
{
    begin_tag(type, 8 + (uint32_t)strlen(text) + 1);
    put_bytes(text, strlen(text) + 1);
    end_tag();
}

static void put_memory(unsigned count)
{
    begin_tag(6, 16 + 24 * count);
    put32(24);
    put32(0);
    for (unsigned i = 0; i < count; i++) {
        put64(i * 0x100000);
        put64(0x100000);
        put32(1);
        put32(0);
    }
    end_tag();
}

static void put_module(uint32_t start, uint32_t end)
{
    begin_tag(3, 17);
    put32(start);
    put32(end);
    put_bytes("", 1);
    end_tag();
}

static void put_end(void)
{
    begin_tag(0, 8);
}

/* Parses the first SIZE bytes of the block, with TOTAL as the size in its head. */
static bool parse_as(size_t size, uint32_t total)
{
    uint8_t *copy = malloc(size != 0 ? size : 1);
    bool ok;

    memcpy(block, &total, sizeof total);
    memcpy(copy, block, size);
    memset(&info, 0, sizeof info);
    ok = multiboot2_parse(copy, size, &info);
    free(copy);
    return ok;
}

static bool parse(void)
{
    return parse_as(used, (uint32_t)used);
}

#endif
