// SPDX-License-Identifier: BSD-2-Clause
// Checks, and the list of what a cell made: see kit.h.
#include "kit.h"

#include <l4/error.h>
#include <l4/string.h>
#include <l4/tap.h>

#define KEPT_MAX 256

unsigned victim_cpu, partner_cpu;
l4_handle_t never;
bool cell_failed;

static l4_handle_t kept[KEPT_MAX];
static unsigned kept_count;

void want(bool good, const char *what)
{
    if (good)
        return;
    cell_failed = true;
    tap_note("not so: %s", what);
}

void want_error(int got, int expected, const char *what)
{
    if (got == expected)
        return;
    cell_failed = true;
    tap_note("%s: %s (%d), not %s", what, got < 0 ? "nothing" : l4_error_name(got), got,
             expected < 0 ? "nothing" : l4_error_name(expected));
}

void want_equal(uint64_t got, uint64_t expected, const char *what)
{
    if (got == expected)
        return;
    cell_failed = true;
    tap_note("%s: %lu, not %lu", what, got, expected);
}

bool reached(const atomic_int *word, int value)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    while (atomic_load(word) < value && l4_clock() < end)
        pause_ms(1);
    return atomic_load(word) >= value;
}

void pause_ms(unsigned ms)
{
    l4_sleep_until(l4_clock() + ms * MS);
}

l4_handle_t keep(l4_handle_t handle)
{
    if (kept_count == KEPT_MAX)
        l4_abort("kept");
    kept[kept_count++] = handle;
    return handle;
}

static int destroy(l4_handle_t handle, uint64_t kind)
{
    switch (kind) {
    case L4_KIND_THREAD:
        return l4_thread_destroy(handle);
    case L4_KIND_SPACE:
        return l4_space_destroy(handle);
    case L4_KIND_EVENT:
        return l4_event_destroy(handle);
    default:
        return l4_gate_destroy(handle);
    }
}

// Threads first, that nothing runs in what goes; what they visited as orphans goes with events and gates.
void kit_clean(void)
{
    static const uint64_t order[] = {L4_KIND_THREAD, L4_KIND_SPACE, L4_KIND_EVENT, L4_KIND_GATE};
    for (unsigned o = 0; o < L4_ARRAY_SIZE(order); o++) {
        for (unsigned i = 0; i < kept_count; i++) {
            struct l4_identity identity = {0};
            if (l4_identify(kept[i], &identity) || identity.kind != order[o])
                continue;
            int error = (identity.rights & L4_RIGHT_MANAGE) ? destroy(kept[i], identity.kind) : L4_OK;
            want(error == L4_OK || error == L4_ERR_DEAD, "everything can be destroyed");
        }
    }
    for (unsigned i = 0; i < kept_count; i++) {
        int error = l4_cap_delete(L4_CAP_SPACE, kept[i]);
        want(error == L4_OK || error == L4_ERR_CAP, "every handle can be deleted");
    }
    kept_count = 0;
    kids_forget();
}

l4_handle_t event_new(void)
{
    l4_handle_t event = L4_HANDLE_NONE;
    want_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    return keep(event);
}

uint64_t event_poll(l4_handle_t event, uint64_t bits)
{
    uint64_t taken = 0;
    return l4_event_wait(event, bits, L4_DEADLINE_POLL, &taken) ? 0 : taken;
}

uint64_t event_await(l4_handle_t event, uint64_t bits)
{
    uint64_t taken = 0;
    return l4_event_wait(event, bits, l4_clock() + LIMIT_NS, &taken) ? 0 : taken;
}

uint64_t event_gather(l4_handle_t event, uint64_t bits)
{
    uint64_t got = 0, end = l4_clock() + LIMIT_NS;
    while ((got & bits) != bits && l4_clock() < end)
        got |= event_await(event, bits & ~got);
    return got | event_poll(event, ~0ull);
}

// What others still have to do for it is bounded as well.
void want_count(l4_handle_t space, unsigned counter, uint64_t expected, const char *what)
{
    uint64_t end = l4_clock() + LIMIT_NS / 4;
    while (count_of(space, counter) != expected && l4_clock() < end)
        pause_ms(1);
    want_equal(count_of(space, counter), expected, what);
}

void want_threads(const struct kid *k, uint64_t expected, const char *what)
{
    want_count(k ? k->space : L4_CAP_SPACE, L4_SPACE_THREADS_COUNT, expected, what);
}
