// SPDX-License-Identifier: BSD-2-Clause
// Visitors whose owner dies: see main.c.
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>
#include "child.h"

static struct child r, v;
static l4_handle_t event, onward;
static atomic_int last_visit, visits_over;
static atomic_bool counted; // an orphan has been looked at and may go on

static uint64_t threads_here(void)
{
    uint64_t s[8] = {0};
    return l4_space_counters(L4_CAP_SPACE, 0, s) ? ~0ull : s[L4_SPACE_THREADS_COUNT];
}

static void handle_wait(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t taken;
    (void)utcb;
    atomic_store(&last_visit, l4_event_wait(event, 1, L4_DEADLINE_NEVER, &taken));
    while (!atomic_load(&counted)) // not by a wait, which it is refused
        ;
    atomic_fetch_add(&visits_over, 1);
    l4_answer(m, 77, 0, 0);
}
L4_ENTRY_GATE(wait_entry, handle_wait);

static void handle_call_on(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct l4_msg next;
    (void)utcb;
    l4_msg_init(&next, onward, 0);
    atomic_store(&last_visit, l4_call(&next));
    atomic_fetch_add(&visits_over, 1);
    l4_answer(m, 78, 0, 0);
}
L4_ENTRY_GATE(call_on_entry, handle_call_on);

static void visit_from_child(l4_handle_t gate)
{
    struct l4_msg m;
    l4_handle_t theirs;
    tap_error(child_make(&r, QUOTA), L4_OK, "a space");
    tap_error(child_give(&r, gate, L4_RIGHT_CALL, &theirs), L4_OK, "that may call");
    l4_msg_init(&m, theirs, 0);
    m.tag |= L4_OP_CALL;
    atomic_store(&last_visit, -1);
    atomic_store(&counted, false);
    atomic_store(&visits_over, 0);
    tap_error(child_start(&r, 0, &m), L4_OK, "calls");
}

// The space whose thread visits dies: the visit hears of it in its wait, goes on, and ends at its reply.
static void check_orphan(void)
{
    uint64_t before = threads_here();
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, wait_entry, L4_POOL_VISITORS, false, &gate), L4_OK,
              "a gate");
    visit_from_child(gate);
    tap_equal(threads_here(), before, "a visitor is no thread of ours");
    tap_error(child_end(&r), L4_OK, "its space ends");
    tap_equal(threads_here(), before + 1, "it is one now");
    atomic_store(&counted, true);
    settle();
    tap_error(atomic_load(&last_visit), L4_ERR_OWNER_DIED, "its wait");
    tap_equal((uint64_t)atomic_load(&visits_over), 1, "it went on");
    tap_equal(threads_here(), before, "and is gone");
    tap_error(l4_gate_destroy(gate), L4_OK, "the gate goes");
    tap_error(l4_cap_delete(L4_CAP_SPACE, gate), L4_OK, "and its capability");
}

// Takes what is left of the quota of V, but for less than an event.
static void exhaust(l4_handle_t space)
{
    l4_handle_t e;
    int error = l4_event_create(space, &e, NULL);
    while (!error) {
        error = l4_cap_delete(L4_CAP_SPACE, e);
        if (!error)
            error = l4_event_create(space, &e, NULL);
    }
    tap_error(error, L4_ERR_QUOTA, "a space without quota");
}

// The visitor has called on into a space that cannot pay for an orphan: that visit ends, and the one below,
// in this program, hears it and goes on.
static void check_orphan_nobody_pays(void)
{
    uint64_t before = threads_here();
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(child_make(&v, QUOTA), L4_OK, "a space to visit");
    tap_error(l4_activations_add(v.space, 1, 0, 1), L4_OK, "with a visitor");
    onward = gate_in(v.space, L4_GATE_ENTRY, 1);
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, call_on_entry, L4_POOL_VISITORS, false, &gate), L4_OK,
              "a gate");
    visit_from_child(gate);
    exhaust(v.space);
    tap_error(atomic_load(&last_visit), -1, "the visitor is there");
    tap_error(child_end(&r), L4_OK, "its owner dies");
    settle();
    tap_error(atomic_load(&last_visit), L4_ERR_DEAD, "its call has ended");
    tap_equal((uint64_t)atomic_load(&visits_over), 1, "it went on here");
    tap_equal(threads_here(), before, "and is gone");
    tap_error(child_end(&v), L4_OK, "the other space ends");
    tap_error(l4_gate_destroy(gate), L4_OK, "the gate goes");
    tap_error(l4_cap_delete(L4_CAP_SPACE, gate), L4_OK, "and its capability");
    tap_error(l4_cap_delete(L4_CAP_SPACE, onward), L4_OK, "and the other");
}

void check_orphans(l4_handle_t e)
{
    event = e;
    check_orphan();
    check_orphan_nobody_pays();
}
