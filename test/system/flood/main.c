// SPDX-License-Identifier: BSD-2-Clause
// Mail to another CPU without end: this program's first thread, on CPU 0, signals a crowd of events and wakes
// a crowd of threads of CPU 1. There a thread of high priority must come on at its timer all the same, and
// one that the last of the mail is for must not wait for those who are worse. Argument: what to do (measure:
// with bounds, see test/system/flood_measure.py), and nothing for a small run that only checks that
// everything arrives. With one CPU all of it is on that one. An emulator's processors stand still now and
// then, so what is compared is the time of half the looks, and of the quickest of several tries.
#include <stdatomic.h>
#include <l4/event.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>

#define CROWD_MAX  1000
#define FEW        40
#define TIMES      10
#define PERIOD     50000  // ns
#define LATE_BOUND 500000 // ns; all the mail of a flood takes longer
#define ORDER_NS \
    20000 // for each piece before it, see docs/smp.md: a turn of somebody else after every two, twice
#define LIMIT_NS 20000000000ull

static l4_handle_t events[CROWD_MAX], best_event;
static struct l4_thread crowd[CROWD_MAX], maker, watcher, burner, best, hog;
static _Atomic uint64_t indices[CROWD_MAX];
static atomic_uint made, ready, woken, taken_by_best;
static atomic_bool watching, hogs;
static _Atomic uint64_t longest, late_looks, looks, came_at;
static unsigned count = FEW, there;

static bool reached(const atomic_uint *word, unsigned value)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    while (atomic_load(word) < value && l4_clock() < end)
        l4_sleep_until(l4_clock() + 100000);
    return atomic_load(word) >= value;
}

// On the CPU of the events, which is where they are made.
static void make(void *argument)
{
    (void)argument;
    int error = l4_event_create(L4_CAP_SPACE, &best_event, NULL);
    for (unsigned i = 0; !error && i < count; i++)
        error = l4_event_create(L4_CAP_SPACE, &events[i], NULL);
    atomic_store(&made, error ? 2 : 1);
}

static void watch(void *argument)
{
    (void)argument;
    for (;;) {
        uint64_t due = l4_clock() + PERIOD, late;
        l4_sleep_until(due);
        late = l4_clock() - due;
        if (atomic_load(&watching) && late > atomic_load(&longest))
            atomic_store(&longest, late);
        atomic_fetch_add(&late_looks, late > LATE_BOUND);
        atomic_fetch_add(&looks, 1);
    }
}

// Somebody who is worse than all of them always wants to run.
static void burn(void *argument)
{
    (void)argument;
    for (;;)
        __asm__ volatile("pause"); // a hint: nothing changes
}

// Better than all whom the mail is for, until it is told to stop: then the mail lies there.
static void hog_it(void *argument)
{
    (void)argument;
    for (;;) {
        uint64_t bits;
        if (l4_event_wait(best_event, 2, L4_DEADLINE_NEVER, &bits))
            l4_abort("hog");
        atomic_store(&hogs, true);
        while (atomic_load(&hogs))
            ;
    }
}

static void sleeper(void *argument)
{
    unsigned i = (unsigned)(uintptr_t)argument;
    atomic_store(&indices[i], l4_utcb()->index);
    atomic_fetch_add(&ready, 1);
    for (;;) {
        uint64_t bits;
        if (l4_pending_wait(1, L4_DEADLINE_NEVER, &bits))
            l4_abort("pending");
        atomic_fetch_add(&woken, 1);
    }
}

static void take_best(void *argument)
{
    (void)argument;
    for (;;) {
        uint64_t bits;
        if (l4_event_wait(best_event, 1, L4_DEADLINE_NEVER, &bits))
            l4_abort("best");
        atomic_store(&came_at, l4_clock());
        atomic_fetch_add(&taken_by_best, 1);
    }
}

static int start(struct l4_thread *t, unsigned priority, void (*function)(void *), unsigned argument)
{
    int error = l4_thread_create(t, priority);
    return error ? error : l4_thread_start(t, function, (void *)(uintptr_t)argument, there);
}

static void signal_all(void)
{
    for (unsigned i = 0; i < count; i++)
        if (l4_event_signal(events[i], 1))
            l4_abort("signal");
}

static void wake_all(void)
{
    for (unsigned i = 0; i < count; i++)
        if (l4_space_wake(L4_CAP_SPACE, atomic_load(&indices[i]), 1))
            l4_abort("wake");
}

// What the watcher saw while FLOOD ran over and over.
static void watched(void (*flood)(void), bool measure, const char *what)
{
    uint64_t before = atomic_load(&looks), seen;
    atomic_store(&longest, 0);
    atomic_store(&late_looks, 0);
    atomic_store(&watching, true);
    for (unsigned i = 0; i < TIMES; i++)
        flood();
    while (atomic_load(&looks) < before + 9)
        flood();
    atomic_store(&watching, false);
    seen = atomic_load(&looks) - before;
    tap_note("%s: late by %lu ns at most, by more than %u in %lu of %lu looks", what, atomic_load(&longest),
             LATE_BOUND, atomic_load(&late_looks), seen);
    tap_ok(!measure || atomic_load(&late_looks) * 2 < seen, "a timer is in time while %s", what);
}

// The signal for the best comes behind those for all others.
static void in_order(bool measure)
{
    uint64_t most = 0, least = ~0ull;
    for (unsigned i = 1; i <= TIMES; i++) {
        if (l4_event_signal(best_event, 2))
            l4_abort("no hog");
        while (there && !atomic_load(&hogs))
            l4_sleep_until(l4_clock() + 100000);
        wake_all();
        signal_all();
        if (l4_event_signal(best_event, 1))
            l4_abort("no signal");
        uint64_t sent = l4_clock();
        atomic_store(&hogs, false);
        if (!reached(&taken_by_best, i))
            l4_abort("the best does not come");
        uint64_t took = atomic_load(&came_at) - sent;
        most = took > most ? took : most;
        least = took < least ? took : least;
        l4_sleep_until(l4_clock() + 30000000);
    }
    tap_note("the best behind %u others: after %lu to %lu ns", 2 * count, least, most);
    tap_ok(!measure || least <= 2 * count * ORDER_NS,
           "who is best comes after all that was sent before, and soon");
}

int main(int argc, char **argv)
{
    bool measure = argc > 1 && !strcmp(argv[1], "measure");
    int error = l4_thread_priority(L4_CAP_THREAD, 20);
    count = measure ? CROWD_MAX : FEW;
    there = l4_info()->cpus > 1;
    if (!error)
        error = start(&maker, 25, make, 0);
    tap_ok(!error, "a thread on CPU %u", there);
    tap_ok(reached(&made, 1) && atomic_load(&made) == 1, "makes %u events there", count);
    for (unsigned i = 0; !error && i < count; i++)
        error = start(&crowd[i], 10, sleeper, i);
    tap_ok(!error, "%u threads sleep there", count);
    tap_ok(reached(&ready, count), "all of them");
    error = start(&best, 30, take_best, 0);
    if (!error && there)
        error = start(&hog, 40, hog_it, 0);
    if (!error)
        error = start(&watcher, 50, watch, 0);
    if (!error && there)
        error = start(&burner, 1, burn, 0);
    tap_error(error, L4_OK, "those who are better, and worse");
    if (error)
        return tap_end();
    watched(signal_all, measure, "events are signalled");
    watched(wake_all, measure, "threads are woken");
    in_order(measure);
    atomic_store(&woken, 0);
    wake_all();
    tap_ok(reached(&woken, count), "every wake-up arrives");
    return tap_end();
}
