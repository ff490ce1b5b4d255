// SPDX-License-Identifier: BSD-2-Clause
// See bounds.h: memory, and chains of visits with memory in their receive windows.
#include "bounds.h"

#include <l4/abi/item.h>
#include <l4/abi/tag.h>
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define UNMAP_AT  0x700000000000ull
#define CHAIN     63 // visits below the deepest
#define DEVICE    0xfed00000ull
#define PAGE_LOG2 12

int many_pages(l4_handle_t space, uint64_t at, unsigned pages)
{
    uint64_t left = (uint64_t)pages * L4_PAGE_SIZE;
    int error = L4_OK;
    while (left > 0 && !error) {
        uint64_t bytes = left < ARENA_BYTES ? left : ARENA_BYTES, done = 0;
        for (uint64_t n = 0; n < bytes && !error; n += done)
            error = l4_space_map(space, (uint64_t)(uintptr_t)arena + n, at + n, bytes - n, L4_READ, &done);
        at += bytes;
        left -= bytes;
    }
    return error;
}

void memory_goes(unsigned with_space)
{
    struct kid_size of = kid_sized(4, 0);
    uint64_t bytes = (uint64_t)sizes.unmap_pages * L4_PAGE_SIZE, done = 0;
    struct kid k;
    int error = kid_new(&k, &of);
    bound_begin();
    if (!error)
        error = many_pages(k.space, UNMAP_AT, sizes.unmap_pages);
    bound_end("1 GiB of small pages is mapped", error);
    bound_begin();
    for (uint64_t n = 0; n < bytes && !error && !with_space; n += done)
        error = l4_space_unmap(k.space, UNMAP_AT + n, bytes - n, L4_UNMAP_ALL, 0, &done);
    if (!error && with_space)
        error = l4_space_destroy(k.space);
    bound_end(with_space ? "a space with them dies" : "1 GiB of small pages is unmapped", error);
    tap_ok(with_space || !kid_end(&k), "the space goes");
    if (with_space)
        (void)!l4_cap_delete(L4_CAP_SPACE, k.space);
}

// Far from each other: each has three page tables and a page of nodes for itself.
static uint64_t place(unsigned i)
{
    return ((uint64_t)i + 1) << 39 | 1ull << 38;
}

static int many_places(l4_handle_t space, l4_handle_t phys)
{
    int error = L4_OK;
    for (unsigned i = 0; i < sizes.places && !error; i++)
        error = phys ? l4_phys_map(phys, DEVICE, place(i), L4_PAGE_SIZE, L4_READ, NULL)
                     : l4_space_map(space, (uint64_t)(uintptr_t)arena, place(i), L4_PAGE_SIZE, L4_READ, NULL);
    return error;
}

static int unmap_places(l4_handle_t space)
{
    uint64_t done = 0, bytes = place(sizes.places);
    int error = L4_OK;
    for (uint64_t n = 0; n < bytes && !error; n += done)
        error = l4_space_unmap(space, n, bytes - n, L4_UNMAP_ALL, 0, &done);
    return error;
}

static int unmap_derived(void)
{
    uint64_t done = 0;
    int error = L4_OK;
    while (!error && done == 0)
        error = l4_space_unmap(L4_CAP_SPACE, (uint64_t)(uintptr_t)arena, L4_PAGE_SIZE, L4_UNMAP_DERIVED, 0,
                               &done);
    return error;
}

void places_go(unsigned how)
{
    static const char *const what[] = {"pages of 120 tables are unmapped", "their source is unmapped",
                                       "a space with them dies",
                                       "the capability for a device there is revoked"};
    struct kid_size of = kid_sized(4, 0);
    l4_handle_t range = L4_HANDLE_NONE, phys = L4_HANDLE_NONE;
    struct kid k;
    if (how == PLACES_DEVICE && !l4_cap("phys"))
        return; // the small run has no such capability
    int error = kid_new(&k, &of);
    if (!error && how == PLACES_DEVICE)
        error = l4_cap_range(L4_CAP_SPACE, l4_cap("phys"), L4_SLOT_ANY, L4_RIGHT_ALL, DEVICE / L4_PAGE_SIZE,
                             1, &range);
    if (!error && how == PLACES_DEVICE)
        error = l4_cap_copy(L4_CAP_SPACE, range, L4_SLOT_ANY, L4_RIGHT_ALL, &phys);
    bound_begin();
    if (!error)
        error = many_places(k.space, phys);
    bound_end("a page is mapped at many places", error);
    bound_begin();
    error = how == PLACES_UNMAPPED ? unmap_places(k.space)
            : how == PLACES_SOURCE ? unmap_derived()
            : how == PLACES_SPACE  ? l4_space_destroy(k.space)
                                   : l4_cap_revoke(L4_CAP_SPACE, range);
    bound_end(what[how], error);
    if (how == PLACES_DEVICE)
        (void)!l4_cap_delete(L4_CAP_SPACE, range);
    if (how == PLACES_SPACE)
        (void)!l4_cap_delete(L4_CAP_SPACE, k.space);
    else
        tap_error(kid_end(&k), L4_OK, "the space goes");
}

static const char *const going[] = {
    "a thread in a chain of 64 is destroyed", "a space with all visits of a chain of 64 dies",
    "a gate with all visits of a chain of 64 is destroyed",
    "a gate with a visit whose receive window is full is destroyed",
    "a gate with a chain of 64 visits with pages in their receive windows is destroyed"};

// A thread in the deepest of as many visits as there may be, some with pages in their receive windows.
void chain_goes(unsigned what)
{
    struct kid_size of = kid_sized(4, 0), to = kid_sized(4, 64);
    l4_handle_t gate = L4_HANDLE_NONE, theirs = L4_HANDLE_NONE, next = L4_HANDLE_NONE;
    unsigned pages = what == GOES_WINDOW    ? sizes.window_pages
                     : what == GOES_WINDOWS ? sizes.window_pages / 16
                                            : 0;
    struct kid host, k;
    to.window = pages ? sizes.window : 0;
    int error = kid_new(&host, &to);
    if (!error)
        error = kid_new(&k, &of);
    if (!error)
        error = l4_gate_create_entry(host.space, kid_visit, L4_POOL_VISITORS, pages > 0, &gate);
    if (!error)
        error = l4_cap_copy(k.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &theirs);
    if (!error)
        error = l4_cap_copy(host.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &next);
    for (unsigned i = 0; i < 68 && pages && !error; i++)
        error = many_pages(host.space, KID_WINDOW + i * sizes.window, pages);
    k.data->depth = what == GOES_WINDOW ? 0 : CHAIN;
    k.data->next = next;
    if (pages) { // one page comes by the call: the window is cleaned
        kid_item(0, l4_item_memory(L4_ITEM_MAP, L4_READ, KID_DATA),
                 l4_item_target(sizes.window - L4_PAGE_SIZE, PAGE_LOG2));
        k.data->tag = l4_tag(L4_OP_CALL, 0, 2, 1);
    }
    if (!error)
        error = kid_threads(&k, 1, kid_call, theirs, handles);
    if (!error && !kid_done(&k, 1))
        error = L4_ERR_TIMEOUT;
    tap_error(error, L4_OK, "a thread in visits");
    bound_begin();
    error = what == GOES_THREAD ? l4_thread_destroy(handles[0])
            : what == GOES_HOST ? l4_space_destroy(host.space)
                                : l4_gate_destroy(gate);
    if (pages) // the windows are cleaned at the priority of who was there
        l4_sleep_until(l4_clock() + 20 * MS);
    bound_end(going[what], error);
    tap_ok(what == GOES_THREAD || kid_done(&k, 2), "the thread is home or gone");
    (void)!l4_cap_delete(L4_CAP_SPACE, gate);
    (void)!l4_cap_delete(L4_CAP_SPACE, handles[0]);
    bound_begin();
    error = what == GOES_HOST ? l4_cap_delete(L4_CAP_SPACE, host.space) : kid_end(&host);
    bound_end("the host goes", error);
    tap_error(kid_end(&k), L4_OK, "the client goes");
}
