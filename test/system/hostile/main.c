// SPDX-License-Identifier: BSD-2-Clause
// What a hostile space, or one that dies at the wrong moment, could do to the kernel: each case is one that
// once stopped, crashed or misled it.
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>
#include "child.h"

static struct child r;
static l4_handle_t event;

static uint64_t state_of(l4_handle_t thread)
{
    struct l4_thread_info info = {.state = ~0ull};
    return l4_thread_state(thread, &info) ? ~0ull : info.state;
}

// A space whose pager and exception gates are its own, and all of its visitors' UTCBs absent: every switch
// fault makes two more. The rest of the system goes on.
static void check_pages_itself(void)
{
    static const struct l4_msg nothing;
    l4_handle_t gate;
    uint64_t start;
    tap_error(child_make(&r, QUOTA), L4_OK, "a space");
    gate = gate_in(r.space, L4_GATE_ENTRY, 1);
    tap_error(l4_activations_add(r.space, 1, PAGED, 16), L4_OK, "with visitors nobody pages");
    tap_error(l4_space_set_gate(r.space, L4_GATE_PAGER, gate), L4_OK, "its own pager");
    tap_error(l4_space_set_gate(r.space, L4_GATE_EXCEPTION, gate), L4_OK, "and exception handler");
    start = l4_clock();
    tap_error(child_start(&r, 0, &nothing), L4_OK, "a thread in it");
    settle();
    tap_ok(l4_clock() - start < 2000000000, "does not keep others from running");
    tap_error(l4_thread_destroy(r.threads[0]), L4_OK, "and can be destroyed");
    tap_error(child_end(&r), L4_OK, "with its space");
    tap_error(l4_cap_delete(L4_CAP_SPACE, gate), L4_OK, "and its gate");
}

// The one activation that could serve the fault is the one that has it.
static void check_waits_for_itself(void)
{
    static const struct l4_msg nothing;
    l4_handle_t gate;
    uint64_t taken = 0;
    tap_error(child_make(&r, QUOTA), L4_OK, "a space");
    gate = gate_in(r.space, L4_GATE_ENTRY, 1);
    tap_error(l4_activations_add(r.space, 1, PAGED, 1), L4_OK, "with one visitor");
    tap_error(l4_space_set_gate(r.space, L4_GATE_PAGER, gate), L4_OK, "its own pager");
    tap_error(l4_space_supervise(r.space, event, 4), L4_OK, "supervised");
    tap_error(child_start(&r, 0, &nothing), L4_OK, "a thread in it");
    tap_error(l4_event_wait(event, 4, l4_clock() + 2000000000, &taken), L4_OK, "the supervisor hears");
    tap_equal(state_of(r.threads[0]), L4_THREAD_HALTED, "that it is halted");
    tap_error(child_end(&r), L4_OK, "the space ends");
    tap_error(l4_cap_delete(L4_CAP_SPACE, gate), L4_OK, "and its gate");
}

// The receiver's UTCB is derived from a page of its receive window; an item replaces that page.
static void check_item_takes_utcb(void)
{
    struct l4_msg m;
    l4_handle_t gate, own, wait;
    void *page;
    uint64_t window = WINDOW + 4 * WINDOW_BYTES;
    tap_error(l4_memory_alloc(L4_PAGE_SIZE, &page), L4_OK, "a page");
    memset(page, 0, L4_PAGE_SIZE);
    tap_error(child_make(&r, QUOTA), L4_OK, "a space");
    tap_error(
        l4_space_map(r.space, (uint64_t)(uintptr_t)page, window, L4_PAGE_SIZE, L4_READ | L4_WRITE, NULL),
        L4_OK, "has it in a window");
    tap_error(child_give(&r, r.space, L4_RIGHT_MANAGE, &own), L4_OK, "may map");
    l4_msg_init(&m, own, L4_SPACE_MAP);
    m.tag |= L4_OP_CALL;
    m.w[0] = window;
    m.w[1] = UTCB_BASE + L4_PAGE_SIZE;
    m.w[2] = L4_PAGE_SIZE;
    m.w[3] = L4_READ | L4_WRITE;
    tap_error(child_start(&r, 0, &m), L4_OK, "maps it on");
    tap_error(child_result(&r, 0), L4_OK, "as a page of UTCBs");
    gate = gate_in(r.space, L4_GATE_QUEUE | L4_GATE_ITEMS, 0);
    tap_error(child_give(&r, gate, L4_RIGHT_WAIT, &wait), L4_OK, "and a gate");
    l4_msg_init(&m, wait, 0);
    m.tag |= L4_OP_WAIT;
    tap_error(child_start(&r, 4, &m), L4_OK, "on which a thread waits with that UTCB");
    tap_equal(state_of(r.threads[4]), L4_THREAD_BLOCKED, "in peace");
    l4_msg_init(&m, gate, 0);
    m.tag |= l4_tag(0, 0, 2, 1);
    l4_msg_put_map(0, (uint64_t)(uintptr_t)page, 0, 12, L4_READ);
    tap_error(l4_call(&m), L4_ERR_UTCB, "an item takes the page away");
    tap_error(child_end(&r), L4_OK, "the space ends");
    tap_error(l4_cap_delete(L4_CAP_SPACE, gate), L4_OK, "and its gate");
    tap_error(l4_memory_free(page, L4_PAGE_SIZE), L4_OK, "and the page");
}

// A receiver of another space steps aside for its UTCB; meanwhile the gate is destroyed.
static void check_gate_dies_while_aside(bool destroy)
{
    struct l4_msg m;
    l4_handle_t gate = gate_in(L4_CAP_SPACE, L4_GATE_QUEUE, 0), theirs;
    tap_error(child_make(&r, QUOTA), L4_OK, "a space");
    tap_error(child_give(&r, gate, L4_RIGHT_WAIT, &theirs), L4_OK, "that receives on a gate of ours");
    l4_msg_init(&m, theirs, 0);
    m.tag |= L4_OP_WAIT;
    tap_error(child_start(&r, 0, &m), L4_OK, "with a thread");
    tap_equal(state_of(r.threads[0]), L4_THREAD_BLOCKED, "which waits");
    tap_error(l4_space_unmap(L4_CAP_SPACE, child_page(&r, 0), L4_PAGE_SIZE, L4_UNMAP_DERIVED, 0, NULL), L4_OK,
              "its UTCB goes");
    l4_msg_init(&m, gate, 5);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    tap_error(l4_call(&m), L4_ERR_TIMEOUT, "so it cannot take a request at once");
    if (destroy)
        tap_error(l4_gate_destroy(gate), L4_OK, "the gate goes");
    l4_msg_init(&m, gate, 5);
    m.tag |= L4_FLAG_TIMED;
    m.deadline = l4_clock() + 2000000000;
    tap_error(l4_send(&m), destroy ? L4_ERR_DEAD : L4_OK, "a request");
    tap_equal((uint64_t)child_result(&r, 0), (uint64_t)(destroy ? L4_ERR_DEAD : -2),
              "what the receiver gets");
    tap_error(child_end(&r), L4_OK, "the space ends");
    if (!destroy)
        tap_error(l4_gate_destroy(gate), L4_OK, "the gate goes");
    tap_error(l4_cap_delete(L4_CAP_SPACE, gate), L4_OK, "and its capability");
}

static void check_area_over_pages(void)
{
    static const struct l4_space_area area = {UTCB_BASE, STACK_BASE, STRIDE, 8, 0, 0, 64, 4};
    l4_handle_t space;
    static char page[2 * L4_PAGE_SIZE];
    uint64_t here = l4_page_up((uint64_t)(uintptr_t)page);
    *(volatile char *)(uintptr_t)here = 1;
    tap_error(l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, 60, L4_RIGHT_ALL, &space, NULL), L4_OK,
              "a space");
    tap_error(l4_space_map(space, here, UTCB_BASE, L4_PAGE_SIZE, L4_READ, NULL), L4_OK, "a page in it");
    tap_error(l4_space_set_area(space, &area), L4_ERR_EXISTS, "the areas cannot lie over it");
    tap_error(l4_space_unmap(space, UTCB_BASE, L4_PAGE_SIZE, L4_UNMAP_ALL, 0, NULL), L4_OK, "it goes");
    tap_error(l4_space_set_area(space, &area), L4_OK, "now they can");
    tap_error(l4_space_destroy(space), L4_OK, "the space ends");
    tap_error(l4_cap_delete(L4_CAP_SPACE, space), L4_OK, "and its capability");
}

// The thread that destroys the space it lies in, or the gate it came through, is answered where it came from.
static void check_suicide(void)
{
    struct l4_msg m;
    l4_handle_t own;
    tap_error(child_make(&r, QUOTA), L4_OK, "a space");
    tap_error(child_give(&r, r.space, L4_RIGHT_MANAGE, &own), L4_OK, "that has itself");
    l4_msg_init(&m, own, L4_SPACE_DESTROY);
    m.tag |= L4_OP_CALL;
    tap_error(child_start(&r, 0, &m), L4_OK, "ends itself");
    settle();
    tap_error(l4_nop(r.space), L4_ERR_DEAD, "it is gone");
    tap_equal((uint64_t)atomic_load(&child_job(&r, 0)->done), 0, "and did not come back");
    tap_error(child_end(&r), L4_ERR_OK, "its capabilities are deleted");
}

static void check_all(void)
{
    check_waits_for_itself();
    check_item_takes_utcb();
    check_gate_dies_while_aside(false);
    check_gate_dies_while_aside(true);
    check_orphans(event);
    check_area_over_pages();
    check_suicide();
    check_call_backs();
    check_pages_itself();
}

static void count(uint64_t out[static 5])
{
    uint64_t k[8] = {0}, s[8] = {0};
    tap_error(l4_info_counters(l4_cap("info"), 0, k), L4_OK, "the kernel's counters");
    tap_error(l4_space_counters(L4_CAP_SPACE, 0, s), L4_OK, "this space's");
    memcpy(out, k, 4 * sizeof(*out)); // spaces, threads, gates, events
    out[4] = s[L4_SPACE_QUOTA_USED_COUNT];
}

int main(int argc, char **argv)
{
    static const char *const what[] = {"spaces", "threads", "gates", "events", "kernel memory"};
    uint64_t before[5], after[5];
    (void)argc;
    (void)argv;
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    check_all(); // from here on nothing has to be made for the first time
    count(before);
    check_all();
    count(after);
    for (unsigned i = 0; i < 5; i++)
        tap_equal(after[i], before[i], what[i]);
    return tap_end();
}
