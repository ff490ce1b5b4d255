// SPDX-License-Identifier: BSD-2-Clause
// Spaces with this program as pager, which map its memory at the same addresses: see kit.h. Activation areas
// lie where the system pager puts them in every program; the pages of UTCBs and stacks come out of `arena`.
#include "kit.h"

#include <l4/string.h>
#include <l4/abi/fault.h>

#define STACK_PAGES 2 // of each index
#define ARENA_PAGES (KID_INDICES / L4_UTCB_PER_PAGE + KID_INDICES * STACK_PAGES)

static struct kid kids[KIDS];
static unsigned kids_made;
static char arena[KIDS][ARENA_PAGES][L4_PAGE_SIZE] __attribute__((aligned(4096)));
static l4_handle_t pager_gate; // badge = address of struct kid

static uint64_t arena_page(const struct kid *k, unsigned page)
{
    return (uint64_t)(uintptr_t)arena[k->number][page];
}

uint64_t kid_utcb_page(const struct kid *k, unsigned index)
{
    return arena_page(k, index / L4_UTCB_PER_PAGE);
}

uint64_t kid_stack_page(const struct kid *k, unsigned index)
{
    return arena_page(k, KID_INDICES / L4_UTCB_PER_PAGE + index * STACK_PAGES);
}

// Only what is here can be mapped, and only with the rights it has here.
__attribute__((target("general-regs-only"))) static void bring(uint64_t page, bool write)
{
    if (write)
        atomic_fetch_or((atomic_int *)(uintptr_t)page, 0);
    else
        (void)*(const volatile char *)(uintptr_t)page;
}

__attribute__((target("general-regs-only"))) static unsigned answer_switch(const struct kid *k,
                                                                           const struct l4_msg *m)
{
    uint64_t index = m->w[0];
    if (index >= KID_INDICES)
        return 0;
    bring(kid_utcb_page(k, (unsigned)index), true);
    bring(kid_stack_page(k, (unsigned)index), true);
    l4_msg_put_map(0, kid_utcb_page(k, (unsigned)index), l4_page_down(m->w[1]), 12, L4_READ | L4_WRITE);
    l4_msg_put_map(2, kid_stack_page(k, (unsigned)index), m->w[2], 12, L4_READ | L4_WRITE);
    return 2;
}

__attribute__((target("general-regs-only"))) static unsigned answer_page(const struct kid *k,
                                                                         const struct l4_msg *m)
{
    uint64_t page = l4_page_down(m->w[0]), index = (page - L4_STACK_BASE) / L4_STRIDE;
    bool write = (m->w[3] & L4_WRITE) != 0;
    uint64_t source = page;
    if (page >= L4_STACK_BASE && index < KID_INDICES) { // also the first: a neighbour brought the UTCB
        uint64_t depth = (L4_STACK_BASE + (index + 1) * L4_STRIDE - page) / L4_PAGE_SIZE;
        if (depth > STACK_PAGES)
            return 0;
        source = kid_stack_page(k, (unsigned)index) + (depth - 1) * L4_PAGE_SIZE;
    } else if (page < L4_PROGRAM_BASE || page >= L4_PROGRAM_END) {
        return 0;
    }
    bring(source, write);
    l4_msg_put_map(0, source, page, 12, write ? L4_READ | L4_WRITE : L4_READ | L4_EXEC);
    return 1;
}

__attribute__((target("general-regs-only"))) static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct kid *k = (struct kid *)(uintptr_t)m->handle;
    unsigned items = 0;
    (void)utcb;
    if (l4_msg_label(m) == L4_FAULT_SWITCH)
        items = answer_switch(k, m);
    else if (l4_msg_label(m) == L4_FAULT_PAGE)
        items = answer_page(k, m);
    atomic_fetch_add(&k->faults, 1);
    l4_answer(m, items ? L4_OK : L4_ERR_RANGE, 2 * items, items);
}
L4_ENTRY_FAULT(pager_entry, handle_fault);

// The gate stays for the whole run: it is made before anything is counted.
static int set_pager(const struct kid *k)
{
    l4_handle_t badged;
    int error = L4_OK;
    if (!pager_gate)
        error = l4_gate_create_entry(L4_CAP_SPACE, pager_entry, L4_POOL_VISITORS, false, &pager_gate);
    if (!error)
        error = l4_cap_mint(L4_CAP_SPACE, pager_gate, L4_SLOT_ANY, L4_RIGHT_CALL, (uint64_t)(uintptr_t)k,
                            &badged);
    if (!error)
        error = l4_space_set_gate(k->space, L4_GATE_PAGER, badged);
    return error ? error : l4_cap_delete(L4_CAP_SPACE, badged);
}

void kids_forget(void)
{
    kids_made = 0;
}

struct kid *kid_new(void)
{
    return kid_with(L4_CAP_SPACE, KID_QUOTA);
}

struct kid *kid_with(l4_handle_t funder, uint64_t quota)
{
    static const struct l4_space_area area = {L4_UTCB_BASE,   L4_STACK_BASE,  L4_STRIDE,
                                              KID_INDICES,    L4_WINDOW_BASE, L4_WINDOW_BYTES,
                                              L4_WINDOW_SLOT, L4_WINDOW_SLOTS};
    if (kids_made == KIDS)
        l4_abort("kids");
    unsigned number = kids_made++;
    struct kid *k = &kids[number];
    *k = (struct kid){.number = number};
    int error = l4_space_create(funder, quota, L4_CPU_ALL, 100, L4_RIGHT_ALL, &k->space, NULL);
    want_error(error, L4_OK, "a space");
    if (error)
        return k;
    keep(k->space);
    error = l4_cap_copy(k->space, k->space, L4_SLOT_SPACE, L4_RIGHT_ALL, &k->own);
    if (!error)
        error = l4_space_set_area(k->space, &area);
    if (!error)
        error = set_pager(k);
    want_error(error, L4_OK, "which is set up");
    kid_pool(k, L4_POOL_HOME, 0, 4);
    kid_pool(k, L4_POOL_VISITORS, 4, 4);
    return k;
}

void kid_pool(const struct kid *k, unsigned pool, unsigned first, unsigned count)
{
    want_error(l4_activations_add(k->space, pool, first, count), L4_OK, "activations");
}

l4_handle_t give(const struct kid *k, l4_handle_t handle, unsigned rights)
{
    l4_handle_t theirs = L4_HANDLE_NONE;
    want_error(l4_cap_copy(k->space, handle, L4_SLOT_ANY, rights, &theirs), L4_OK,
               "a capability for a space");
    return theirs;
}

void kid_destroy(const struct kid *k)
{
    want_error(l4_space_destroy(k->space), L4_OK, "the space is destroyed");
}

uint64_t count_of(l4_handle_t space, unsigned counter)
{
    uint64_t c[8] = {0};
    return l4_space_counters(space, counter & ~7u, c) ? ~0ull : c[counter & 7];
}

uint64_t threads_in(const struct kid *k)
{
    return count_of(k ? k->space : L4_CAP_SPACE, L4_SPACE_THREADS_COUNT);
}

// Threads first, which cost more. The objects stay when their capabilities go.
void exhaust(const struct kid *k)
{
    l4_handle_t made = L4_HANDLE_NONE;
    int error = L4_OK;
    while (!error) {
        error = l4_space_thread(k->space, L4_RIGHT_ALL, L4_SLOT_ANY, 1, &made, NULL);
        if (!error)
            error = l4_cap_delete(L4_CAP_SPACE, made);
    }
    while (error == L4_ERR_QUOTA || !error) {
        error = l4_event_create(k->space, &made, NULL);
        if (error)
            break;
        error = l4_cap_delete(L4_CAP_SPACE, made);
    }
    want_error(error, L4_ERR_QUOTA, "a space without quota");
}
