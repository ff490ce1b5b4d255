// SPDX-License-Identifier: BSD-2-Clause
// See party.h.
#include "party.h"

#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/thread.h>
#include <l4/utcb.h>
#include <l4/proto/layout.h>
#include "stubs.h"

#define QUOTA        (1ull << 20)
#define INDICES      8 // 0 to 3 for threads at home, the others for visitors
#define HOME         4
#define STACK_PAGES  2
#define BLOCK_PAGES  ((sizeof(struct block) + L4_PAGE_SIZE - 1) / L4_PAGE_SIZE)
#define SECRET       0x60000000ull // page n: of the n-th party
#define MAX_PRIORITY 120

extern char __text_start[], __text_end[], __data_start[], _end[];

static uint64_t parties; // made so far
static _Atomic uint64_t refused;

static uint64_t text_end(void)
{
    return l4_page_up((uint64_t)(uintptr_t)__text_end);
}

static uint64_t data_start(void)
{
    return (uint64_t)(uintptr_t)__data_start;
}

static uint64_t data_pages(void)
{
    return (l4_page_up((uint64_t)(uintptr_t)_end) - data_start()) / L4_PAGE_SIZE;
}

static uint64_t pages_of_all(void)
{
    return data_pages() + INDICES * STACK_PAGES + INDICES / L4_UTCB_PER_PAGE + BLOCK_PAGES + 1;
}

// The next of its pages becomes visible at TARGET.
static int show(const struct party *p, char **page, uint64_t target, uint64_t count)
{
    int error = L4_OK;
    for (; count > 0 && !error; count--, *page += L4_PAGE_SIZE, target += L4_PAGE_SIZE)
        error = l4_space_map(p->space, (uint64_t)(uintptr_t)*page, target, L4_PAGE_SIZE, L4_READ | L4_WRITE,
                             NULL);
    return error;
}

static int show_text(const struct party *p, uint64_t from, uint64_t to, unsigned access)
{
    uint64_t done = 0;
    int error = L4_OK;
    for (uint64_t at = from; at < to && !error; at += done) {
        (void)*(const volatile char *)(uintptr_t)at;
        error = l4_space_map(p->space, at, at, L4_PAGE_SIZE, access, &done);
    }
    return error;
}

static int fill(struct party *p)
{
    char *page = p->pages;
    int error = show_text(p, (uint64_t)(uintptr_t)__text_start, text_end(), L4_READ | L4_EXEC);
    if (!error)
        error = show_text(p, text_end(), data_start(), L4_READ);
    memcpy(page, __data_start, (size_t)(_end - __data_start));
    if (!error)
        error = show(p, &page, data_start(), data_pages());
    for (uint64_t i = 0; i < INDICES && !error; i++)
        error = show(p, &page, L4_STACK_BASE + (i + 1) * L4_STRIDE - STACK_PAGES * L4_PAGE_SIZE, STACK_PAGES);
    if (!error)
        error = show(p, &page, L4_UTCB_BASE, INDICES / L4_UTCB_PER_PAGE);
    p->block = (struct block *)(uintptr_t)page;
    if (!error)
        error = show(p, &page, (uint64_t)(uintptr_t)BLOCK, BLOCK_PAGES);
    p->secret = SECRET + parties++ * L4_PAGE_SIZE;
    return error ? error : show(p, &page, p->secret, 1);
}

static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    refused++;
    l4_answer(m, L4_ERR_RANGE, 0, 0);
}
L4_ENTRY_FAULT(fault_entry, handle_fault);

static int set_up(struct party *p)
{
    const struct l4_space_area area = {L4_UTCB_BASE, L4_STACK_BASE, L4_STRIDE, INDICES, 0, 0, 0, 0};
    static l4_handle_t pager;
    int error = L4_OK;
    if (!pager)
        error = l4_gate_create_entry(L4_CAP_SPACE, fault_entry, L4_POOL_VISITORS, false, &pager);
    if (!error)
        error = l4_space_set_area(p->space, &area);
    if (!error)
        error = l4_space_set_gate(p->space, L4_GATE_PAGER, pager);
    if (!error)
        error = l4_activations_add(p->space, L4_POOL_HOME, 0, HOME);
    if (!error)
        error = l4_activations_add(p->space, L4_POOL_VISITORS, HOME, INDICES - HOME);
    return error ? error : fill(p);
}

int party_new(struct party *p)
{
    void *pages;
    int error = l4_memory_alloc(pages_of_all() * L4_PAGE_SIZE, &pages);
    if (error)
        return error;
    p->pages = pages;
    memset(pages, 0, pages_of_all() * L4_PAGE_SIZE);
    p->space = L4_HANDLE_NONE;
    error = l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, MAX_PRIORITY, L4_RIGHT_ALL, &p->space, NULL);
    if (!error)
        error = set_up(p);
    if (error)
        party_end(p);
    return error;
}

void party_end(struct party *p)
{
    if (!p->pages)
        return;
    if (p->space && (l4_space_destroy(p->space) || l4_cap_delete(L4_CAP_SPACE, p->space)))
        l4_abort("party-space");
    if (l4_memory_free(p->pages, pages_of_all() * L4_PAGE_SIZE))
        l4_abort("party-pages");
    *p = (struct party){0};
}

int party_thread(const struct party *p, void (*function)(void), unsigned priority, l4_handle_t *thread)
{
    int error = l4_space_thread(p->space, L4_RIGHT_ALL, L4_SLOT_ANY, priority, thread, NULL);
    return error ? error : l4_thread_start_at(*thread, (uint64_t)(uintptr_t)function, 0, 0);
}

l4_handle_t party_give(const struct party *p, l4_handle_t handle, unsigned rights)
{
    l4_handle_t there = L4_HANDLE_NONE;
    return l4_cap_copy(p->space, handle, L4_SLOT_ANY, rights, &there) ? L4_HANDLE_NONE : there;
}

bool party_cannot_read(const struct party *p, uint64_t address)
{
    uint64_t before = refused;
    l4_handle_t thread = L4_HANDLE_NONE;
    struct l4_thread_info info = {0};
    p->block->word = address;
    if (party_thread(p, reader, 110, &thread) || l4_thread_state(thread, &info))
        return false;
    // of a higher priority than this thread, it has done what it does by now
    bool kept = info.state == L4_THREAD_HALTED && refused == before + 1 && p->block->wrong == 0;
    return l4_thread_destroy(thread) == L4_OK && l4_cap_delete(L4_CAP_SPACE, thread) == L4_OK && kept;
}
