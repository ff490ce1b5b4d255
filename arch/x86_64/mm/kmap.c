/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the page tables of the kernel half: the window on physical memory, the kernel image, device memory.
 * Invariants: no page is writable and executable; the top-level entries never change after kmap_init; nothing
 * is mapped anew and only the init part of the image is unmapped, once, by kmap_release_init, which flushes.
 * Callers: boot, drivers, the kernel core. Lock: kmap_lock.
 */
#include "kernel/arch/kmap.h"

#include "arch/x86_64/cpu/x86.h"
#include "arch/x86_64/mm/image.h"
#include "arch/x86_64/mm/kmap_table.h"
#include "arch/x86_64/mm/pte.h"
#include "kernel/arch/bootinfo.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/base/regions.h"
#include "kernel/base/spinlock.h"

#define CPUID81_EDX_1G (UINT32_C(1) << 26)

#define KMAP_MMIO_END (KMAP_MMIO + (UINT64_C(1) << 39))

uint64_t *kmap_root;

static struct spinlock kmap_lock = SPINLOCK_INIT(RANK_KMAP);
static struct region_set ram; /* what the window shows */
static uint64_t mmio_next = KMAP_MMIO;
static paddr_t (*table_page)(void);

static INIT bool has_1g_pages(void)
{
    return cpuid(0x80000000, 0).eax >= 0x80000001 && (cpuid(0x80000001, 0).edx & CPUID81_EDX_1G) != 0;
}

/* Everything the loader calls memory, used or not: free, tables, non-volatile storage. */
static INIT void find_ram(void)
{
    for (size_t i = 0; i < boot_info.memory_count; i++) {
        const struct boot_memory *m = &boot_info.memory[i];
        uint64_t room = m->base < BOOT_PHYSICAL_END ? BOOT_PHYSICAL_END - m->base : 0;
        uint64_t size = m->size < room ? m->size : room;

        if (size != 0 &&
            (m->kind == BOOT_MEMORY_USABLE || m->kind == BOOT_MEMORY_ACPI || m->kind == BOOT_MEMORY_NVS))
            regions_add(&ram, align_down(m->base, PAGE_SIZE), align_up(m->base + size, PAGE_SIZE));
    }
}

/* The largest page that may map [p, end) at p: large pages never reach beyond RAM, where caching may be
 * different. */
static INIT unsigned best_level(uint64_t p, uint64_t end, bool gib)
{
    if (gib && is_aligned(p, SIZE_1G) && end - p >= SIZE_1G)
        return 2;
    if (is_aligned(p, SIZE_2M) && end - p >= SIZE_2M)
        return 1;
    return 0;
}

static INIT void map_window(void)
{
    bool gib = has_1g_pages();
    uint64_t bits = kmap_bits(KMAP_WRITE);

    for (size_t i = 0; i < ram.count; i++) {
        uint64_t p = ram.at[i].base;

        while (p < ram.at[i].end) {
            unsigned level = best_level(p, ram.at[i].end, gib);

            kmap_set(kmap_root, PHYS_WINDOW + p, level, p | bits | (level > 0 ? PTE_PS : 0), kmap_boot_page);
            p += pte_span(level);
        }
    }
}

static INIT void map_image_part(const char *start, const char *end, uint64_t flags)
{
    uint64_t from = vaddr_of(start).v;

    ASSERT(is_aligned(from, PAGE_SIZE) && is_aligned(vaddr_of(end).v, PAGE_SIZE));
    for (uint64_t at = from; at < vaddr_of(end).v; at += PAGE_SIZE)
        kmap_set(kmap_root, at, 0, (at - KERNEL_BASE) | kmap_bits(flags), kmap_boot_page);
}

static INIT void map_image(void)
{
    map_image_part(kernel_init_start, kernel_init_text_end, KMAP_EXEC);
    map_image_part(kernel_init_text_end, kernel_init_rodata_end, 0);
    map_image_part(kernel_init_rodata_end, kernel_init_end, KMAP_WRITE);
    map_image_part(kernel_text_start, kernel_text_end, KMAP_EXEC);
    map_image_part(kernel_rodata_start, kernel_rodata_end, 0);
    map_image_part(kernel_data_start, kernel_end, KMAP_WRITE);
}

/* The device window gets its second-level table now, so that copies of the top level see what is mapped
 * later. */
static INIT void reserve_mmio(void)
{
    ASSERT(kmap_root[pte_index(KMAP_MMIO, 3)] == 0);
    kmap_root[pte_index(KMAP_MMIO, 3)] = kmap_boot_page().v | PTE_P | PTE_W | PTE_A;
}

INIT void kmap_init(void)
{
    table_page = kmap_boot_page;
    kmap_root = phys_window(kmap_boot_page());
    find_ram();
    map_window();
    map_image();
    reserve_mmio();
    kmap_cpu_area(kmap_root, kmap_boot_page());
    /* nothing uses entry 4 yet, so no cached translation changes its meaning */
    wrmsr(MSR_PAT, PAT_VALUE);
    /* the code and the boot stack are in the image, boot memory is in the window: both are in the new tables
     */
    write_cr3(phys_of(kmap_root).v);
    write_cr4(read_cr4() | CR4_PGE);
}

INIT void kmap_set_alloc(paddr_t (*alloc)(void))
{
    spin_lock(&kmap_lock);
    table_page = alloc;
    spin_unlock(&kmap_lock);
}

void kmap_page(vaddr_t at, paddr_t page, uint64_t flags, paddr_t (*alloc)(void))
{
    ASSERT(at.v >= PHYS_WINDOW);
    ASSERT((flags & KMAP_USER) == 0 || at.v >= CPU_AREA);
    spin_lock(&kmap_lock);
    kmap_set(kmap_root, at.v, 0, page.v | kmap_bits(flags), alloc);
    spin_unlock(&kmap_lock);
}

/* A piece of the device window, followed by an unmapped page. Panics when the window, 512 GiB, is used up. */
static void *map_device(paddr_t p, size_t size, uint64_t flags)
{
    uint64_t first = align_down(p.v, PAGE_SIZE);
    uint64_t offset = p.v - first;
    uint64_t bytes;
    uint64_t at;

    if (size == 0 || p.v >= BOOT_PHYSICAL_END || size > BOOT_PHYSICAL_END - p.v)
        PANIC("device memory of %lu bytes at 0x%lx", size, p.v);
    bytes = align_up(offset + size, PAGE_SIZE);
    spin_lock(&kmap_lock);
    if (bytes >= KMAP_MMIO_END - mmio_next)
        PANIC("no room for %lu bytes of device memory", bytes);
    at = mmio_next;
    mmio_next += bytes + PAGE_SIZE;
    for (uint64_t done = 0; done < bytes; done += PAGE_SIZE)
        kmap_set(kmap_root, at + done, 0, (first + done) | kmap_bits(flags), table_page);
    spin_unlock(&kmap_lock);
    return (void *)(uintptr_t)(at + offset);
}

void *kmap_mmio(paddr_t p, size_t size)
{
    return map_device(p, size, KMAP_WRITE | KMAP_UNCACHED);
}

INIT void *kmap_framebuffer(paddr_t p, size_t size)
{
    return map_device(p, size, KMAP_WRITE | KMAP_COMBINE);
}

INIT const void *kmap_firmware(paddr_t p, size_t size)
{
    if (p.v < BOOT_PHYSICAL_END && size < BOOT_PHYSICAL_END && regions_contain(&ram, p.v, p.v + size))
        return phys_window(p);
    return map_device(p, size, 0);
}

INIT bool kmap_is_ram(paddr_t p)
{
    return p.v < BOOT_PHYSICAL_END && regions_contain(&ram, p.v, p.v + 1);
}
