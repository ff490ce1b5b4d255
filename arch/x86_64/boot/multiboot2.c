/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the multiboot2 information: a list of tags, each with a type and a size, of which unknown ones are
 * skipped. No state. Every read is inside the SIZE bytes given, whatever the sizes in the data say; a tag
 * shorter than its type needs is ignored.
 */
#include "arch/x86_64/boot/loader.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"

#define TAG_END         0
#define TAG_CMDLINE     1
#define TAG_LOADER      2
#define TAG_MODULE      3
#define TAG_MEMORY      6
#define TAG_FRAMEBUFFER 8
#define TAG_EFI32       11
#define TAG_EFI64       12
#define TAG_RSDP_OLD    14
#define TAG_RSDP_NEW    15

#define TAG_HEAD     8  /* type, size */
#define INFO_HEAD    8  /* total size, reserved */
#define MODULE_HEAD  16 /* head, start, end */
#define MEMORY_HEAD  16 /* head, entry size, version */
#define MEMORY_ENTRY 24 /* base, length, type, reserved */

#define FB_HEAD       32
#define FB_RGB_SIZE   38
#define FB_TYPE_RGB   1
#define FB_TYPE_TEXT  2
#define RSDP_OLD_SIZE 20

struct tag {
    uint32_t type;
    uint32_t size;
    const uint8_t *data; /* the head included: offsets as in the specification */
};

/* The data has no alignment the compiler may rely on. */
static INIT uint32_t read32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static INIT uint64_t read64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static INIT void read_memory(struct boot_info *info, const struct tag *tag)
{
    uint32_t entry;

    if (tag->size < MEMORY_HEAD)
        return;
    entry = read32(tag->data + 8);
    if (entry < MEMORY_ENTRY)
        return;
    for (uint32_t at = MEMORY_HEAD; tag->size - at >= entry; at += entry) {
        const uint8_t *e = tag->data + at;

        boot_add_memory(info, read64(e), read64(e + 8), read32(e + 16));
    }
}

static INIT void read_module(struct boot_info *info, const struct tag *tag)
{
    uint64_t start, end;

    if (tag->size < MODULE_HEAD)
        return;
    start = read32(tag->data + 8);
    end = read32(tag->data + 12);
    if (end <= start)
        return;
    if (info->archive_size != 0) {
        info->modules_ignored++;
        return;
    }
    info->archive = paddr(start);
    info->archive_size = end - start;
}

static INIT void read_framebuffer(struct boot_info *info, const struct tag *tag)
{
    struct boot_framebuffer *fb = &info->framebuffer;
    const uint8_t *p = tag->data;

    if (tag->size < FB_HEAD)
        return;
    fb->base = paddr(read64(p + 8));
    fb->pitch = read32(p + 16);
    fb->width = read32(p + 20);
    fb->height = read32(p + 24);
    fb->bpp = p[28];
    if (p[29] == FB_TYPE_TEXT) {
        fb->type = BOOT_FB_TEXT;
    } else if (p[29] == FB_TYPE_RGB && tag->size >= FB_RGB_SIZE) {
        fb->type = BOOT_FB_RGB;
        fb->red_shift = p[32];
        fb->red_bits = p[33];
        fb->green_shift = p[34];
        fb->green_bits = p[35];
        fb->blue_shift = p[36];
        fb->blue_bits = p[37];
    }
}

/* The newer RSDP (tag 15) counts, whatever the order; it is longer. */
static INIT void read_rsdp(struct boot_info *info, const struct tag *tag)
{
    size_t n = tag->size - TAG_HEAD;

    if (n > BOOT_RSDP_MAX)
        n = BOOT_RSDP_MAX;
    if (n < RSDP_OLD_SIZE || n <= info->rsdp_size)
        return;
    memcpy(info->rsdp_copy, tag->data + TAG_HEAD, n);
    info->rsdp_size = n;
}

static INIT void read_tag(struct boot_info *info, const struct tag *tag)
{
    const char *text = (const char *)tag->data + TAG_HEAD;
    size_t n = tag->size - TAG_HEAD;

    switch (tag->type) {
    case TAG_CMDLINE:
        boot_copy_text(info->cmdline, sizeof info->cmdline, text, n);
        break;
    case TAG_LOADER:
        boot_copy_text(info->loader, sizeof info->loader, text, n);
        break;
    case TAG_MODULE:
        read_module(info, tag);
        break;
    case TAG_MEMORY:
        read_memory(info, tag);
        break;
    case TAG_FRAMEBUFFER:
        read_framebuffer(info, tag);
        break;
    case TAG_EFI32:
    case TAG_EFI64:
        info->path = BOOT_MULTIBOOT2_UEFI;
        break;
    case TAG_RSDP_OLD:
    case TAG_RSDP_NEW:
        read_rsdp(info, tag);
        break;
    default:
        break;
    }
}

INIT bool multiboot2_parse(const void *data, size_t size, struct boot_info *info)
{
    const uint8_t *p = data;
    size_t at = INFO_HEAD;

    if (size < INFO_HEAD)
        return false;
    if (read32(p) < size)
        size = read32(p);
    info->path = BOOT_MULTIBOOT2_BIOS;
    /* at never passes size: checked before each addition */
    while (size >= at && size - at >= TAG_HEAD) {
        struct tag tag = {read32(p + at), read32(p + at + 4), p + at};
        size_t step;

        if (tag.type == TAG_END || tag.size < TAG_HEAD || tag.size > size - at)
            break;
        read_tag(info, &tag);
        step = ((size_t)tag.size + 7) & ~(size_t)7;
        if (step > size - at)
            break;
        at += step;
    }
    return info->memory_count != 0;
}
