// SPDX-License-Identifier: BSD-2-Clause
// See crowd.h.
#include "crowd.h"

#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/utcb.h>
#include <l4/proto/layout.h>

#define STACK_BYTES 0x4000
#define PRIORITY    90
#define MS          1000000ull
#define PATIENCE_NS (15000 * MS)

extern const char _start[], _end[]; // conf/user.ld: the program begins with the one and ends before the other

static l4_handle_t gate, event;
static atomic_uint inside, over;

// Writes to all pages of this stack.
static void deep(void)
{
    uint64_t top = l4_utcb()->stack_top, bottom = l4_utcb()->stack_limit;
    for (uint64_t at = top - 8; at > bottom && top - at < STACK_BYTES; at -= L4_PAGE_SIZE)
        *(volatile uint64_t *)(uintptr_t)at = *(volatile uint64_t *)(uintptr_t)at;
}

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t taken;
    (void)utcb;
    deep();
    atomic_fetch_add(&inside, 1);
    l4_answer(m, (uint32_t)l4_event_wait(event, 1, L4_DEADLINE_NEVER, &taken), 0, 0);
}
L4_ENTRY_GATE(crowd_entry, handle);

static void body(void *argument)
{
    struct l4_msg m;
    (void)argument;
    deep();
    l4_msg_init(&m, gate, 0);
    if (l4_call(&m) == L4_OK)
        atomic_fetch_add(&over, 1);
    for (;;)
        l4_sleep_until(L4_DEADLINE_NEVER);
}

static bool reached(atomic_uint *word, unsigned value)
{
    uint64_t end = l4_clock() + PATIENCE_NS;
    while (atomic_load(word) < value && l4_clock() < end)
        l4_sleep_until(l4_clock() + MS);
    return atomic_load(word) >= value;
}

// Every page of this program is mapped from now on.
static void touch_all(void)
{
    for (const char *at = _start; at < _end; at += L4_PAGE_SIZE)
        (void)*(const volatile char *)at;
}

static void drop(l4_handle_t handle)
{
    if (l4_cap_delete(L4_CAP_SPACE, handle))
        l4_abort("crowd-handle");
}

void crowd(unsigned pool, unsigned visitors)
{
    static struct l4_thread threads[CROWD_MAX];
    unsigned cpus = l4_info()->cpus;
    touch_all();
    if (visitors > CROWD_MAX || l4_event_create(L4_CAP_SPACE, &event, NULL) ||
        l4_gate_create_entry(L4_CAP_SPACE, crowd_entry, pool, false, &gate))
        l4_abort("crowd");
    for (unsigned i = 0; i < visitors; i++) {
        if (l4_thread_create(&threads[i], PRIORITY) || l4_thread_start(&threads[i], body, NULL, i % cpus))
            l4_abort("crowd-thread");
    }
    bool in = reached(&inside, visitors);
    bool woken = l4_event_destroy(event) == L4_OK;
    tap_ok(in && woken && reached(&over, visitors), "%u visitors at once", visitors);
    for (unsigned i = 0; i < visitors; i++) {
        if (l4_thread_destroy(threads[i].handle))
            l4_abort("crowd-end");
        drop(threads[i].handle);
    }
    if (l4_gate_destroy(gate))
        l4_abort("crowd-gate");
    drop(gate);
    drop(event);
}
