// SPDX-License-Identifier: BSD-2-Clause
// A fast path is the slow path, only sooner: two worlds of a client and servers, alike to the last slot, do
// the same by the same random numbers, step by step. In the first all calls are made plainly, so that the
// fast paths do what they can; in the second every call names a deadline that never comes, which says the
// same and leaves all to the slow path. What every party sees is compared after each step. Arguments: seed,
// calls of a world; operations on events come on top.
#include <l4/error.h>
#include <l4/event.h>
#include <l4/format.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <stdatomic.h>
#include "party.h"
#include "setup.h"

#define SEED         1
#define CALLS        20000  // books are recounted all the time in check builds
#define MANY         300000 // so many bring every error often enough
#define OWN_PRIORITY 19     // below all of a world: when this thread goes on, the world is at rest
#define LEAST        100
#define PATIENCE     1000000000 // ns
#define OPERATIONS   8

static struct setup fast, slow;
static uint64_t step, step_seed;

static const char *const call_names[COUNTED] = {"others",     "call",    "send", "wait",   "reply",
                                                "reply_wait", "forward", "7",    "signal", "event wait"};
static const char *const space_names[] = {"client", "first", "second"};
static const char *const thread_names[] = {
    "client", "one", "two", "both", "low", "partner in its space", "partner", "partner of two"};

static bool at_rest(const struct world *w)
{
    bool rest = w->steps == step + 1 && w->idle && w->free[Q_ONE] == 1 &&
                w->free[Q_TWO] + w->free[Q_OTHER] == 2 && w->free[Q_LOW] == 1;
    for (unsigned i = 0; i < ENTRIES; i++)
        rest = rest && w->inside[i] == 0;
    return rest;
}

static void show(const char *which, const struct entry *e)
{
    unsigned space = e->who >> WHO_SPACE & 0xff, thread = e->who >> WHO_THREAD & 0xff;
    tap_note("%s: space %s, chain of %s, %s %lu, level %lu, bad %lx", which,
             space < 3 ? space_names[space] : "?", thread < THREADS ? thread_names[thread] : "?",
             e->who >> WHO_ENTRY & 0xff ? "entry" : "answer", e->who >> WHO_ENTRY & 0xff,
             e->who >> WHO_LEVEL & 0xff, e->who >> WHO_BAD);
    tap_note("%s: asked %lx of %lx", which, e->asked, e->handle);
    tap_note("%s: rax %lx rdi %lx rbx %lx rsp %lx rflags and r11 %lx words %lx memory %lx", which, e->rax,
             e->rdi, e->rbx, e->rsp, e->flags, e->words, e->memory);
}

// False, and what there is to say, at the first difference.
static bool same_log(const struct entry *a, uint64_t a_logged, const struct entry *b, uint64_t b_logged)
{
    uint64_t both = a_logged < b_logged ? a_logged : b_logged;
    for (uint64_t i = 0; i < both && i < LOG_MAX; i++) {
        if (memcmp(&a[i], &b[i], sizeof(a[i])) == 0 && a[i].who >> WHO_BAD == 0)
            continue;
        tap_note("step %lu, seed %lx: operation %lu of %lu and %lu", step, step_seed, i, a_logged, b_logged);
        for (uint64_t j = i < 3 ? 0 : i - 3; j < i; j++)
            show("before", &a[j]);
        show("expected (slow)", &b[i]);
        show("got (fast)", &a[i]);
        return false;
    }
    if (a_logged != b_logged)
        tap_note("step %lu, seed %lx: expected %lu operations, got %lu", step, step_seed, b_logged, a_logged);
    return a_logged == b_logged;
}

static bool same_logs(void)
{
    const struct world *a = fast.shared, *b = slow.shared;
    bool same = same_log(a->log, a->logged, b->log, b->logged);
    for (unsigned i = 0; i < PAIRS && same; i++)
        same = same_log(a->pair[i].log, a->pair[i].logged, b->pair[i].log, b->pair[i].logged);
    return same;
}

// Where a world stands that did not come to rest.
static void show_state(const struct world *w, const char *which)
{
    tap_note("step %lu, seed %lx: the %s world is not at rest, %lu steps, %s", step, step_seed, which,
             w->steps, w->idle ? "the client waits" : "the client does not wait");
    for (unsigned i = 0; i < GATES; i++)
        tap_note("gate %u: %lu inside, %lu free", i, w->inside[i], w->free[i]);
    for (uint64_t i = w->logged < 4 ? 0 : w->logged - 4; i < w->logged && i < LOG_MAX; i++)
        show("last", &w->log[i]);
}

static bool run(struct setup *s, const char *which)
{
    struct world *w = s->shared;
    int error;
    w->logged = 0;
    memset(w->calling, 0, sizeof(w->calling)); // nobody is: some were handed on and then refused
    w->seed = step_seed;
    w->shallow = (step_seed >> 16 & 7) == 0;
    w->operations = 1 + (step_seed >> 8) % OPERATIONS;
    for (unsigned i = 0; i < PAIRS; i++)
        w->pair[i].logged = 0;
    error = l4_event_signal(s->event, 1);
    if (!at_rest(w)) { // somebody waits until a time
        uint64_t limit = l4_clock() + PATIENCE;
        while (!at_rest(w) && l4_clock() < limit)
            atomic_signal_fence(memory_order_seq_cst);
    }
    if (error || !at_rest(w)) {
        show_state(w, which);
        return false;
    }
    return w->logged <= LOG_MAX && setup_restore(s) == L4_OK;
}

static bool change(uint64_t random)
{
    int error = setup_change(&fast, random), other = setup_change(&slow, random);
    if (error || other)
        tap_note("step %lu: change %lx failed: %d, %d", step, random, error, other);
    return !error && !other;
}

static uint64_t calls(const struct world *w)
{
    return w->asked[L4_OP_CALL] + w->asked[L4_OP_REPLY] + w->asked[L4_OP_REPLY_WAIT];
}

static bool play(uint64_t seed, uint64_t wanted)
{
    uint64_t random = seed;
    for (step = 0; calls(fast.shared) < wanted; step++) {
        bool good;
        step_seed = next_random(&random);
        good = (step_seed & 31) != 0 || change(step_seed >> 32);
        good = run(&slow, "slow") && good;
        good = run(&fast, "fast") && good;
        if (!same_logs() || !good || accident.kind)
            return false;
    }
    return true;
}

static void histogram(const struct world *w)
{
    char line[200];
    for (unsigned op = 0; op < COUNTED; op++) {
        size_t at = l4_format(line, sizeof(line), "%s %lu:", call_names[op], w->asked[op]);
        for (unsigned e = 1; e < L4_ERR_COUNT; e++) {
            if (w->errors[op][e] && at < sizeof(line))
                at += l4_format(line + at, sizeof(line) - at, " %s %lu", l4_error_name(e), w->errors[op][e]);
        }
        tap_note("%s", line);
    }
}

// Of call, reply and reply_wait.
static uint64_t sum(const struct world *w, unsigned error)
{
    return w->errors[L4_OP_CALL][error] + w->errors[L4_OP_REPLY][error] + w->errors[L4_OP_REPLY_WAIT][error];
}

static void check_histogram(const struct world *w, bool all)
{
    static const uint8_t wanted[] = {L4_ERR_CAP,   L4_ERR_RIGHTS, L4_ERR_ARG,     L4_ERR_DEAD,
                                     L4_ERR_DEPTH, L4_ERR_STATE,  L4_ERR_TIMEOUT, L4_ERR_CANCELLED,
                                     L4_ERR_UTCB,  L4_ERR_NOSYS};
    uint64_t failed = 0;
    for (unsigned e = 1; e < L4_ERR_COUNT; e++)
        failed += sum(w, e);
    tap_ok(2 * failed <= calls(w), "at least half of the calls succeed: %lu of %lu do not", failed, calls(w));
    for (unsigned i = 0; i < L4_ARRAY_SIZE(wanted) && all; i++)
        tap_ok(sum(w, wanted[i]) >= LEAST, "%s comes often enough: %lu", l4_error_name(wanted[i]),
               sum(w, wanted[i]));
}

static void check_events(const struct world *w, unsigned op, const uint8_t *wanted, unsigned count, bool all)
{
    uint64_t failed = 0;
    for (unsigned e = 1; e < L4_ERR_COUNT; e++)
        failed += w->errors[op][e];
    tap_ok(2 * failed <= w->asked[op], "at least half of operation %s succeeds: %lu of %lu do not",
           call_names[op], failed, w->asked[op]);
    for (unsigned i = 0; i < count && all; i++)
        tap_ok(w->errors[op][wanted[i]] >= LEAST, "%s of %s comes often enough: %lu",
               l4_error_name(wanted[i]), call_names[op], w->errors[op][wanted[i]]);
}

// Of what docs/abi.md lists only OWNER_DIED is missing: nobody dies here.
static void check_histograms(const struct world *w, bool all)
{
    static const uint8_t signal[] = {L4_ERR_CAP, L4_ERR_RIGHTS, L4_ERR_ARG, L4_ERR_DEAD};
    static const uint8_t wait[] = {L4_ERR_CAP,   L4_ERR_RIGHTS,  L4_ERR_ARG,      L4_ERR_DEAD,
                                   L4_ERR_STATE, L4_ERR_TIMEOUT, L4_ERR_CANCELLED};
    check_histogram(w, all);
    check_events(w, COUNT_SIGNAL, signal, L4_ARRAY_SIZE(signal), all);
    check_events(w, COUNT_EVENT_WAIT, wait, L4_ARRAY_SIZE(wait), all);
}

int main(int argc, char **argv)
{
    uint64_t seed = SEED, wanted = CALLS;
    uint64_t begin;
    if ((argc > 1 && !l4_parse_u64(argv[1], &seed, NULL)) ||
        (argc > 2 && !l4_parse_u64(argv[2], &wanted, NULL)))
        return 2;
    int error = l4_thread_priority(L4_CAP_THREAD, OWN_PRIORITY);
    if (!error)
        error = setup_make(&slow, true);
    if (!error)
        error = setup_make(&fast, false);
    if (!error)
        error = setup_start(&slow);
    if (!error)
        error = setup_start(&fast);
    tap_error(error, L4_OK, "two worlds");
    if (error)
        return tap_end();
    tap_flush(); // whoever finds no more knows that it had begun
    begin = l4_clock();
    tap_ok(play(seed, wanted), "both worlds see the same, seed %lu", seed);
    if (accident.kind)
        tap_note("fault %lu: %lx at %lx, address %lx", accident.kind, accident.number, accident.ip,
                 accident.address);
    tap_note("%lu steps, %lu calls in each world, %lu ms, deepest %lu", step, calls(fast.shared),
             (l4_clock() - begin) / 1000000, fast.shared->deepest);
    histogram(fast.shared);
    check_histograms(fast.shared, wanted >= MANY);
    return tap_end();
}
