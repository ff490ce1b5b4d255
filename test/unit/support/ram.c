// SPDX-License-Identifier: BSD-2-Clause
// RAM in a shared memory object, so that a page can be seen at several addresses; boot memory in it.
#define _GNU_SOURCE
#include "ram.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/arch/bootinfo.h"
#include "kernel/mem/frame.h"

#define NOTE_PAGES(count) ((count) * sizeof(struct frame) / PAGE_SIZE + 1)

struct boot_info boot_info;
int ram_fd = -1;

void ram_init(uint64_t pages)
{
    char *at;

    ram_fd = memfd_create("ram", 0);
    if (ram_fd < 0 || ftruncate(ram_fd, (off_t)(pages * PAGE_SIZE)) != 0)
        abort();
    at = mmap(NULL, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ram_fd, 0);
    if (at == MAP_FAILED)
        abort();
    host_phys_window = (uint64_t)(uintptr_t)at - RAM_BASE;
    regions_add(&boot_info.usable, RAM_BASE, RAM_BASE + pages * PAGE_SIZE);
}

void ram_init_pool(uint64_t count)
{
    ram_init(count + NOTE_PAGES(count));
    frame_pool_init(npages(count));
}

paddr_t bootmem_alloc(npages_t n)
{
    uint64_t base;

    if (!regions_take(&boot_info.usable, n.v * PAGE_SIZE, PAGE_SIZE, UINT64_MAX, &base))
        abort();
    return paddr(base);
}
