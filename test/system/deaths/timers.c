// SPDX-License-Identifier: BSD-2-Clause
// Events and their timers: docs/reference/event_unbind.md, event_timer.md. Unbound, nothing arrives and who
// waits gets L4_ERR_CANCELLED; with the timer switched off nothing arrives either, but who waits does so on,
// since the bit may come from elsewhere.
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/program.h>
#include <l4/tap.h>

#include "timers.h"
#include "worker.h"

#define MS  1000000ull
#define FAR (200 * MS) // what comes before it is in time, on a busy machine too

static struct worker waiter;

static uint64_t poll(l4_handle_t e)
{
    uint64_t taken = 0;
    return l4_event_wait(e, ~0ull, L4_DEADLINE_POLL, &taken) ? 0 : taken;
}

static uint64_t arm_with_waiter(l4_handle_t e)
{
    uint64_t when = l4_clock() + FAR;
    tap_error(worker_start(&waiter, WORK_EVENT, e), L4_OK, "a waiter");
    tap_error(l4_event_timer(e, 1, when), L4_OK, "a timer that will wake it");
    return when;
}

static void pass(uint64_t when)
{
    while (l4_clock() < when + 5 * MS)
        l4_sleep_until(when + 5 * MS);
}

static void check_comes(l4_handle_t e)
{
    arm_with_waiter(e);
    tap_error(worker_result(&waiter), L4_OK, "it does");
}

static void check_unbound(l4_handle_t e)
{
    uint64_t when = arm_with_waiter(e);
    tap_error(l4_event_unbind(e), L4_OK, "unbound");
    tap_error(worker_result(&waiter), L4_ERR_CANCELLED, "the waiter is cancelled");
    tap_ok(l4_clock() < when, "before its time");
    tap_error(worker_start(&waiter, WORK_EVENT, e), L4_OK, "another");
    pass(when);
    tap_ok(worker_blocked(&waiter), "hears nothing");
    tap_error(l4_event_signal(e, 1), L4_OK, "but of a signal");
    tap_error(worker_result(&waiter), L4_OK, "it does");
}

static void check_off(l4_handle_t e)
{
    uint64_t when = arm_with_waiter(e);
    tap_error(l4_event_timer(e, 0, L4_DEADLINE_NEVER), L4_OK, "switched off");
    pass(when);
    tap_ok(worker_blocked(&waiter), "the waiter waits on");
    tap_error(l4_event_signal(e, 1), L4_OK, "for a signal");
    tap_error(worker_result(&waiter), L4_OK, "which it hears");
}

static void check_has_come(l4_handle_t e)
{
    tap_error(l4_event_timer(e, 2, 0), L4_OK, "a time in the past");
    pass(l4_clock());
    tap_error(l4_event_unbind(e), L4_OK, "unbound");
    tap_equal(poll(e), 2, "what has arrived stays");
}

void check_timers(void)
{
    l4_handle_t e = L4_HANDLE_NONE;
    tap_error(l4_event_create(L4_CAP_SPACE, &e, NULL), L4_OK, "an event");
    check_comes(e);
    check_unbound(e);
    check_off(e);
    check_has_come(e);
    tap_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    tap_error(l4_cap_delete(L4_CAP_SPACE, e), L4_OK, "and deleted");
}
