/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the PVH start information, which an emulator passes with -kernel. No state. Addresses in it are
 * followed only as far as the caller's function reaches.
 */
#include "arch/x86_64/boot/loader.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"

struct start_info {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;
    uint32_t module_count;
    uint64_t modules;
    uint64_t cmdline;
    uint64_t rsdp;
    uint64_t memory; /* from version 1 on */
    uint32_t memory_count;
    uint32_t reserved;
};

_Static_assert(sizeof(struct start_info) == 56, "layout of the loader");
_Static_assert(offsetof(struct start_info, memory) == 40, "layout of the loader");

struct module {
    uint64_t base;
    uint64_t size;
    uint64_t cmdline;
    uint64_t reserved;
};

_Static_assert(sizeof(struct module) == 32, "layout of the loader");

struct memory {
    uint64_t base;
    uint64_t size;
    uint32_t kind;
    uint32_t reserved;
};

_Static_assert(sizeof(struct memory) == 24, "layout of the loader");

#define RSDP_OLD_SIZE 20
#define RSDP_REVISION 15 /* offset; 0 means the old, short form */

static INIT void read_memory(struct boot_info *info, const struct start_info *start, loader_reach_fn reach)
{
    for (uint64_t i = 0; i < start->memory_count; i++) {
        struct memory entry;
        const void *p = reach(start->memory + i * sizeof entry, sizeof entry);

        if (p == NULL)
            return;
        memcpy(&entry, p, sizeof entry);
        boot_add_memory(info, entry.base, entry.size, entry.kind);
    }
    boot_add_table(info, start->memory, start->memory_count * sizeof(struct memory));
}

static INIT void read_modules(struct boot_info *info, const struct start_info *start, loader_reach_fn reach)
{
    struct module module;
    const void *p;

    if (start->module_count == 0)
        return;
    p = reach(start->modules, sizeof module);
    if (p == NULL)
        return;
    memcpy(&module, p, sizeof module);
    info->archive = paddr(module.base);
    info->archive_size = module.size;
    info->modules_ignored = start->module_count - 1;
    boot_add_table(info, start->modules, start->module_count * sizeof module);
}

/* Byte by byte: how long it is shows only on the way, and the end of what can be reached may come first. */
static INIT void read_cmdline(struct boot_info *info, uint64_t at, loader_reach_fn reach)
{
    size_t n = 0;

    if (at == 0)
        return;
    while (n < sizeof info->cmdline - 1) {
        const char *c = reach(at + n, 1);

        if (c == NULL || *c == '\0')
            break;
        info->cmdline[n++] = *c;
    }
    boot_add_table(info, at, n + 1);
}

static INIT void read_rsdp(struct boot_info *info, uint64_t at, loader_reach_fn reach)
{
    const uint8_t *p = at != 0 ? reach(at, RSDP_OLD_SIZE) : NULL;
    size_t n = RSDP_OLD_SIZE;

    if (p == NULL)
        return;
    if (p[RSDP_REVISION] != 0 && reach(at, BOOT_RSDP_MAX) != NULL) {
        p = reach(at, BOOT_RSDP_MAX);
        n = BOOT_RSDP_MAX;
    }
    memcpy(info->rsdp_copy, p, n);
    info->rsdp_size = n;
}

INIT bool pvh_parse(uint64_t at, loader_reach_fn reach, struct boot_info *info)
{
    static INIT_RODATA const char loader[] = "pvh";
    const void *p = reach(at, sizeof(struct start_info));
    struct start_info start;

    if (p == NULL)
        return false;
    memcpy(&start, p, sizeof start);
    if (start.magic != PVH_LOADED || start.version < 1)
        return false;
    info->path = BOOT_PVH;
    boot_copy_text(info->loader, sizeof info->loader, loader, sizeof loader);
    boot_add_table(info, at, sizeof start);
    read_cmdline(info, start.cmdline, reach);
    read_modules(info, &start, reach);
    read_rsdp(info, start.rsdp, reach);
    read_memory(info, &start, reach);
    return info->memory_count != 0;
}
