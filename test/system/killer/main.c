// SPDX-License-Identifier: BSD-2-Clause
// Kills programs while their threads are preempted inside the pager, again and again at other moments.
// Nothing of them is left in the pager's books or in the kernel. Needs the capability `control`
// (test/system/kills.py).
#include <l4/format.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/proto/root.h>
#include <l4/system.h>
#include <l4/tap.h>

#define WARM_UP   5
#define KILLS     25
#define MS        1000000ull
#define TOLERANCE 16 // pages: activations of servers that are used for the first time

static const char program[] = "test/pagerstress";

static int run_and_kill(l4_handle_t control, uint64_t life)
{
    char number[24];
    uint64_t task;
    unsigned error = control_spawn(control, program, sizeof(program), L4_HANDLE_NONE, &task);
    if (error)
        return (int)error;
    l4_sleep_until(l4_clock() + life);
    l4_format(number, sizeof(number), "%lu", task);
    error = control_kill(control, number);
    l4_sleep_until(l4_clock() + 20 * MS);
    return (int)error;
}

struct books {
    uint64_t free_pages, zero_hits, spaces, threads, gates;
};

static struct books look(l4_handle_t control)
{
    uint64_t pager[8] = {0}, kernel[8] = {0};
    l4_sleep_until(l4_clock() + 200 * MS); // threads on their way out
    unsigned error = control_memory(control, pager);
    if (error || l4_info_counters(l4_cap("info"), 0, kernel))
        return (struct books){0};
    return (struct books){pager[L4_PAGER_COUNT_FREE], pager[L4_PAGER_COUNT_ZERO_HITS],
                          kernel[L4_COUNT_SPACES], kernel[L4_COUNT_THREADS], kernel[L4_COUNT_GATES]};
}

int main(int argc, char **argv)
{
    l4_handle_t control = l4_cap("control");
    uint64_t seed = 1;
    int error = L4_OK;
    (void)argc;
    (void)argv;
    if (control == L4_HANDLE_NONE) {
        tap_ok(true, "# SKIP no capability `control`");
        return tap_end();
    }
    for (unsigned i = 0; i < WARM_UP && !error; i++)
        error = run_and_kill(control, 30 * MS);
    struct books before = look(control);
    for (unsigned i = 0; i < KILLS && !error; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        error = run_and_kill(control, (seed >> 33) % (60 * MS));
    }
    struct books after = look(control);
    tap_equal((uint64_t)error, 0, "programs are started and killed");
    tap_ok(before.free_pages > 0, "the pager's books can be read");
    tap_ok(after.free_pages + TOLERANCE > before.free_pages, "no memory is lost");
    tap_note("%lu free pages before, %lu after", before.free_pages, after.free_pages);
    tap_ok(after.zero_hits > before.zero_hits, "frames that lay zeroed were used");
    tap_equal(after.spaces, before.spaces, "no space is left");
    tap_equal(after.threads, before.threads, "no thread is left");
    tap_equal(after.gates, before.gates, "no gate is left");
    return tap_end();
}
