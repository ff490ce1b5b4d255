// SPDX-License-Identifier: BSD-2-Clause
// Runs the cases of named.h. A case runs twice: what stays is made the first time, and between the second
// time's beginning and end no counter of the kernel differs.
#include "named.h"

#include <l4/string.h>
#include <l4/tap.h>
#include "test/system/support/books.h"

static const struct named {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"slots", slots_reused_during_calls},
    {"revoke", revoke_against_deriving},
    {"mutex", cancel_storm_and_mutex},
    {"fights", fights},
    {"captured", captured_threads},
    {"stack", stack_grows},
    {"unmapper", unmapper_killed},
    {"deadline", one_deadline},
    {"ceiling", ceiling},
    {"lowered", lowered_in_visit},
    {"wakes", wakes_during_recall},
    {"stops", stopped_and_let_go},
    {"signals", signals_to_and_fro},
};
static bool case_good;

bool must(bool good, const char *what)
{
    if (!good)
        tap_note("not so: %s", what);
    case_good &= good;
    return good;
}

unsigned other_cpu(unsigned n)
{
    return cpus > 1 ? 1 + n % (cpus - 1) : 0;
}

void end_thread(l4_handle_t *thread)
{
    int error = *thread ? l4_thread_destroy(*thread) : L4_OK;
    (void)error; // it may be dead
    forget(thread);
}

uint64_t own_counter(l4_handle_t space, unsigned counter)
{
    uint64_t c[8] = {0};
    return l4_space_counters(space, counter & ~7u, c) ? ~0ull : c[counter & 7];
}

void named(const char *only)
{
    for (unsigned i = 0; i < L4_ARRAY_SIZE(cases); i++) {
        struct books before;
        if (only && strcmp(only, cases[i].name))
            continue;
        case_good = true;
        cases[i].run();
        books_settle(&before);
        cases[i].run();
        tap_ok(case_good, "%s", cases[i].name);
        books_result(books_same(&before, SLAB_PAGES), &before, cases[i].name);
        tap_flush();
    }
}
