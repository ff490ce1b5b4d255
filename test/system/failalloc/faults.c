// SPDX-License-Identifier: BSD-2-Clause
// This program as the pager of the child: answers with items that fail, and a recall for whose orphan
// nobody can pay. A fault stays open when its answer fails, so the same answer is given again.
#include "test/system/failalloc/walk.h"

#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>

#define UTCB_BASE 0x10000000ull   // that of child_begin
#define DATA      0x7000000000ull // away from all else, so that it needs tables of its own
#define WAIT_NS   3000000000ull

enum walked { WALK_SWITCH, WALK_PAGE, WALK_ANSWER, WALK_NOTHING };
static enum walked walked = WALK_NOTHING;
l4_handle_t child_thread;
static enum l4_fail_mode mode;
static char pages[4 * L4_PAGE_SIZE] __attribute__((aligned(L4_PAGE_SIZE))); // UTCBs, two stacks, data
static l4_handle_t pager_gate, visit_gate, event;
static atomic_bool walking; // one is open
static atomic_int visits;

static uint64_t page(unsigned number)
{
    return (uint64_t)(uintptr_t)pages + number * L4_PAGE_SIZE;
}

// The items that answer M; their number.
static unsigned put_items(const struct l4_msg *m)
{
    uint64_t at = m->w[0] & ~(L4_PAGE_SIZE - 1ull);
    uint64_t code = (uint64_t)(uintptr_t)child_page;
    if (l4_msg_label(m) == L4_FAULT_SWITCH) {
        l4_msg_put_map(0, page(0), UTCB_BASE, 12, L4_READ | L4_WRITE);
        l4_msg_put_map(2, page(1 + (unsigned)m->w[0]), m->w[2], 12, L4_READ | L4_WRITE);
        return 2;
    }
    if (at == DATA)
        l4_msg_put_map(0, page(3), DATA, 12, L4_READ | L4_WRITE);
    else
        l4_msg_put_map(0, code, code, 12, L4_READ | L4_EXEC);
    return 1;
}

static void close_walk(void)
{
    if (atomic_exchange(&walking, false))
        walk_close(L4_OK);
}

// The same answer again and again, until nothing fails: then this does not return.
static void answer(const struct operation *operation, unsigned (*put)(const struct l4_msg *m),
                   const struct l4_msg *request)
{
    struct l4_msg m;
    walk_open(operation, mode);
    walked = WALK_NOTHING;
    atomic_store(&walking, true);
    do {
        unsigned items = put(request);
        m = (struct l4_msg){.tag = l4_tag(L4_OP_REPLY, 0, 2 * items, items)};
        walk_before();
        l4_ipc(&m); // comes back only if the answer was refused
    } while (walk_after((int)l4_msg_label(&m)));
}

static void walk_answer(const struct l4_msg *fault)
{
    static const struct operation operations[] = {
        [WALK_SWITCH] = {"switch fault", NULL, NULL, NULL, KEEPS_ITEMS, IN_BOTH},
        [WALK_PAGE] = {"page fault", NULL, NULL, NULL, KEEPS_TABLES, IN_BOTH},
    };
    answer(&operations[walked], put_items, fault);
}

static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    bool is_switch = l4_msg_label(m) == L4_FAULT_SWITCH;
    bool is_data = !is_switch && m->w[0] >= DATA;
    (void)utcb;
    close_walk();
    if (l4_msg_label(m) == L4_FAULT_EXCEPTION) {
        l4_answer(m, L4_EXC_ABORT, 0, 0);
        return;
    }
    if ((is_switch && walked == WALK_SWITCH) || (is_data && walked == WALK_PAGE))
        walk_answer(m);
    unsigned items = put_items(m);
    l4_answer(m, L4_OK, 2 * items, items);
}

L4_ENTRY_FAULT(fault_entry, handle_fault);

// A capability and a page for the window of the caller.
static unsigned put_answer(const struct l4_msg *m)
{
    (void)m;
    l4_msg_put_cap(0, event, L4_RIGHT_CALL);
    l4_msg_put_map(2, page_here(), 0, 12, L4_READ);
    return 2;
}

static void handle_visit(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t taken;
    static const struct operation answering = {"answer with items", NULL, NULL, NULL, KEEPS_TABLES, IN_BOTH};
    (void)utcb;
    if (walked == WALK_ANSWER)
        answer(&answering, put_answer, m);
    atomic_fetch_add(&visits, 1);
    int error = l4_event_wait(event, 1, L4_DEADLINE_NEVER, &taken);
    atomic_fetch_add(&visits, 1);
    l4_answer(m, (uint32_t)error, 0, 0);
}

L4_ENTRY_GATE(visit_entry, handle_visit);

int child_with_pager(void)
{
    int error = child_begin();
    if (!error)
        error = l4_space_set_gate(child, L4_GATE_PAGER, pager_gate);
    if (!error)
        error = l4_space_set_gate(child, L4_GATE_EXCEPTION, pager_gate);
    if (!error)
        error = l4_activations_add(child, L4_POOL_HOME, 0, 1);
    return error ? error : l4_activations_add(child, L4_POOL_VISITORS, 1, 1);
}

int child_start(void (*function)(void), uint64_t argument)
{
    int error = l4_space_thread(child, L4_RIGHT_ALL, L4_SLOT_ANY, 40, &child_thread, NULL);
    return error ? error : l4_thread_start_at(child_thread, (uint64_t)(uintptr_t)function, argument, 0);
}

static int start_child(void (*function)(void), uint64_t argument)
{
    int error = child_with_pager();
    return error ? error : child_start(function, argument);
}

static int end_child(void)
{
    int error = child_end();
    return error ? error : drop(child_thread);
}

bool child_waits(uint64_t depth)
{
    uint64_t end = l4_clock() + WAIT_NS;
    struct l4_thread_info now = {0};
    do {
        l4_sleep_until(l4_clock() + 1000000);
        if (l4_thread_state(child_thread, &now))
            return false;
    } while ((now.state != L4_THREAD_BLOCKED || now.depth != depth) && l4_clock() < end);
    return now.state == L4_THREAD_BLOCKED && now.depth == depth;
}

static int start_visit(void)
{
    int error = start_child(child_call, L4_HANDLE_FIRST(CHILD_SLOT));
    return error ? error : l4_cap_copy(child, visit_gate, CHILD_SLOT, L4_RIGHT_CALL, NULL);
}

static void walk_fault(enum walked what)
{
    for (mode = L4_FAIL_MEMORY; mode <= L4_FAIL_QUOTA; mode++) {
        walked = what;
        int error = what == WALK_ANSWER ? start_visit() : start_child(child_touch, DATA);
        tap_error(error, L4_OK, "a thread of the child");
        tap_ok(child_waits(0), "has all it needs");
        close_walk();
        walk_report();
        tap_error(end_child(), L4_OK, "and goes");
    }
}

static int begin_visit(void)
{
    int error = start_visit();
    return error || child_waits(1) ? error : L4_ERR_TIMEOUT;
}

// The visit is over, with its thread or as an orphan.
static int end_visit(void)
{
    int error = child_waits(0) ? L4_OK : L4_ERR_TIMEOUT;
    return error ? error : end_child();
}

// A recall whose n-th allocation fails, for one n after the other: it succeeds all the same, but a visit for
// whose orphan nobody can pay ends. Returns how many visits there were; the last went on.
static int walk_recall(enum l4_fail_mode how)
{
    uint64_t failed;
    int error, tries = 0;
    do {
        error = begin_visit();
        if (!error)
            error = l4_pool_fail(pool, how, (uint64_t)++tries, 1, NULL);
        if (!error)
            error = l4_thread_recall(child_thread);
        if (!error)
            error = l4_pool_fail(pool, L4_FAIL_OFF, 0, 0, &failed);
        if (!error)
            error = end_visit();
    } while (!error && failed);
    tap_error(error, L4_OK, "recall");
    tap_ok(tries > 1, "some of its allocations failed: %d reached", tries);
    return tries;
}

void pager_open(void)
{
    int error = l4_gate_create_entry(L4_CAP_SPACE, fault_entry, L4_POOL_VISITORS, false, &pager_gate);
    if (!error)
        error = l4_gate_create_entry(L4_CAP_SPACE, visit_entry, L4_POOL_VISITORS, false, &visit_gate);
    if (!error)
        error = l4_event_create(L4_CAP_SPACE, &event, NULL);
    tap_error(error, L4_OK, "gates and an event");
    for (unsigned i = 0; i < sizeof(pages); i += L4_PAGE_SIZE)
        ((volatile char *)pages)[i] = 1; // only what is here can be mapped on
    tap_ok(*(const volatile char *)child_page != 0, "the page of code is here");
}

void walk_faults(void)
{
    walk_fault(WALK_SWITCH);
    walk_fault(WALK_PAGE);
    walk_fault(WALK_ANSWER);
    int began = walk_recall(L4_FAIL_MEMORY) + walk_recall(L4_FAIL_QUOTA);
    // orphans come to their end by themselves
    for (unsigned i = 0; i < 300 && atomic_load(&visits) != began + 2; i++)
        l4_sleep_until(l4_clock() + 10000000);
    tap_equal((uint64_t)atomic_load(&visits), (uint64_t)began + 2, "two visits went on until their end");
}
