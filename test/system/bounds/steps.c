// SPDX-License-Identifier: BSD-2-Clause
// See bounds.h: single operations, and ends of what is known in many places.
#include "bounds.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define SPACES_MAX 1024
#define TABLES     1024 // page tables in an area of UTCBs
#define LARGE      (2u << 20)

static l4_handle_t spaces[SPACES_MAX];

// A gate that is pager and exception gate of many spaces is destroyed.
void references_go(unsigned unused)
{
    (void)unused;
    unsigned count = sizes.visitors < SPACES_MAX ? sizes.visitors : SPACES_MAX;
    l4_handle_t gate = L4_HANDLE_NONE;
    int error = l4_gate_create_queue(L4_CAP_SPACE, false, &gate);
    for (unsigned i = 0; i < count && !error; i++) {
        error = l4_space_create(L4_CAP_SPACE, 32 << 10, L4_CPU_ALL, 100, L4_RIGHT_ALL, &spaces[i], NULL);
        if (!error)
            error = l4_space_set_gate(spaces[i], L4_GATE_PAGER, gate);
        if (!error)
            error = l4_space_set_gate(spaces[i], L4_GATE_EXCEPTION, gate);
    }
    tap_error(error, L4_OK, "many spaces with one pager");
    bound_begin();
    error = l4_gate_destroy(gate);
    bound_end("a gate that 1,000 spaces name twice is destroyed", error);
    (void)!l4_cap_delete(L4_CAP_SPACE, gate);
    bound_begin();
    for (unsigned i = 0; i < count && !error; i++) {
        error = l4_space_destroy(spaces[i]);
        if (!error)
            error = l4_cap_delete(L4_CAP_SPACE, spaces[i]);
    }
    bound_end("the spaces go", error);
}

// Copies of CAP in tables of kids, or bindings of its object's death to their events.
static int known_widely(struct kid *k, l4_handle_t cap, unsigned watched)
{
    struct kid_size of = kid_sized(4, 0);
    l4_handle_t event = L4_HANDLE_NONE;
    of.quota = sizes.little / 2;
    int error = L4_OK;
    for (unsigned n = 0; n < 2 && !error; n++) {
        error = kid_new(&k[n], &of);
        if (!error && watched)
            error = l4_event_create(k[n].space, &event, NULL);
        for (unsigned i = 0; i < sizes.caps / 2 && !error; i++)
            error = watched ? l4_event_bind_death(event, 1, cap)
                            : l4_cap_copy(k[n].space, cap, L4_SLOT_ANY, L4_RIGHT_ALL, NULL);
        if (watched)
            (void)!l4_cap_delete(L4_CAP_SPACE, event);
    }
    return error;
}

// A thread that many know is destroyed during a visit, which goes on as an orphan's.
void orphan_stays(unsigned watched)
{
    struct kid_size of = kid_sized(4, 0), to = kid_sized(4, 4);
    l4_handle_t gate = L4_HANDLE_NONE, theirs = L4_HANDLE_NONE;
    struct kid host, k, others[2];
    of.quota = to.quota = sizes.little / 2; // of four spaces at a time
    int error = kid_new(&host, &to);
    if (!error)
        error = kid_new(&k, &of);
    if (!error)
        error = l4_gate_create_entry(host.space, kid_visit, L4_POOL_VISITORS, false, &gate);
    if (!error)
        error = l4_cap_copy(k.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &theirs);
    k.data->depth = 0;
    if (!error)
        error = kid_threads(&k, 1, kid_call, theirs, handles);
    if (!error && !kid_done(&k, 1))
        error = L4_ERR_TIMEOUT;
    if (!error)
        error = known_widely(others, handles[0], watched);
    tap_error(error, L4_OK, "a visitor whom many know");
    bound_begin();
    error = l4_thread_destroy(handles[0]);
    bound_end(watched ? "a visitor whose death 100,000 bindings wait for is destroyed"
                      : "a visitor with 100,000 capabilities is destroyed",
              error);
    (void)!l4_cap_delete(L4_CAP_SPACE, gate);
    (void)!l4_cap_delete(L4_CAP_SPACE, handles[0]);
    tap_ok(!kid_end(&others[0]) && !kid_end(&others[1]), "who knew go");
    tap_ok(!kid_end(&host) && !kid_end(&k), "the host goes, and the client");
}

// The areas of a space are set that has had a page in each part of one of them, and all of its slots in use.
void area_is_set(unsigned unused)
{
    (void)unused;
    struct l4_space_area area = {.utcb_base = KID_WINDOW,
                                 .stack_base = KID_WINDOW + (8ull << 30),
                                 .stride = L4_STRIDE_MIN,
                                 .indices = 1 << 21,
                                 .window_slot = 1,
                                 .window_slots = 16};
    l4_handle_t space = L4_HANDLE_NONE, copy, event = L4_HANDLE_NONE;
    uint64_t done;
    int error = l4_event_create(L4_CAP_SPACE, &event, NULL);
    if (!error)
        error = l4_space_create(L4_CAP_SPACE, sizes.quota, L4_CPU_ALL, 100, L4_RIGHT_ALL, &space, NULL);
    for (uint64_t i = 0; i < TABLES && !error && (sizes.measure || i < 8); i++) {
        uint64_t at = area.utcb_base + i * LARGE;
        error = l4_space_map(space, (uint64_t)(uintptr_t)arena, at, L4_PAGE_SIZE, L4_READ, &done);
        if (!error)
            error = l4_space_unmap(space, at, L4_PAGE_SIZE, L4_UNMAP_ALL, 0, &done);
    }
    for (unsigned i = 0; i < sizes.caps / 2 && !error; i++) {
        error = l4_cap_copy(space, event, L4_SLOT_ANY, 0, &copy);
        if (!error && i < HANDLES)
            handles[i] = copy;
    }
    for (unsigned i = 0; i < sizes.caps / 2 && i < HANDLES && !error; i++)
        error = l4_cap_delete(space, handles[i]);
    tap_error(error, L4_OK, "a space where much was");
    bound_begin();
    error = l4_space_set_area(space, &area);
    bound_end("its areas are set", error == L4_ERR_EXISTS ? L4_OK : error);
    bound_begin();
    for (unsigned i = 0; i < 40 && (error == L4_OK || error == L4_ERR_EXISTS); i++)
        error = l4_cap_copy(space, event, L4_SLOT_ANY, 0, &copy);
    // where the areas were set, their windows have taken all slots but the first
    bound_end("it gets slots", error == L4_ERR_LIMIT || error == L4_ERR_EXISTS ? L4_OK : error);
    error = l4_space_destroy(space);
    tap_ok(!error && !l4_cap_delete(L4_CAP_SPACE, space) && !l4_event_destroy(event) &&
               !l4_cap_delete(L4_CAP_SPACE, event),
           "it goes");
}

// As many activations as one call may add, where many callers wait for one.
void indices_come(unsigned unused)
{
    (void)unused;
    struct kid_size of = kid_sized(sizes.visitors, 0), to = kid_sized(4, 1);
    l4_handle_t gate = L4_HANDLE_NONE, theirs = L4_HANDLE_NONE;
    struct kid host, k;
    to.spare = 1100;
    int error = kid_new(&host, &to);
    if (!error)
        error = kid_new(&k, &of);
    if (!error)
        error = l4_gate_create_entry(host.space, kid_visit, L4_POOL_VISITORS, false, &gate);
    if (!error)
        error = l4_cap_copy(k.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &theirs);
    k.data->depth = 0;
    if (!error)
        error = kid_threads(&k, sizes.visitors, kid_call, theirs, NULL);
    tap_error(error, L4_OK, "callers that wait for activations");
    l4_sleep_until(l4_clock() + 5 * MS);
    bound_begin();
    error = l4_activations_add(host.space, L4_POOL_VISITORS, to.home + to.visitors + 500, L4_INDEX_MAX_ADD);
    bound_end("as many as there may be come at once", error);
    (void)!l4_cap_delete(L4_CAP_SPACE, gate);
    tap_ok(!kid_end(&host) && !kid_end(&k), "the host goes, and the client");
}

// Memory comes that lies in large pages of its source.
void page_is_split(unsigned unused)
{
    (void)unused;
    void *memory = NULL;
    bound_begin();
    int error = l4_memory_alloc(2 * LARGE, &memory);
    for (unsigned i = 0; i < 2 * LARGE && !error; i += L4_PAGE_SIZE)
        ((volatile char *)memory)[i] = 1;
    bound_end("4 MiB of fresh memory come", error);
    if (!error)
        error = l4_memory_free(memory, 2 * LARGE);
    tap_error(error, L4_OK, "they go");
}
