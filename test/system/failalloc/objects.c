// SPDX-License-Identifier: BSD-2-Clause
// Objects, capabilities, activations, quotas: each creation with a slot in a page that is there, and with one
// in a page that is not.
#include "test/system/failalloc/walk.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/format.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define SMALL (64u << 10)

static uint64_t made; // handle of what the operation has made
static uint64_t slot; // where to
static l4_handle_t event;
static bool fresh_page;

static uint64_t slot_now(void)
{
    return fresh_page ? slot : L4_SLOT_ANY;
}

static int begin(void)
{
    slot = new_slot();
    return child_begin();
}

static int end(void)
{
    int error = drop(made);
    return error ? error : child_end();
}

static int make_space(void)
{
    const uint64_t w[L4_WORDS_REGS] = {SMALL, L4_CPU_ALL, 60, L4_RIGHT_ALL, slot_now()};
    return operate(child, L4_SPACE_CREATE, w, &made);
}

static int make_thread(void)
{
    const uint64_t w[L4_WORDS_REGS] = {L4_RIGHT_ALL, slot_now(), 40};
    return operate(child, L4_THREAD_CREATE, w, &made);
}

static int make_entry(void)
{
    const uint64_t w[L4_WORDS_REGS] = {L4_GATE_ENTRY, L4_PAGE_SIZE, 1, L4_RIGHT_ALL, slot_now()};
    return operate(child, L4_GATE_CREATE, w, &made);
}

static int make_queue(void)
{
    const uint64_t w[L4_WORDS_REGS] = {L4_GATE_QUEUE, 0, 0, L4_RIGHT_ALL, slot_now()};
    return operate(child, L4_GATE_CREATE, w, &made);
}

static int make_event(void)
{
    const uint64_t w[L4_WORDS_REGS] = {L4_RIGHT_ALL, slot_now()};
    return operate(child, L4_EVENT_CREATE, w, &made);
}

static int copy_here(void)
{
    const uint64_t w[L4_WORDS_REGS] = {child, slot_now(), L4_RIGHT_ALL, L4_COPY_PLAIN};
    return operate(L4_CAP_SPACE, L4_CAP_COPY, w, &made);
}

// The child's first page of slots is there; this is another one.
static int copy_there(void)
{
    uint64_t there;
    const uint64_t w[L4_WORDS_REGS] = {child, slot, L4_RIGHT_ALL, L4_COPY_PLAIN};
    return operate(child, L4_CAP_COPY, w, &there);
}

static int begin_gate(void)
{
    int error = begin();
    return error ? error : make_queue();
}

static l4_handle_t second;
static int mint(void)
{
    const uint64_t w[L4_WORDS_REGS] = {made, slot, L4_RIGHT_ALL, L4_COPY_MINT, 77};
    return operate(L4_CAP_SPACE, L4_CAP_COPY, w, &second);
}

static int end_two(void)
{
    int error = drop(second);
    return error ? error : end();
}

static int move(void)
{
    const uint64_t w[L4_WORDS_REGS] = {made, slot};
    return operate(L4_CAP_SPACE, L4_CAP_MOVE, w, &made);
}

static int add_some(void)
{
    return l4_activations_add(child, L4_POOL_HOME, 0, 4);
}

// Into two pages of the index.
static int add_many(void)
{
    return l4_activations_add(child, L4_POOL_VISITORS, 504, 16);
}

static int start(void)
{
    return l4_thread_start_at(made, L4_PAGE_SIZE, 0, 0);
}

static int begin_thread(void)
{
    int error = begin();
    return error ? error : make_thread();
}

static int begin_thread_with_activations(void)
{
    int error = begin_thread();
    return error ? error : add_some();
}

static int begin_bare(void)
{
    return l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, 60, L4_RIGHT_ALL, &child, NULL);
}

static int set_area(void)
{
    const struct l4_space_area area = {0x10000000, 0x20000000, 0x4000, 64, 0x40000000, 0x1000, 1024, 4};
    return l4_space_set_area(child, &area);
}

static int move_quota(void)
{
    return l4_quota_move(child, SMALL);
}

static int begin_event(void)
{
    int error = child_begin();
    return error ? error : l4_event_create(L4_CAP_SPACE, &event, NULL);
}

static int bind_death(void)
{
    return l4_event_bind_death(event, 1, child);
}

static int end_event(void)
{
    int error = l4_event_destroy(event);
    if (!error)
        error = drop(event);
    return error ? error : child_end();
}

static int destroy(void)
{
    int error = l4_space_destroy(child);
    second = child;
    if (!error)
        child = L4_HANDLE_NONE;
    return error;
}

static int end_destroyed(void)
{
    int error = drop(made);
    return error ? error : drop(second);
}

static int begin_copies(void)
{
    int error = begin();
    if (!error)
        error = copy_here();
    return error ? error : copy_there();
}

// What funds the child has all CPUs; the child begins without one.
static int begin_fewer_cpus(void)
{
    int error = child_begin();
    return error ? error : l4_space_cpus(child, 2, false, NULL, NULL);
}

static int join_cpus(void)
{
    return l4_space_cpus(child, L4_CPU_ALL, true, NULL, NULL);
}

static int leave_cpus(void)
{
    return l4_space_cpus(child, 2, false, NULL, NULL);
}

static int revoke(void)
{
    return l4_cap_revoke(L4_CAP_SPACE, child);
}

void walk_objects(void)
{
    static const struct operation plain[] = {
        {"space", begin, make_space, end, KEEPS_NOTHING, IN_BOTH},
        {"thread", begin, make_thread, end, KEEPS_NOTHING, IN_BOTH},
        {"entry gate", begin, make_entry, end, KEEPS_NOTHING, IN_BOTH},
        {"queue gate", begin, make_queue, end, KEEPS_NOTHING, IN_BOTH},
        {"event", begin, make_event, end, KEEPS_NOTHING, IN_BOTH},
        {"copy", begin, copy_here, end, KEEPS_NOTHING, NEVER},
    };
    static const struct operation others[] = {
        {"copy into a new page of another table", begin, copy_there, child_end, KEEPS_NOTHING, IN_BOTH},
        {"mint into a new page", begin_gate, mint, end_two, KEEPS_NOTHING, IN_BOTH},
        {"move into a new page", begin_gate, move, end, KEEPS_NOTHING, IN_BOTH},
        {"four activations", begin, add_some, child_end, KEEPS_NOTHING, IN_BOTH},
        {"activations of two pages", begin, add_many, child_end, KEEPS_NOTHING, IN_BOTH},
        {"start without an index", begin_thread, start, end, KEEPS_NOTHING, IN_BOTH},
        {"start with an index", begin_thread_with_activations, start, end, KEEPS_NOTHING, NEVER},
        {"areas", begin_bare, set_area, child_end, KEEPS_NOTHING, NEVER},
        {"quota", child_begin, move_quota, child_end, KEEPS_NOTHING, IN_QUOTA},
        {"death bound", begin_event, bind_death, end_event, KEEPS_NOTHING, IN_BOTH},
        {"destroy", begin_thread_with_activations, destroy, end_destroyed, KEEPS_NOTHING, NEVER},
        {"revoke", begin_copies, revoke, child_end, KEEPS_NOTHING, NEVER},
        {"no CPU joins", child_begin, join_cpus, child_end, KEEPS_NOTHING, NEVER},
    };
    static const struct operation two_cpus[] = {
        {"a CPU joins", begin_fewer_cpus, join_cpus, child_end, KEEPS_NOTHING, IN_BOTH},
        {"a CPU leaves", child_begin, leave_cpus, child_end, KEEPS_NOTHING, NEVER},
    };
    for (unsigned i = 0; i < 2 * L4_ARRAY_SIZE(plain); i++) {
        fresh_page = i % 2;
        struct operation operation = plain[i / 2];
        char name[48];
        l4_format(name, sizeof(name), "%s%s", operation.name, fresh_page ? " into a new page" : "");
        operation.name = name;
        if (fresh_page)
            operation.allocates = IN_BOTH;
        walk(&operation);
    }
    fresh_page = false;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(others); i++)
        walk(&others[i]);
    for (unsigned i = 0; l4_info()->cpus > 1 && i < L4_ARRAY_SIZE(two_cpus); i++)
        walk(&two_cpus[i]);
}
