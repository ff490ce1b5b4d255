// SPDX-License-Identifier: BSD-2-Clause
// A space with more inside than one step tells of is stopped and let go by several at once, who die in the
// middle of it; then it dies while they are at it. Whoever lets it go last lets all go.
#include "named.h"

#define INSIDE   200
#define QUOTA    (2ull << 20)
#define LIVES    4
#define DEATHS   12
#define STOPPERS 2
#define LOW      30

static atomic_uint runs[INSIDE];
static _Atomic uint64_t stop_space;

static int set_stopped(bool stopped)
{
    return l4_space_stop(atomic_load(&stop_space), stopped);
}

static void inside(void *argument)
{
    for (atomic_uint *run = argument;; rest(MS))
        atomic_fetch_add(run, 1);
}

static void stopper(void *argument)
{
    (void)argument;
    for (bool stop = true;; stop = !stop) {
        int error = set_stopped(stop);
        if (error) // the space is gone
            rest(MS);
    }
}

static void start_stopper(l4_handle_t *thread, unsigned n)
{
    must(storm_thread(L4_CAP_SPACE, stopper, NULL, 80, n % cpus, thread) == L4_OK, "a stopper");
}

static void one_life(uint64_t *random)
{
    struct nest n = {.number = NESTS, .home = INSIDE, .visitors = 4};
    l4_handle_t stoppers[STOPPERS], thread = L4_HANDLE_NONE;
    must(nest_make(&n, L4_CAP_SPACE, QUOTA) == L4_OK, "a space");
    atomic_store(&stop_space, n.space);
    for (unsigned i = 0; i < INSIDE; i++) {
        atomic_store(&runs[i], 0);
        must(storm_thread(n.space, inside, &runs[i], LOW, i % cpus, &thread) == L4_OK, "a thread inside");
        forget(&thread);
    }
    must(reached(&runs[INSIDE - 1], 1), "it runs");
    for (unsigned i = 0; i < STOPPERS; i++)
        start_stopper(&stoppers[i], i);
    for (unsigned i = 0; i < DEATHS; i++) {
        rest(storm_random(random) % 2000 * US);
        end_thread(&stoppers[i % STOPPERS]);
        start_stopper(&stoppers[i % STOPPERS], i % STOPPERS);
    }
    for (unsigned i = 0; i < STOPPERS; i++)
        end_thread(&stoppers[i]);
    must(set_stopped(true) == L4_OK && set_stopped(false) == L4_OK, "let go at last");
    for (unsigned i = 0; i < INSIDE; i++)
        must(reached(&runs[i], atomic_load(&runs[i]) + 2), "all go on");
    for (unsigned i = 0; i < STOPPERS; i++)
        start_stopper(&stoppers[i], i);
    rest(storm_random(random) % 3000 * US);
    nest_destroy(&n);
    for (unsigned i = 0; i < STOPPERS; i++)
        end_thread(&stoppers[i]);
}

void stopped_and_let_go(void)
{
    uint64_t random = 4711;
    for (unsigned i = 0; i < LIVES; i++)
        one_life(&random);
}
