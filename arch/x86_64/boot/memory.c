/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collects what the loader says about memory and works out which of it is free. Pure; see loader.h. Callers:
 * the parsers and start.c.
 */
#include "arch/x86_64/boot/loader.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "kernel/base/types.h"

/* The first 64 KiB hold the real mode's vectors and the BIOS's data. */
#define LOW_END UINT64_C(0x10000)

static INIT uint64_t end_of(uint64_t base, uint64_t size)
{
    return size > UINT64_MAX - base ? UINT64_MAX : base + size;
}

static INIT uint64_t page_above(uint64_t v)
{
    return v > UINT64_MAX - PAGE_SIZE ? align_down(UINT64_MAX, PAGE_SIZE) : align_up(v, PAGE_SIZE);
}

INIT void boot_add_memory(struct boot_info *info, uint64_t base, uint64_t size, uint32_t kind)
{
    if (size == 0)
        return;
    if (info->memory_count == BOOT_MEMORY_MAX) {
        info->memory_lost++;
        return;
    }
    info->memory[info->memory_count++] = (struct boot_memory){base, size, kind};
}

INIT void boot_add_table(struct boot_info *info, uint64_t base, uint64_t size)
{
    if (size != 0 && info->table_count < BOOT_TABLES_MAX)
        info->tables[info->table_count++] = (struct region){base, end_of(base, size)};
}

INIT void boot_copy_text(char *to, size_t capacity, const char *from, size_t size)
{
    size_t n = strnlen(from, size);

    if (n > capacity - 1)
        n = capacity - 1;
    memcpy(to, from, n);
    to[n] = '\0';
}

/* Whole pages go, since the neighbours of what is taken cannot be used either. */
static INIT void take_out(struct region_set *set, uint64_t base, uint64_t end)
{
    regions_remove(set, align_down(base, PAGE_SIZE), page_above(end));
}

/* What is free: what is called free and not called anything else, for maps overlap. */
INIT void boot_find_usable(struct boot_info *info, uint64_t image, uint64_t image_end)
{
    struct region_set *usable = &info->usable;

    usable->count = 0;
    usable->lost = 0;
    for (size_t i = 0; i < info->memory_count; i++) {
        const struct boot_memory *m = &info->memory[i];

        if (m->kind == BOOT_MEMORY_USABLE)
            regions_add(usable, m->base, end_of(m->base, m->size));
    }
    for (size_t i = 0; i < info->memory_count; i++) {
        const struct boot_memory *m = &info->memory[i];

        if (m->kind != BOOT_MEMORY_USABLE)
            take_out(usable, m->base, end_of(m->base, m->size));
    }
    take_out(usable, 0, LOW_END);
    take_out(usable, image, image_end);
    if (info->archive_size != 0)
        take_out(usable, info->archive.v, end_of(info->archive.v, info->archive_size));
    for (size_t i = 0; i < info->table_count; i++)
        take_out(usable, info->tables[i].base, info->tables[i].end);
    regions_remove(usable, BOOT_PHYSICAL_END, UINT64_MAX);
    regions_align(usable, PAGE_SIZE);
}
