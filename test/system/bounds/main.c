// SPDX-License-Identifier: BSD-2-Clause
// How long the kernel keeps interrupts off, as a thread of the highest priority sees it that waits on a
// timer: on a machine that counts instructions, one nanosecond of the clock is one instruction. Arguments:
// what to do (measure: every gap is checked; tick: the timer fires every 5,000 ns), and nothing for a small
// run that only checks that everything comes to its end. See test/system/lib/bounds.py.
#include "bounds.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>

#define BOUND  20000
#define PERIOD 5000 // ns, and of the clock under icount instructions
#define MIB    (1ull << 20)
#define FEW    1000 // threads

struct sizes sizes = {.threads = 40,
                      .caps = 500,
                      .waiters = 40,
                      .visitors = 20,
                      .window_pages = 64,
                      .unmap_pages = 256,
                      .places = 4,
                      .item_pages = 512,
                      .quota = 400 << 10,
                      .little = 400 << 10,
                      .window = 512 << 10};

char *arena;
l4_handle_t handles[HANDLES];

void bound_begin(void)
{
    watch_begin(PERIOD, sizes.tick);
}

void bound_end(const char *what, int error)
{
    uint64_t longest = watch_end();
    tap_error(error, L4_OK, what);
    if (!sizes.measure && !sizes.tick)
        return;
    tap_note("%s: the largest gap of %lu is %lu", what, watch_times(), longest);
    if (sizes.measure)
        tap_ok(longest <= BOUND, "%s: no gap is larger than %u", what, BOUND);
    tap_flush();
}

struct kid_size kid_sized(unsigned home, unsigned visitors)
{
    return (struct kid_size){
        .home = home, .visitors = visitors, .quota = home > FEW ? sizes.quota : sizes.little};
}

static void nothing_happens(unsigned unused)
{
    (void)unused;
    bound_begin();
    for (uint64_t until = l4_clock() + 5 * MS; l4_clock() < until;)
        ;
    bound_end("this program computes", L4_OK);
    bound_begin();
    l4_sleep_until(l4_clock() + 5 * MS);
    bound_end("nobody does anything", L4_OK);
}

static void space_dies(unsigned started)
{
    struct kid_size of = kid_sized(started ? sizes.threads : 4, 0);
    struct kid k;
    of.quota = sizes.quota;
    int error = kid_new(&k, &of);
    if (!error)
        error = kid_threads(&k, sizes.threads, started ? kid_visit : NULL, 0, handles);
    tap_error(error, L4_OK, "a space full of threads");
    bound_begin();
    error = l4_space_destroy(k.space);
    bound_end(started ? "a space with 10,000 threads dies" : "a space with 10,000 threads never started dies",
              error);
    for (unsigned i = 0; i < sizes.threads; i++)
        (void)!l4_cap_delete(L4_CAP_SPACE, handles[i]);
    (void)!l4_cap_delete(L4_CAP_SPACE, k.space);
}

// Half of them in each of two tables
static int fill(struct kid *k, l4_handle_t source)
{
    struct kid_size of = kid_sized(4, 0);
    int error = L4_OK;
    for (unsigned n = 0; n < 2 && !error; n++) {
        error = kid_new(&k[n], &of);
        for (unsigned i = 0; i < sizes.caps / 2 && !error; i++)
            error = l4_cap_copy(k[n].space, source, L4_SLOT_ANY, L4_RIGHT_ALL, NULL);
    }
    return error;
}

static void capabilities_go(unsigned revoked)
{
    l4_handle_t event = L4_HANDLE_NONE;
    struct kid k[2];
    int error = l4_event_create(L4_CAP_SPACE, &event, NULL);
    if (!error)
        error = fill(k, event);
    tap_error(error, L4_OK, "two tables full of capabilities");
    if (revoked) {
        bound_begin();
        error = l4_cap_revoke(L4_CAP_SPACE, event);
        bound_end("100,000 capabilities are revoked", error);
        error = l4_event_destroy(event);
    } else {
        bound_begin();
        error = l4_event_destroy(event);
        bound_end("an event with 100,000 capabilities is destroyed", error);
    }
    bound_begin();
    for (unsigned n = 0; n < 2 && !error; n++)
        error = kid_end(&k[n]);
    bound_end("the two spaces die", error);
    (void)!l4_cap_delete(L4_CAP_SPACE, event);
}

static void deadline_comes(unsigned unused)
{
    (void)unused;
    struct kid_size of = kid_sized(sizes.waiters, 0);
    struct kid k;
    uint64_t deadline;
    int error = kid_new(&k, &of);
    deadline = l4_clock() + 50 * MS + sizes.waiters * MS / 50;
    if (!error)
        error = kid_threads(&k, sizes.waiters, kid_sleep, deadline, NULL);
    tap_error(error, L4_OK, "many threads with one deadline");
    tap_ok(l4_clock() < deadline, "which has not come yet");
    l4_sleep_until(deadline - 5 * MS);
    bound_begin();
    error = kid_done(&k, sizes.waiters) ? L4_OK : L4_ERR_TIMEOUT;
    bound_end("2^14 threads wake", error);
    tap_error(kid_end(&k), L4_OK, "they go");
}

static void event_goes(unsigned unused)
{
    (void)unused;
    struct kid_size of = kid_sized(sizes.waiters, 0);
    l4_handle_t event = L4_HANDLE_NONE, theirs = L4_HANDLE_NONE;
    struct kid k;
    int error = kid_new(&k, &of);
    if (!error)
        error = l4_event_create(L4_CAP_SPACE, &event, NULL);
    if (!error)
        error = l4_cap_copy(k.space, event, L4_SLOT_ANY, L4_RIGHT_WAIT, &theirs);
    if (!error)
        error = kid_threads(&k, sizes.waiters, kid_event, theirs, NULL);
    tap_error(error, L4_OK, "many threads that wait on an event");
    l4_sleep_until(l4_clock() + 5 * MS);
    bound_begin();
    for (unsigned bit = 1; bit < 64 && !error; bit++)
        error = l4_event_signal(event, 1ull << bit);
    bound_end("an event is signalled on which 2^14 threads wait for something else", error);
    bound_begin();
    error = l4_event_destroy(event);
    if (!error && !kid_done(&k, sizes.waiters))
        error = L4_ERR_TIMEOUT;
    bound_end("an event on which 2^14 threads wait is destroyed", error);
    (void)!l4_cap_delete(L4_CAP_SPACE, event);
    tap_error(kid_end(&k), L4_OK, "they go");
}

// Callers of a gate, which leads to another space or to a queue here; the gate is destroyed.
static void gate_goes(unsigned entry)
{
    struct kid_size of = kid_sized(sizes.visitors, 0), to = kid_sized(4, sizes.visitors / 2);
    l4_handle_t gate = L4_HANDLE_NONE, theirs = L4_HANDLE_NONE;
    struct kid host, k = {.data = NULL};
    int error = kid_new(&host, &to);
    error = kid_new(&k, &of);
    if (!error && entry)
        error = l4_gate_create_entry(host.space, kid_visit, L4_POOL_VISITORS, false, &gate);
    else if (!error)
        error = l4_gate_create_queue(L4_CAP_SPACE, false, &gate);
    if (!error)
        error = l4_cap_copy(k.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &theirs);
    k.data->depth = 0;
    if (!error)
        error = kid_threads(&k, sizes.visitors, kid_call, theirs, NULL);
    tap_error(error, L4_OK, "callers of a gate");
    l4_sleep_until(l4_clock() + 5 * MS);
    bound_begin();
    error = l4_gate_destroy(gate);
    bound_end(entry ? "a gate with 500 visitors and 500 who wait is destroyed"
                    : "a gate with 1,000 callers is destroyed",
              error);
    (void)!l4_cap_delete(L4_CAP_SPACE, gate);
    tap_ok(kid_done(&k, sizes.visitors + (entry ? sizes.visitors / 2 : 0)), "all callers hear of it");
    tap_error(kid_end(&host), L4_OK, "the host goes");
    tap_error(kid_end(&k), L4_OK, "they go");
}

static void arguments(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "small") == 0)
        return;
    sizes.measure = strcmp(argv[1], "measure") == 0;
    sizes.tick = strcmp(argv[1], "tick") == 0;
    sizes.threads = 10000;
    sizes.caps = 100000;
    sizes.waiters = 16384;
    sizes.visitors = 1000;
    sizes.window_pages = 4096;
    sizes.unmap_pages = 1u << 18;
    sizes.places = 120;
    sizes.item_pages = 512;
    sizes.quota = 96 * MIB;
    sizes.little = 16 * MIB;
    sizes.window = 64 * MIB;
}

// The first ones are those that must also come to their end with the timer at work.
#define REQUIRED 4
static const struct {
    const char *name;
    void (*run)(unsigned argument);
    unsigned argument;
} cases[] = {
    {"new", space_dies, 0},
    {"threads", space_dies, 1},
    {"revoke", capabilities_go, 1},
    {"deadline", deadline_comes, 0},
    {"bury", capabilities_go, 0},
    {"event", event_goes, 0},
    {"queue", gate_goes, 0},
    {"entry", gate_goes, 1},
    {"thread", chain_goes, GOES_THREAD},
    {"host", chain_goes, GOES_HOST},
    {"chain", chain_goes, GOES_GATE},
    {"window", chain_goes, GOES_WINDOW},
    {"windows", chain_goes, GOES_WINDOWS},
    {"refs", references_go, 0},
    {"orphan", orphan_stays, 0},
    {"watched", orphan_stays, 1},
    {"area", area_is_set, 0},
    {"indices", indices_come, 0},
    {"split", page_is_split, 0},
    {"items", items_come, ITEMS_MEMORY},
    {"caps", items_come, ITEMS_CAPS},
    {"fault", items_come, ITEMS_FAULT},
    {"unmap", memory_goes, 0},
    {"memory", memory_goes, 1},
    {"places", places_go, PLACES_UNMAPPED},
    {"source", places_go, PLACES_SOURCE},
    {"tables", places_go, PLACES_SPACE},
    {"device", places_go, PLACES_DEVICE},
    {"nothing", nothing_happens, 0},
};

int main(int argc, char **argv)
{
    void *memory = NULL;
    arguments(argc, argv);
    if (l4_memory_alloc(ARENA_BYTES, &memory) || watch_init(sizes.measure || sizes.tick ? 254 : 100))
        l4_abort("start");
    arena = memory;
    for (unsigned i = 0; i < ARENA_BYTES; i += L4_PAGE_SIZE)
        arena[i] = 1;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(cases); i++)
        if (argc < 3 ? !sizes.tick || i < REQUIRED : strcmp(argv[2], cases[i].name) == 0) {
            cases[i].run(cases[i].argument);
            tap_flush();
        }
    return tap_end();
}
