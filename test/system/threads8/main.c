// SPDX-License-Identifier: BSD-2-Clause
// Eight threads in a fresh space (this program's), five of them started: two UTCB pages and five stack pages
// are resident, as the kernel counts them. A thread that was not started has neither.
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define MORE 7 // besides the first thread

static struct l4_thread threads[MORE];
static uint64_t main_index;

struct counts {
    uint64_t threads, utcb_pages, stack_pages, switch_faults;
};

static struct counts count(void)
{
    uint64_t c[16] = {0};
    int error = l4_space_counters(L4_CAP_SPACE, 0, c);
    if (!error)
        error = l4_space_counters(L4_CAP_SPACE, 8, c + 8);
    if (error)
        return (struct counts){~0ull, ~0ull, ~0ull, ~0ull};
    return (struct counts){c[L4_SPACE_THREADS_COUNT], c[L4_SPACE_UTCB_PAGES_COUNT],
                           c[L4_SPACE_STACK_PAGES_COUNT], c[L4_SPACE_SWITCH_FAULTS_COUNT]};
}

// Says that it runs, then waits for ever.
static void body(void *argument)
{
    uint64_t bit = 1ull << ((struct l4_thread *)argument - threads), taken;
    if (l4_pending_wake(main_index, bit))
        l4_abort("wake");
    while (!l4_pending_wait(1, L4_DEADLINE_NEVER, &taken))
        ;
}

// Starts threads [first, end) and waits until each has run.
static int start(unsigned first, unsigned end)
{
    int error = L4_OK;
    for (unsigned i = first; i < end && !error; i++)
        error = l4_thread_start(&threads[i], body, &threads[i], 0);
    for (unsigned i = first; i < end && !error; i++) {
        uint64_t taken;
        error = l4_pending_wait(1ull << i, l4_clock() + 5000000000ull, &taken);
    }
    return error;
}

static void check(const struct counts *got, uint64_t threads_expected, uint64_t utcb, uint64_t stack,
                  const char *when)
{
    tap_ok(got->threads == threads_expected, "%s: %lu threads", when, threads_expected);
    tap_ok(got->utcb_pages == utcb, "%s: UTCB pages %lu", when, utcb);
    tap_ok(got->stack_pages == stack, "%s: stack pages %lu", when, stack);
    if (got->threads != threads_expected || got->utcb_pages != utcb || got->stack_pages != stack)
        tap_note("%lu threads, %lu UTCB pages, %lu stack pages != %lu, %lu, %lu", got->threads,
                 got->utcb_pages, got->stack_pages, threads_expected, utcb, stack);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    main_index = l4_utcb()->index;
    struct counts first = count();
    int created = L4_OK;
    for (unsigned i = 0; i < MORE && !created; i++)
        created = l4_thread_create(&threads[i], 50);
    struct counts eight = count();
    int started = start(0, 4);
    struct counts five = count();
    int rest = start(4, MORE);
    struct counts all = count();
    check(&first, 1, 1, 1, "alone");
    tap_error(created, L4_OK, "seven more are created");
    check(&eight, 8, 1, 1, "eight created");
    tap_error(started, L4_OK, "four more are started and run");
    check(&five, 8, 2, 5, "five started");
    tap_equal(
        five.switch_faults - eight.switch_faults, 2,
        "one switch fault for more indices, one for the second UTCB page: neighbours find theirs there");
    tap_error(rest, L4_OK, "the other three are started and run");
    check(&all, 8, 2, 8, "all started");
    return tap_end();
}
