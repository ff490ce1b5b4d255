/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's part of the boot, from the first C instruction to the kernel's own page tables and stack.
 * Owns boot_info. Runs once, on one CPU, interrupts off, on the boot stack, with the lowest 4 GiB in the
 * window.
 */
#include "arch/x86_64/boot/loader.h"
#include "arch/x86_64/boot/start.h"
#include "arch/x86_64/mm/image.h"
#include "kernel/arch/bootinfo.h"
#include "kernel/arch/console.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"
#include "kernel/base/bootargs.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"

#define FOUR_GIB UINT64_C(0x100000000)

/* No loader writes more; a larger number is damage. */
#define MULTIBOOT2_MAX UINT64_C(0x1000000)

struct boot_info boot_info;

static INIT const void *reach(uint64_t p, uint64_t size)
{
    if (p > FOUR_GIB || size > FOUR_GIB - p)
        return NULL;
    return phys_window(paddr(p));
}

static INIT bool parse(uint32_t magic, uint32_t info)
{
    uint32_t size;

    if (magic == PVH_LOADED)
        return pvh_parse(info, reach, &boot_info);
    memcpy(&size, reach(info, sizeof size), sizeof size);
    if (size > MULTIBOOT2_MAX || reach(info, size) == NULL)
        return false;
    boot_add_table(&boot_info, info, size);
    return multiboot2_parse(reach(info, size), size, &boot_info);
}

/* Reads boot_info; what is wrong is said once there is a console. The arguments come first, for panics need
 * them. */
static INIT bool read_loader(uint32_t magic, uint32_t info)
{
    bool ok = parse(magic, info);

    bootargs_set(boot_info.cmdline, sizeof boot_info.cmdline);
    if (boot_info.rsdp_size != 0)
        boot_info.rsdp = phys_of(boot_info.rsdp_copy);
    boot_info.init = (struct region){phys_of(kernel_init_start).v, phys_of(kernel_init_end).v};
    boot_find_usable(&boot_info, phys_of(kernel_start).v, phys_of(kernel_end).v);
    return ok;
}

INIT const char *boot_path_name(enum boot_path path)
{
    switch (path) {
    case BOOT_MULTIBOOT2_BIOS:
        return "multiboot2-bios";
    case BOOT_MULTIBOOT2_UEFI:
        return "multiboot2-uefi";
    case BOOT_PVH:
        return "pvh";
    }
    return "unknown";
}

static INIT void report(void)
{
    LOG(LOG_INFO, "boot: path %s loader \"%s\"", boot_path_name(boot_info.path), boot_info.loader);
    LOG(LOG_INFO, "boot: arguments \"%s\"", boot_info.cmdline);
    bootargs_report();
    LOG(LOG_INFO, "boot: memory usable_kib=%lu", regions_bytes(&boot_info.usable) / 1024);
    if (boot_info.memory_lost != 0)
        LOG(LOG_WARN, "boot: %lu entries of the memory map ignored", boot_info.memory_lost);
    if (boot_info.usable.lost != 0)
        LOG(LOG_WARN, "boot: %lu KiB in too many pieces ignored", boot_info.usable.lost / 1024);
    if (boot_info.modules_ignored != 0)
        LOG(LOG_WARN, "boot: %lu modules after the first ignored", boot_info.modules_ignored);
}

INIT paddr_t bootmem_alloc(npages_t n)
{
    uint64_t bytes;
    uint64_t base;

    if (!npages_to_bytes(n, &bytes) || bytes == 0 ||
        !regions_take(&boot_info.usable, bytes, PAGE_SIZE, FOUR_GIB, &base))
        PANIC("no memory for %lu pages at boot", n.v);
    memset(phys_window(paddr(base)), 0, bytes);
    return paddr(base);
}

INIT uint64_t boot_start(uint32_t magic, uint32_t info)
{
    bool ok;

    trap_init_early();
    ok = read_loader(magic, info);
    log_set_level(bootarg_log_level());
    console_early_init();
    if (!ok)
        machine_refused("a memory map from the boot loader");
    report();
    kmap_init();
    return CPU_STACK_TOP(CPU_STACK_KERNEL);
}
