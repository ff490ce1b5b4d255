// SPDX-License-Identifier: BSD-2-Clause
// This program as the pager of a space it made: see own.h.
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>
#include "test/system/ownpager/own.h"

enum behaviour behaviour;
l4_handle_t space;
static l4_handle_t pager_gate;
char *memory;
struct l4_msg last_switch, last_exception;
atomic_uint switches, pages, exceptions;

uint64_t page_at(uint64_t number)
{
    return (uint64_t)(uintptr_t)memory + number * L4_PAGE_SIZE;
}

bool adds_indices;
uint64_t next_index;

static void add_indices(const struct l4_msg *m)
{
    if (adds_indices && !l4_activations_add(space, (unsigned)m->w[6], next_index, 4))
        next_index += 4;
}

static unsigned answer_switch(const struct l4_msg *m)
{
    if (m->w[7] & L4_SWITCH_INDEX) {
        add_indices(m);
        return 0;
    }
    uint64_t index = m->w[0];
    unsigned access = behaviour == ANSWER_READ_ONLY ? L4_READ : L4_READ | L4_WRITE;
    uint64_t utcb = page_at(1 + index / 4), stack = page_at(1 + INDICES / 4 + index);
    if (behaviour == ANSWER_NOTHING || index >= INDICES)
        return 0;
    l4_msg_put_map(0, utcb, UTCB_BASE + index / 4 * L4_PAGE_SIZE, 12, access);
    l4_msg_put_map(2, stack, STACK_BASE + (index + 1) * STRIDE - L4_PAGE_SIZE, 12, L4_READ | L4_WRITE);
    if (behaviour != ANSWER_TWICE_SAME)
        return 2;
    l4_msg_put_map(4, utcb, UTCB_BASE + index / 4 * L4_PAGE_SIZE, 12, access);
    return 3;
}

static unsigned answer_page(const struct l4_msg *m)
{
    uint64_t code = (uint64_t)(uintptr_t)child_page;
    uint64_t page = m->w[0] & ~4095ull;
    if (page == code)
        l4_msg_put_map(0, code, code, 12, L4_READ | L4_EXEC);
    else if (page == DATA)
        l4_msg_put_map(0, page_at(0), DATA, 12, L4_READ | L4_WRITE);
    else
        return 0;
    return 1;
}

static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned items = 0;
    uint32_t label = L4_OK;
    (void)utcb;
    if (l4_msg_label(m) == L4_FAULT_EXCEPTION) {
        last_exception = *m;
        atomic_fetch_add(&exceptions, 1);
        l4_answer(m, L4_EXC_ABORT, 0, 0);
        return;
    }
    if (l4_msg_label(m) == L4_FAULT_SWITCH) {
        last_switch = *m;
        atomic_fetch_add(&switches, 1);
        if (behaviour == ANSWER_LATE)
            l4_sleep_until(l4_clock() + DELAY_NS);
        items = answer_switch(m);
    } else {
        atomic_fetch_add(&pages, 1);
        items = answer_page(m);
    }
    if (behaviour == REFUSE) {
        items = 0;
        label = L4_ERR_LIMIT;
    }
    l4_answer(m, label, 2 * items, items);
}

L4_ENTRY_FAULT(fault_entry, handle_fault);

static const struct l4_space_area area = {UTCB_BASE,  STACK_BASE, STRIDE, INDICES,
                                          0x40000000, 0x10000,    1024,   4};

int make_space(void)
{
    switches = pages = exceptions = 0;
    memset(memory, 0, (1 + INDICES / 4 + INDICES) * L4_PAGE_SIZE);
    int error = l4_space_create(L4_CAP_SPACE, 256 << 10, L4_CPU_ALL, 60, L4_RIGHT_ALL, &space, NULL);
    if (!error)
        error = l4_space_set_area(space, &area);
    if (!error)
        error = l4_space_set_gate(space, L4_GATE_PAGER, pager_gate);
    if (!error)
        error = l4_space_set_gate(space, L4_GATE_EXCEPTION, pager_gate);
    return error ? error : l4_activations_add(space, L4_POOL_HOME, 0, 4);
}

int end_space(l4_handle_t thread)
{
    int error = l4_space_destroy(space);
    if (!error)
        error = l4_cap_delete(L4_CAP_SPACE, space);
    return error ? error : l4_cap_delete(L4_CAP_SPACE, thread);
}

int start_thread(void (*function)(void), l4_handle_t *thread)
{
    int error = l4_space_thread(space, L4_RIGHT_ALL, L4_SLOT_ANY, PRIORITY, thread, NULL);
    return error ? error : l4_thread_start_at(*thread, (uint64_t)(uintptr_t)function, DATA, 0);
}

uint64_t wait_for_state(l4_handle_t thread, uint64_t state)
{
    struct l4_thread_info info = {.state = ~0ull};
    uint64_t end = l4_clock() + WAIT_NS;
    while (!l4_thread_state(thread, &info) && info.state != state && l4_clock() < end)
        l4_sleep_until(l4_clock() + 5000000);
    return info.state;
}

uint64_t count_of(l4_handle_t of, unsigned which)
{
    uint64_t c[8] = {0};
    return l4_space_counters(of, which & ~7u, c) ? ~0ull : c[which & 7];
}

uint64_t space_count(unsigned which)
{
    return count_of(space, which);
}

const volatile uint64_t *data(void)
{
    return (const volatile uint64_t *)(uintptr_t)page_at(0);
}

int open_pager_gate(void)
{
    return l4_gate_create_entry(L4_CAP_SPACE, fault_entry, L4_POOL_VISITORS, false, &pager_gate);
}
