// SPDX-License-Identifier: BSD-2-Clause
// See bounds.h. The first thread and the watcher share words; each wakes the other by the event.
#include "bounds.h"

#include <l4/event.h>
#include <l4/program.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define TIMER 1u
#define GO    2u

static l4_handle_t event;
static struct l4_thread watcher, burner;
static _Atomic bool on;
static uint64_t period;
static bool exact;
static uint64_t longest, times;

static void watch_once(uint64_t *due)
{
    uint64_t taken = 0, late;
    *due += period + (exact ? 0 : times % 16 * 64);
    if (*due < l4_clock())
        *due = l4_clock() + period;
    if (l4_event_timer(event, TIMER, *due) || l4_event_wait(event, TIMER, L4_DEADLINE_NEVER, &taken))
        l4_abort("timer");
    late = l4_clock() - *due;
    times++;
    if (late > longest)
        longest = late;
    if (!exact)
        *due = l4_clock();
}

static void watch(void *argument)
{
    (void)argument;
    for (;;) {
        uint64_t taken, due;
        if (l4_event_wait(event, GO, L4_DEADLINE_NEVER, &taken))
            l4_abort("go");
        for (due = l4_clock(); atomic_load(&on);)
            watch_once(&due);
    }
}

// An idle processor's clock goes on with that of the host: there is always something to do.
static void burn(void *argument)
{
    (void)argument;
    for (;;)
        __asm__ volatile("pause"); // a hint: nothing changes
}

int watch_init(unsigned priority)
{
    int error = l4_event_create(L4_CAP_SPACE, &event, NULL);
    if (!error)
        error = l4_thread_create(&watcher, priority);
    if (!error)
        error = l4_thread_start(&watcher, watch, NULL, 0);
    if (!error)
        error = l4_thread_create(&burner, 1);
    if (!error)
        error = l4_thread_start(&burner, burn, NULL, 0);
    if (!error)
        error = l4_thread_priority(L4_CAP_THREAD, 100);
    return error;
}

void watch_begin(uint64_t ns, bool at_multiples)
{
    period = ns;
    exact = at_multiples;
    longest = times = 0;
    atomic_store(&on, true);
    if (l4_event_signal(event, GO))
        l4_abort("begin");
}

uint64_t watch_end(void)
{
    atomic_store(&on, false);
    l4_sleep_until(l4_clock() + 2 * period);
    return longest;
}

uint64_t watch_times(void)
{
    return times;
}
