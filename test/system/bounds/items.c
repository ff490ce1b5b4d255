// SPDX-License-Identifier: BSD-2-Clause
// See bounds.h: messages with as many and as large items as there may be.
#include "bounds.h"

#include <l4/abi/item.h>
#include <l4/abi/tag.h>
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>

#define SOURCE     0x700000000000ull
#define LARGE      (2ull << 20)
#define LARGE_LOG2 21
#define SLOT       120 // 16 slots from here on lie in two pages
#define TAG(op)    l4_tag(op, 0, 2 * L4_ITEMS_MAX, L4_ITEMS_MAX)

static const char *const coming[] = {"32 MiB of small pages come by a request",
                                     "16 capabilities come by a request",
                                     "32 MiB of small pages come by the answer to a fault"};

static int prepare(unsigned what, const struct kid *from, l4_handle_t cap)
{
    for (unsigned i = 0; i < L4_ITEMS_MAX; i++)
        if (what == ITEMS_CAPS)
            kid_item(i, l4_item_cap(L4_ITEM_CAP, L4_RIGHT_CALL), cap);
        else
            kid_item(i, l4_item_memory(L4_ITEM_MAP, L4_READ, SOURCE),
                     l4_item_target((what == ITEMS_FAULT ? KID_WINDOW : 0) + i * LARGE, LARGE_LOG2));
    return what == ITEMS_CAPS ? L4_OK : many_pages(from->space, SOURCE, sizes.item_pages);
}

// The one who sends is a thread of K, or one that answers its fault in the host.
void items_come(unsigned what)
{
    struct kid_size of = kid_sized(4, 0), to = kid_sized(4, 4);
    l4_handle_t gate = L4_HANDLE_NONE, theirs = L4_HANDLE_NONE;
    struct kid host, k;
    to.window = 64ull << 20; // room for all items
    to.slot = SLOT;
    to.slots = L4_ITEMS_MAX;
    of.quota = to.quota = sizes.measure ? sizes.quota / 2 : sizes.quota;
    int error = kid_new(&host, &to);
    if (!error)
        error = kid_new(&k, &of);
    if (!error)
        error = l4_gate_create_entry(host.space, what == ITEMS_FAULT ? kid_answer : kid_visit,
                                     L4_POOL_VISITORS, true, &gate);
    if (!error)
        error = l4_cap_copy(k.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL | L4_RIGHT_GIVE, &theirs);
    if (!error && what == ITEMS_FAULT)
        error = l4_space_set_gate(k.space, L4_GATE_PAGER, gate);
    if (!error)
        error = prepare(what, what == ITEMS_FAULT ? &host : &k, theirs);
    k.data->depth = 0;
    k.data->tag = TAG(L4_OP_CALL);
    k.data->answer = TAG(L4_OP_REPLY);
    tap_error(error, L4_OK, "somebody who sends much");
    bound_begin();
    error = kid_threads(&k, 1, what == ITEMS_FAULT ? kid_touch : kid_call,
                        what == ITEMS_FAULT ? KID_WINDOW : theirs, NULL);
    if (!error && !kid_done(&k, 1))
        error = L4_ERR_TIMEOUT;
    l4_sleep_until(l4_clock() + 5 * MS);
    bound_end(coming[what], error);
    bound_begin();
    error = l4_gate_destroy(gate);
    // a visitor comes home; had it been refused, there would be no second one who is done
    if (!error && !kid_done(&k, what == ITEMS_FAULT ? 1 : 2))
        error = L4_ERR_TIMEOUT;
    bound_end("its gate goes", error);
    (void)!l4_cap_delete(L4_CAP_SPACE, gate);
    tap_ok(!kid_end(&host) && !kid_end(&k), "the host goes, and the client");
}
