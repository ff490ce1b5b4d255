// SPDX-License-Identifier: BSD-2-Clause
// Windows of the kernel half on the host: address space reserved once, pages of the RAM shown in it. Like in
// the kernel, a fill page is read-only and what is not mapped faults.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "kernel/arch/window.h"
#include "kernel/cap/cap.h"
#include "cap_window.h"
#include "cpu.h"
#include "ram.h"

#define WINDOW_BYTES UINT64_C(0x200000)
#define WINDOWS      256
#define PAGES_EACH   (WINDOW_BYTES / PAGE_SIZE)

uint64_t host_cap_window;

static struct {
    paddr_t table; // 0: not open
    paddr_t fill;
    paddr_t page[PAGES_EACH];
} windows[WINDOWS];

static void *place(vaddr_t at)
{
    return (void *)(uintptr_t)at.v;
}

static void show(vaddr_t at, paddr_t page, int rights)
{
    int flags = MAP_FIXED | (page.v ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
    int fd = page.v ? ram_fd : -1;
    off_t offset = page.v ? (off_t)(page.v - RAM_BASE) : 0;

    if (mmap(place(at), PAGE_SIZE, page.v ? rights : PROT_NONE, flags, fd, offset) == MAP_FAILED)
        abort();
    windows[(at.v - host_cap_window) / WINDOW_BYTES].page[at.v / PAGE_SIZE % PAGES_EACH] = page;
}

void window_prepare(vaddr_t at)
{
    // aligned to a window, so that pages within one are counted from its start
    size_t bytes = (WINDOWS + 2) * WINDOW_BYTES;
    void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    (void)at;
    if (p == MAP_FAILED)
        abort();
    host_cap_window = align_up((uint64_t)(uintptr_t)p, CAP_WINDOW_EACH);
}

static size_t number(vaddr_t at)
{
    size_t i = (at.v - host_cap_window) / WINDOW_BYTES;

    if (i >= WINDOWS)
        abort();
    return i;
}

bool window_open(vaddr_t at, paddr_t table, paddr_t fill)
{
    if (windows[number(at)].table.v)
        abort();
    windows[number(at)].table = table;
    windows[number(at)].fill = fill;
    for (uint64_t i = 0; i < PAGES_EACH; i++)
        show(vaddr(at.v + i * PAGE_SIZE), fill, PROT_READ);
    return true;
}

paddr_t window_close(vaddr_t at)
{
    paddr_t table = windows[number(at)].table;

    if (!table.v)
        abort();
    for (uint64_t i = 0; i < PAGES_EACH; i++)
        windows[number(at)].page[i] = paddr(0);
    if (mmap(place(at), WINDOW_BYTES, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
             0) == MAP_FAILED)
        abort();
    windows[number(at)].table = paddr(0);
    return table;
}

void window_map(vaddr_t at, paddr_t page)
{
    if (!windows[number(at)].table.v)
        abort();
    show(at, page, PROT_READ | PROT_WRITE);
}

paddr_t window_page(vaddr_t at)
{
    return windows[number(at)].page[at.v / PAGE_SIZE % PAGES_EACH];
}

static void show_true(uint64_t address)
{
    vaddr_t at = vaddr(align_down(address, PAGE_SIZE));

    show(at, window_page(at), PROT_READ | PROT_WRITE);
}

void cap_window_stale(const void *at)
{
    vaddr_t page = vaddr(align_down(vaddr_of(at).v, PAGE_SIZE));
    paddr_t truth = window_page(page);

    show(page, windows[number(page)].fill, PROT_READ);
    windows[number(page)].page[page.v / PAGE_SIZE % PAGES_EACH] = truth;
    tlb_flush_shown = show_true;
}
