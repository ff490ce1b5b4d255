// SPDX-License-Identifier: BSD-2-Clause
// Spaces with this program as pager: see storm.h. The pages of their UTCBs and stacks come out of `arena`.
#include "storm.h"

#include <l4/abi/fault.h>

#define STACK_PAGES 2 // of each index
#define UTCB_PAGES  (NEST_INDICES / L4_UTCB_PER_PAGE)

// The memory of one nest: pages of UTCBs, then of stacks.
struct arena {
    char (*page)[L4_PAGE_SIZE];
    unsigned indices, stack_pages;
};
static char memory[NESTS][UTCB_PAGES + NEST_INDICES * STACK_PAGES][L4_PAGE_SIZE]
    __attribute__((aligned(4096)));
static char crowd_memory[CROWDS][CROWD_INDICES / L4_UTCB_PER_PAGE + CROWD_INDICES][L4_PAGE_SIZE]
    __attribute__((aligned(4096)));
static char blank[L4_PAGE_SIZE] __attribute__((aligned(4096)));
static struct arena arenas[NESTS + CROWDS];
static l4_handle_t pager_gate; // badge = address of struct arena

atomic_uint nest_refused;
_Atomic uint64_t nest_hold;
atomic_uint nest_held;

void storm_begin(void);

// A thread has nothing to return to: its first frame is made here. rdi = struct start of its stack's index
// would not outlive its maker, so function and argument travel in one word: see storm_thread.
__asm__(
    ".pushsection .text.storm,\"ax\",@progbits\n"
    ".globl storm_begin\n"
    "storm_begin:\n    xor %ebp, %ebp\n    mov (%rdi), %rax\n    mov 8(%rdi), %rdi\n    call *%rax\n    ud2\n"
    ".popsection\n");

// What a new thread is to run; it reads this once, when it begins. A ring: a place is used again after STARTS
// further threads, by when it has begun or been destroyed.
#define STARTS 4096
static struct start {
    void (*body)(void *);
    void *argument;
} starts[STARTS];
static atomic_uint next_start;

int storm_thread(l4_handle_t space, void (*body)(void *), void *argument, unsigned priority, unsigned cpu,
                 l4_handle_t *thread)
{
    struct start *s = &starts[atomic_fetch_add(&next_start, 1) % STARTS];
    *s = (struct start){body, argument};
    int error = l4_space_thread(space, L4_RIGHT_ALL, L4_SLOT_ANY, priority, thread, NULL);
    if (error) {
        *thread = L4_HANDLE_NONE;
        return error;
    }
    return l4_thread_start_at(*thread, (uint64_t)(uintptr_t)storm_begin, (uint64_t)(uintptr_t)s, cpu);
}

void nest_touch(void)
{
    for (size_t i = 0; i < sizeof(memory); i += L4_PAGE_SIZE)
        ((volatile char *)memory)[i] = 0;
    for (size_t i = 0; i < sizeof(crowd_memory); i += L4_PAGE_SIZE)
        ((volatile char *)crowd_memory)[i] = 0;
    for (unsigned i = 0; i < NESTS; i++)
        arenas[i] = (struct arena){memory[i], NEST_INDICES, STACK_PAGES};
    for (unsigned i = 0; i < CROWDS; i++)
        arenas[NESTS + i] = (struct arena){crowd_memory[i], CROWD_INDICES, 1};
    *(volatile char *)blank = 0;
    for (size_t i = 0; i < STARTS; i++)
        starts[i].argument = NULL;
}

// Only what is here can be mapped, and only with the rights it has here.
__attribute__((target("general-regs-only"))) static void bring(uint64_t page, bool write)
{
    if (write)
        atomic_fetch_or((atomic_int *)(uintptr_t)page, 0);
    else
        (void)*(const volatile char *)(uintptr_t)page;
}

__attribute__((target("general-regs-only"))) static uint64_t stack_page(const struct arena *a, uint64_t index,
                                                                        uint64_t depth)
{
    return (uint64_t)(uintptr_t)a->page[a->indices / L4_UTCB_PER_PAGE + index * a->stack_pages + depth];
}

__attribute__((target("general-regs-only"))) static unsigned answer_switch(const struct arena *a,
                                                                           const struct l4_msg *m)
{
    if (m->w[0] >= a->indices)
        return 0; // the pool is empty, and stays so
    uint64_t utcb = (uint64_t)(uintptr_t)a->page[m->w[0] / L4_UTCB_PER_PAGE];
    uint64_t stack = stack_page(a, m->w[0], 0);
    bring(utcb, true);
    bring(stack, true);
    l4_msg_put_map(0, utcb, l4_page_down(m->w[1]), 12, L4_READ | L4_WRITE);
    l4_msg_put_map(2, stack, m->w[2], 12, L4_READ | L4_WRITE);
    return 2;
}

// A stack that grows waits for this event, where there is one.
__attribute__((target("general-regs-only"))) static void hold(void)
{
    l4_handle_t event = atomic_load(&nest_hold);
    uint64_t taken;
    if (!event)
        return;
    atomic_fetch_add(&nest_held, 1);
    int error = l4_event_wait(event, 1, l4_clock() + 2000 * MS, &taken);
    (void)error; // the client may be gone: the fault has its answer all the same
}

__attribute__((target("general-regs-only"))) static unsigned answer_page(const struct arena *a,
                                                                         const struct l4_msg *m)
{
    uint64_t page = l4_page_down(m->w[0]), index = (page - L4_STACK_BASE) / L4_STRIDE, source = page;
    bool write = (m->w[3] & L4_WRITE) != 0;
    if (page >= NEST_TARGET && page < NEST_TARGET + NEST_TARGET_BYTES) {
        source = (uint64_t)(uintptr_t)blank;
        write = false;
    } else if (page >= L4_STACK_BASE && index < a->indices) {
        uint64_t depth = (L4_STACK_BASE + (index + 1) * L4_STRIDE - page) / L4_PAGE_SIZE;
        if (depth > a->stack_pages)
            return 0;
        if (depth > 1)
            hold();
        source = stack_page(a, index, depth - 1);
    } else if (page >= L4_UTCB_BASE && page < L4_UTCB_BASE + a->indices * L4_UTCB_SIZE) {
        source = (uint64_t)(uintptr_t)a->page[(page - L4_UTCB_BASE) / L4_PAGE_SIZE];
    } else if (page < L4_PROGRAM_BASE || page >= L4_PROGRAM_END) {
        return 0;
    }
    bring(source, write);
    l4_msg_put_map(0, source, page, 12, write ? L4_READ | L4_WRITE : L4_READ | L4_EXEC);
    return 1;
}

__attribute__((target("general-regs-only"))) static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    const struct arena *a = (const struct arena *)(uintptr_t)m->handle;
    unsigned items = 0;
    (void)utcb;
    if (l4_msg_label(m) == L4_FAULT_SWITCH)
        items = answer_switch(a, m);
    else if (l4_msg_label(m) == L4_FAULT_PAGE)
        items = answer_page(a, m);
    // The home pool is empty while those who were destroyed just now are on their way out.
    if (!items && !(l4_msg_label(m) == L4_FAULT_SWITCH && m->w[0] == L4_INDEX_NONE))
        atomic_fetch_add(&nest_refused, 1);
    l4_answer(m, items ? L4_OK : L4_ERR_RANGE, 2 * items, items);
}
L4_ENTRY_FAULT(pager_entry, handle_fault);

static int set_pager(const struct nest *n)
{
    l4_handle_t badged;
    int error = L4_OK;
    if (!pager_gate) // the first is made before there are several threads
        error = l4_gate_create_entry(L4_CAP_SPACE, pager_entry, L4_POOL_VISITORS, false, &pager_gate);
    if (!error)
        error = l4_cap_mint(L4_CAP_SPACE, pager_gate, L4_SLOT_ANY, L4_RIGHT_CALL,
                            (uint64_t)(uintptr_t)&arenas[n->number], &badged);
    if (error)
        return error;
    error = l4_space_set_gate(n->space, L4_GATE_PAGER, badged);
    forget(&badged);
    return error;
}

int nest_make(struct nest *n, l4_handle_t funder, uint64_t quota)
{
    const struct arena *a = &arenas[n->number];
    struct l4_space_area area = {L4_UTCB_BASE,   L4_STACK_BASE,   L4_STRIDE,      a->indices,
                                 L4_WINDOW_BASE, L4_WINDOW_BYTES, L4_WINDOW_SLOT, L4_WINDOW_SLOTS};
    unsigned home = n->home ? n->home : 4, visitors = n->visitors ? n->visitors : 4;
    l4_handle_t space = L4_HANDLE_NONE;
    int error =
        l4_space_create(funder, quota, L4_CPU_ALL, n->max ? n->max : NEST_MAX, L4_RIGHT_ALL, &space, NULL);
    n->space = space;
    if (error)
        return error;
    error = l4_cap_copy(space, space, L4_SLOT_SPACE, L4_RIGHT_ALL, NULL);
    if (!error)
        error = l4_space_set_area(space, &area);
    if (!error)
        error = set_pager(n);
    for (unsigned i = 0; i < home && !error; i += 16)
        error = l4_activations_add(space, L4_POOL_HOME, i, home - i < 16 ? home - i : 16);
    for (unsigned i = 0; i < visitors && !error; i += 16)
        error = l4_activations_add(space, L4_POOL_VISITORS, home + i, visitors - i < 16 ? visitors - i : 16);
    if (error)
        nest_destroy(n);
    return error;
}

void nest_destroy(struct nest *n)
{
    int error = l4_space_destroy(n->space);
    (void)error; // it may be gone already
    forget(&n->space);
}
