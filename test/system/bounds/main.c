// SPDX-License-Identifier: BSD-2-Clause
// How long the kernel keeps interrupts off, as a thread of the highest priority sees it that waits on a
// timer: on a machine that counts instructions, one nanosecond of the clock is one instruction. Arguments:
// what to do (measure: every gap is checked; tick: the timer fires every 5,000 ns), and nothing for a small
// run that only checks that everything comes to its end. See test/system/bounds.py.
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

#define BOUND    20000
#define PERIOD   2500
#define TICK     5000
#define MIB      (1ull << 20)
#define WINDOW   (64 * MIB)
#define UNMAP_AT 0x700000000000ull
#define FEW      1000 // threads
#define CHAIN    63   // visits below the deepest

static struct {
    unsigned threads, caps, waiters, visitors, window_pages, unmap_pages;
    uint64_t quota, little; // kernel memory of spaces with many threads and others
    bool measure, tick;
} sizes = {.threads = 40,
           .caps = 500,
           .waiters = 40,
           .visitors = 20,
           .window_pages = 64,
           .unmap_pages = 256,
           .little = 300 << 10};

char *arena;
static l4_handle_t handles[16384];

static void begin(void)
{
    watch_begin(sizes.tick ? TICK : PERIOD, sizes.tick);
}

static void end(const char *what, int error)
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

static struct kid_size size(unsigned home, unsigned visitors)
{
    return (struct kid_size){
        .home = home, .visitors = visitors, .quota = home > FEW ? sizes.quota : sizes.little};
}

static void nothing_happens(unsigned unused)
{
    (void)unused;
    begin();
    for (uint64_t until = l4_clock() + 5 * MS; l4_clock() < until;)
        ;
    end("this program computes", L4_OK);
    begin();
    l4_sleep_until(l4_clock() + 5 * MS);
    end("nobody does anything", L4_OK);
}

static void space_dies(unsigned started)
{
    struct kid_size of = size(started ? sizes.threads : 4, 0);
    struct kid k;
    of.quota = sizes.quota;
    int error = kid_new(&k, &of);
    if (!error)
        error = kid_threads(&k, sizes.threads, started ? kid_visit : NULL, 0, handles);
    tap_error(error, L4_OK, "a space full of threads");
    begin();
    error = l4_space_destroy(k.space);
    end(started ? "a space with 10,000 threads dies" : "a space with 10,000 threads never started dies",
        error);
    for (unsigned i = 0; i < sizes.threads; i++)
        (void)!l4_cap_delete(L4_CAP_SPACE, handles[i]);
    (void)!l4_cap_delete(L4_CAP_SPACE, k.space);
}

// Half of them in each of two tables
static int fill(struct kid *k, l4_handle_t source)
{
    struct kid_size of = size(4, 0);
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
        begin();
        error = l4_cap_revoke(L4_CAP_SPACE, event);
        end("100,000 capabilities are revoked", error);
        error = l4_event_destroy(event);
    } else {
        begin();
        error = l4_event_destroy(event);
        end("an event with 100,000 capabilities is destroyed", error);
    }
    begin();
    for (unsigned n = 0; n < 2 && !error; n++)
        error = kid_end(&k[n]);
    end("the two spaces die", error);
    (void)!l4_cap_delete(L4_CAP_SPACE, event);
}

static void deadline_comes(unsigned unused)
{
    (void)unused;
    struct kid_size of = size(sizes.waiters, 0);
    struct kid k;
    uint64_t deadline;
    int error = kid_new(&k, &of);
    deadline = l4_clock() + 50 * MS + sizes.waiters * MS / 50;
    if (!error)
        error = kid_threads(&k, sizes.waiters, kid_sleep, deadline, NULL);
    tap_error(error, L4_OK, "many threads with one deadline");
    tap_ok(l4_clock() < deadline, "which has not come yet");
    l4_sleep_until(deadline - 5 * MS);
    begin();
    error = kid_done(&k, sizes.waiters) ? L4_OK : L4_ERR_TIMEOUT;
    end("2^14 threads wake", error);
    tap_error(kid_end(&k), L4_OK, "they go");
}

static void event_goes(unsigned unused)
{
    (void)unused;
    struct kid_size of = size(sizes.waiters, 0);
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
    begin();
    for (unsigned bit = 1; bit < 64 && !error; bit++)
        error = l4_event_signal(event, 1ull << bit);
    end("an event is signalled on which 2^14 threads wait for something else", error);
    begin();
    error = l4_event_destroy(event);
    if (!error && !kid_done(&k, sizes.waiters))
        error = L4_ERR_TIMEOUT;
    end("an event on which 2^14 threads wait is destroyed", error);
    (void)!l4_cap_delete(L4_CAP_SPACE, event);
    tap_error(kid_end(&k), L4_OK, "they go");
}

// Callers of a gate, which leads to another space or to a queue here; the gate is destroyed.
static void gate_goes(unsigned entry)
{
    struct kid_size of = size(sizes.visitors, 0), to = size(4, sizes.visitors / 2);
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
    begin();
    error = l4_gate_destroy(gate);
    end(entry ? "a gate with 500 visitors and 500 who wait is destroyed"
              : "a gate with 1,000 callers is destroyed",
        error);
    (void)!l4_cap_delete(L4_CAP_SPACE, gate);
    tap_ok(kid_done(&k, sizes.visitors + (entry ? sizes.visitors / 2 : 0)), "all callers hear of it");
    tap_error(kid_end(&host), L4_OK, "the host goes");
    tap_error(kid_end(&k), L4_OK, "they go");
}

static int many_pages(l4_handle_t space, uint64_t at, unsigned pages)
{
    uint64_t left = (uint64_t)pages * L4_PAGE_SIZE;
    int error = L4_OK;
    while (left > 0 && !error) {
        uint64_t bytes = left < ARENA_BYTES ? left : ARENA_BYTES, done = 0;
        for (uint64_t n = 0; n < bytes && !error; n += done)
            error = l4_space_map(space, (uint64_t)(uintptr_t)arena + n, at + n, bytes - n, L4_READ, &done);
        at += bytes;
        left -= bytes;
    }
    return error;
}

static void memory_goes(unsigned with_space)
{
    struct kid_size of = size(4, 0);
    uint64_t bytes = (uint64_t)sizes.unmap_pages * L4_PAGE_SIZE, done = 0;
    struct kid k;
    int error = kid_new(&k, &of);
    begin();
    if (!error)
        error = many_pages(k.space, UNMAP_AT, sizes.unmap_pages);
    end("1 GiB of small pages is mapped", error);
    begin();
    for (uint64_t n = 0; n < bytes && !error && !with_space; n += done)
        error = l4_space_unmap(k.space, UNMAP_AT + n, bytes - n, L4_UNMAP_ALL, 0, &done);
    if (!error && with_space)
        error = l4_space_destroy(k.space);
    end(with_space ? "a space with them dies" : "1 GiB of small pages is unmapped", error);
    tap_ok(with_space || !kid_end(&k), "the space goes");
    if (with_space)
        (void)!l4_cap_delete(L4_CAP_SPACE, k.space);
}

enum goes { GOES_THREAD, GOES_HOST, GOES_GATE, GOES_WINDOW, GOES_WINDOWS };
static const char *const going[] = {
    "a thread in a chain of 64 is destroyed", "a space with all visits of a chain of 64 dies",
    "a gate with all visits of a chain of 64 is destroyed",
    "a gate with a visit whose receive window is full is destroyed",
    "a gate with a chain of 64 visits with pages in their receive windows is destroyed"};

// A thread in the deepest of as many visits as there may be, some with pages in their receive windows.
static void chain_goes(unsigned what)
{
    struct kid_size of = size(4, 0), to = size(4, 64);
    l4_handle_t gate = L4_HANDLE_NONE, theirs = L4_HANDLE_NONE, next = L4_HANDLE_NONE;
    unsigned pages = what == GOES_WINDOW    ? sizes.window_pages
                     : what == GOES_WINDOWS ? sizes.window_pages / 16
                                            : 0;
    struct kid host, k;
    to.window = pages ? WINDOW : 0;
    int error = kid_new(&host, &to);
    if (!error)
        error = kid_new(&k, &of);
    if (!error)
        error = l4_gate_create_entry(host.space, kid_visit, L4_POOL_VISITORS, false, &gate);
    if (!error)
        error = l4_cap_copy(k.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &theirs);
    if (!error)
        error = l4_cap_copy(host.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &next);
    for (unsigned i = 0; i < 68 && pages && !error; i++)
        error = many_pages(host.space, KID_WINDOW + i * WINDOW, pages);
    k.data->depth = what == GOES_WINDOW ? 0 : CHAIN;
    k.data->next = next;
    if (!error)
        error = kid_threads(&k, 1, kid_call, theirs, handles);
    if (!error && !kid_done(&k, 1))
        error = L4_ERR_TIMEOUT;
    tap_error(error, L4_OK, "a thread in visits");
    begin();
    error = what == GOES_THREAD ? l4_thread_destroy(handles[0])
            : what == GOES_HOST ? l4_space_destroy(host.space)
                                : l4_gate_destroy(gate);
    end(going[what], error);
    tap_ok(what == GOES_THREAD || kid_done(&k, 2), "the thread is home or gone");
    (void)!l4_cap_delete(L4_CAP_SPACE, gate);
    (void)!l4_cap_delete(L4_CAP_SPACE, handles[0]);
    begin();
    error = what == GOES_HOST ? l4_cap_delete(L4_CAP_SPACE, host.space) : kid_end(&host);
    end("the host goes", error);
    tap_error(kid_end(&k), L4_OK, "the client goes");
}

static void arguments(int argc, char **argv)
{
    if (argc < 2)
        return;
    sizes.measure = strcmp(argv[1], "measure") == 0;
    sizes.tick = strcmp(argv[1], "tick") == 0;
    sizes.threads = 10000;
    sizes.caps = 100000;
    sizes.waiters = 16384;
    sizes.visitors = 1000;
    sizes.window_pages = 4096;
    sizes.unmap_pages = 1u << 18;
    sizes.quota = 96 * MIB;
    sizes.little = 16 * MIB;
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
    {"unmap", memory_goes, 0},
    {"memory", memory_goes, 1},
    {"nothing", nothing_happens, 0},
};

int main(int argc, char **argv)
{
    void *memory = NULL;
    arguments(argc, argv);
    if (l4_memory_alloc(ARENA_BYTES, &memory) || watch_init(argc > 1 ? 254 : 100))
        l4_abort("start");
    arena = memory;
    for (unsigned i = 0; i < ARENA_BYTES; i += L4_PAGE_SIZE)
        arena[i] = 1;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(cases); i++)
        if (argc < 3 ? !sizes.tick || i < REQUIRED : strcmp(argv[2], cases[i].name) == 0)
            cases[i].run(cases[i].argument);
    return tap_end();
}
