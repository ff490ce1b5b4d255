// SPDX-License-Identifier: BSD-2-Clause
// The sides: spaces without a pager, in which code, data and UTCBs are mapped from the start. See cross.h.
#include "test/system/crossing/cross.h"

#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define QUOTA    (192u << 10)
#define HOME     4
#define VISITORS 4

struct side_data data[SIDES] __attribute__((aligned(L4_PAGE_SIZE)));
static char utcbs[SIDES][2 * L4_PAGE_SIZE] __attribute__((aligned(L4_PAGE_SIZE)));
l4_handle_t space[SIDES] = {[CLIENT] = L4_CAP_SPACE};
l4_handle_t entry_gate, second_gate, queue_gate[64];
struct block queue_start[4], queue_before[4], visit_before;
static l4_handle_t queue_thread[4];
static l4_handle_t gates[2 + 64];

unsigned cpus(void)
{
    return ((const struct l4_info *)L4_INFO_PAGE)->cpus;
}

struct l4_utcb *kid_utcb(enum side side, unsigned index)
{
    return (struct l4_utcb *)(void *)(utcbs[side] + index * L4_UTCB_SIZE);
}

static int map(enum side side, const void *from, uint64_t to, uint64_t bytes, unsigned access)
{
    const volatile char *page = from;
    for (uint64_t i = 0; i < bytes; i += L4_PAGE_SIZE) {
        if (access & L4_WRITE)
            ((volatile char *)(uintptr_t)from)[i] = page[i]; // so that there is a page
        else
            (void)page[i];
    }
    return l4_space_map(space[side], (uint64_t)(uintptr_t)from, to, bytes, access, NULL);
}

static int map_data(enum side side)
{
    unsigned features = cross_features();
    data[side].has_avx = features & 1;
    data[side].has_bases = features >> 1 & 1;
    return map(side, &data[side], CROSS_DATA, sizeof(data[side]), L4_READ | L4_WRITE);
}

static int make_space(enum side side)
{
    const struct l4_space_area area = {KID_UTCB,   KID_STACK, KID_STRIDE, KID_INDICES,
                                       KID_WINDOW, 0x10000,   64,         4};
    int error = l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, PRIORITY, L4_RIGHT_ALL, &space[side], NULL);
    if (!error)
        error = l4_space_set_area(space[side], &area);
    if (!error)
        error = l4_activations_add(space[side], L4_POOL_HOME, 0, HOME);
    if (!error)
        error = l4_activations_add(space[side], L4_POOL_VISITORS, HOME, VISITORS);
    if (!error)
        error = map(side, cross_code, (uint64_t)(uintptr_t)cross_code,
                    (uint64_t)(cross_code_end - cross_code), L4_READ | L4_EXEC);
    if (!error)
        error = map(side, utcbs[side], KID_UTCB, sizeof(utcbs[side]), L4_READ | L4_WRITE);
    return error ? error : map_data(side);
}

static int make_gate(enum side side, uint64_t mode, uint64_t pool, l4_handle_t *gate, l4_handle_t *minted)
{
    const struct l4_gate_options options = {
        mode | L4_GATE_ITEMS, (uint64_t)(uintptr_t)cross_entry, pool, L4_RIGHT_ALL, L4_SLOT_ANY, 0};
    int error = l4_gate_create(space[side], &options, gate, NULL);
    return error
               ? error
               : l4_cap_mint(L4_CAP_SPACE, *gate, L4_SLOT_ANY, L4_RIGHT_CALL | L4_RIGHT_GIVE, BADGE, minted);
}

int side_thread(enum side side, void (*function)(void), uint64_t argument, unsigned priority, uint64_t cpu,
                l4_handle_t *thread)
{
    int error = l4_space_thread(space[side], L4_RIGHT_ALL, L4_SLOT_ANY, priority, thread, NULL);
    return error ? error : l4_thread_start_at(*thread, (uint64_t)(uintptr_t)function, argument, cpu);
}

bool side_counts(enum side side, uint64_t count)
{
    for (unsigned i = 0; i < 5000 && data[side].count < count; i++)
        l4_sleep_until(l4_clock() + MS);
    return data[side].count >= count;
}

bool queue_idle(unsigned cpu, const volatile struct block *last)
{
    struct l4_thread_info info = {.state = ~0ull};
    int error = L4_OK;
    for (unsigned i = 0; i < 5000 && last->return_address == 0; i++)
        l4_sleep_until(l4_clock() + MS);
    if (last->return_address == 0)
        return false;
    for (unsigned i = 0; i < 5000 && !error && info.state != L4_THREAD_BLOCKED; i++) {
        l4_sleep_until(l4_clock() + MS);
        error = l4_thread_state(queue_thread[cpu], &info);
    }
    return !error && info.state == L4_THREAD_BLOCKED;
}

// A queue gate whose home is CPU, and the thread that serves it. It waits when the block for its first wait
// has been read; the block is the next one's then.
static int make_queue(unsigned cpu)
{
    uint64_t handle = L4_HANDLE_FIRST(SLOT_QUEUE + cpu);
    int error = make_gate(SERVER, L4_GATE_QUEUE, cpu, &gates[2 + cpu], &queue_gate[cpu]);
    if (!error)
        error =
            l4_cap_copy(space[SERVER], gates[2 + cpu], SLOT_QUEUE + cpu, L4_RIGHT_CALL | L4_RIGHT_WAIT, NULL);
    fill(&data[SERVER].wait, SERVER, 100, l4_tag(L4_OP_WAIT, 0, 0, 0), handle);
    if (!error)
        error = side_thread(SERVER, cross_queue, handle, PRIORITY, cpu, &queue_thread[cpu]);
    if (!error && !queue_idle(cpu, &data[SERVER].wait))
        error = L4_ERR_TIMEOUT;
    queue_start[cpu] = data[SERVER].start;
    return error;
}

int sides_make(void)
{
    int error = map_data(CLIENT);
    for (unsigned side = SERVER; side < SIDES && !error; side++)
        error = make_space(side);
    if (!error)
        error = make_gate(SERVER, L4_GATE_ENTRY, L4_POOL_VISITORS, &gates[0], &entry_gate);
    if (!error)
        error = make_gate(SECOND, L4_GATE_ENTRY, L4_POOL_VISITORS, &gates[1], &second_gate);
    if (!error)
        error = l4_cap_mint(space[SERVER], gates[1], SLOT_SECOND, L4_RIGHT_CALL, BADGE + 1, NULL);
    if (!error)
        error = l4_space_set_gate(space[SERVER], L4_GATE_EXCEPTION, second_gate);
    if (!error)
        error = l4_cap_copy(space[SERVER], space[SERVER], SLOT_OWN, L4_RIGHT_MANAGE, NULL);
    if (!error)
        error = l4_cap_copy(space[SERVER], gates[0], SLOT_ENTRY, L4_RIGHT_MANAGE, NULL);
    return error;
}

int queues_make(void)
{
    int error = L4_OK;
    for (unsigned cpu = 0; cpu < cpus() && cpu < HOME && !error; cpu++)
        error = make_queue(cpu);
    return error ? error : l4_cap_copy(space[SERVER], gates[2], SLOT_FIRST, L4_RIGHT_MANAGE, NULL);
}

int sides_end(void)
{
    int error = L4_OK;
    for (unsigned side = SERVER; side < SIDES && !error; side++)
        error = l4_space_destroy(space[side]);
    return error;
}
