// SPDX-License-Identifier: BSD-2-Clause
// Capabilities that change under those who use them, and threads that do things to each other.
#include "named.h"

#include <l4/error.h>
#include <l4/mutex.h>
#include <l4/tap.h>

#define WORKER_PRIORITY 60
#define RUN_NS          (700 * MS)
#define WORKERS         4

struct worker {
    unsigned number;
    uint64_t random;
    l4_handle_t thread;
    atomic_uint done, over;
};
static struct worker workers[WORKERS];
static atomic_bool stop;

static bool start_in(l4_handle_t space, void (*body)(void *), unsigned many)
{
    bool good = true;
    atomic_store(&stop, false);
    for (unsigned i = 0; i < many; i++) {
        struct worker *w = &workers[i];
        w->number = i;
        w->random = i * 77 + 5;
        atomic_store(&w->done, 0);
        atomic_store(&w->over, 0);
        good &= storm_thread(space, body, w, WORKER_PRIORITY, other_cpu(i), &w->thread) == L4_OK;
    }
    return must(good, "the workers start");
}

static void start(void (*body)(void *), unsigned many)
{
    (void)start_in(L4_CAP_SPACE, body, many);
}

static void finish(unsigned many, const char *what)
{
    atomic_store(&stop, true);
    for (unsigned i = 0; i < many; i++)
        must(reached(&workers[i].over, 1), what);
    for (unsigned i = 0; i < many; i++)
        end_thread(&workers[i].thread);
}

static L4_NORETURN void over(struct worker *w)
{
    atomic_store(&w->over, 1);
    rest_for_ever();
}

// --- A slot that is filled with another badge while two others call through it.
static _Atomic uint64_t slot_handle, slot_badge;
static atomic_uint slot_calls, slot_wrong, slot_errors;

static void handle_slot(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    atomic_fetch_add(&slot_wrong, m->w[0] != m->handle);
    atomic_fetch_add(&slot_calls, 1);
    l4_answer(m, 0, 0, 0);
}
L4_ENTRY_GATE(slot_entry, handle_slot);

static void slot_caller(void *argument)
{
    while (!atomic_load(&stop)) {
        struct l4_msg m;
        uint64_t handle = atomic_load(&slot_handle), badge = atomic_load(&slot_badge);
        if (!handle || handle != atomic_load(&slot_handle))
            continue;
        l4_msg_init(&m, handle, 0);
        m.w[0] = badge;
        int error = l4_call(&m);
        if (error != L4_OK && error != L4_ERR_CAP)
            atomic_store(&slot_errors, (unsigned)error);
    }
    over(argument);
}

void slots_reused_during_calls(void)
{
    l4_handle_t gate = L4_HANDLE_NONE, h = L4_HANDLE_NONE;
    uint64_t end = l4_clock() + RUN_NS;
    int error = l4_gate_create_entry(L4_CAP_SPACE, slot_entry, L4_POOL_VISITORS, false, &gate);
    must(!error, "a gate");
    atomic_store(&slot_handle, 0);
    atomic_store(&slot_calls, 0);
    start(slot_caller, 2);
    for (uint64_t badge = 1; l4_clock() < end && !error; badge++) {
        error = l4_cap_mint(L4_CAP_SPACE, gate, 900, L4_RIGHT_CALL, badge, &h);
        atomic_store(&slot_badge, badge);
        atomic_store(&slot_handle, h);
        if (badge % 8 == 0)
            rest(badge % 512 * US);
        atomic_store(&slot_handle, 0);
        if (!error)
            error = l4_cap_delete(L4_CAP_SPACE, h);
    }
    must(!error, "the slot is filled again and again");
    finish(2, "the callers come to their end");
    must(atomic_load(&slot_calls) > 0, "calls arrive");
    must(atomic_load(&slot_wrong) == 0, "each with its badge");
    must(atomic_load(&slot_errors) == L4_OK, "or the slot is empty");
    if (atomic_load(&slot_errors))
        tap_note("%s", l4_error_name((int)atomic_load(&slot_errors)));
    error = l4_gate_destroy(gate);
    forget(&gate);
}

// --- What is derived from a slot is revoked while others derive.
static _Atomic uint64_t derive_from;

static void deriver(void *argument)
{
    struct worker *w = argument;
    l4_handle_t last = L4_HANDLE_NONE;
    for (; !atomic_load(&stop); atomic_fetch_add(&w->done, 1)) {
        l4_handle_t fresh = L4_HANDLE_NONE, from = last ? last : atomic_load(&derive_from);
        int error = l4_cap_copy(L4_CAP_SPACE, from, L4_SLOT_ANY, L4_RIGHT_ALL, &fresh);
        last = error || atomic_load(&w->done) % 50 == 0 ? L4_HANDLE_NONE : fresh;
        if (atomic_load(&w->done) % 256 == 0)
            rest(10 * US);
    }
    over(w);
}

void revoke_against_deriving(void)
{
    l4_handle_t event = L4_HANDLE_NONE, root = L4_HANDLE_NONE;
    struct nest n = {.number = 6};
    uint64_t end = l4_clock() + RUN_NS, before;
    unsigned revoked = 0;
    int error = nest_make(&n, L4_CAP_SPACE, 900u << 10);
    if (!error)
        error = l4_event_create(L4_CAP_SPACE, &event, NULL);
    if (!error)
        error = l4_cap_copy(n.space, event, L4_SLOT_ANY, L4_RIGHT_ALL, &root);
    before = own_counter(n.space, L4_SPACE_CAPS_COUNT);
    atomic_store(&derive_from, root);
    must(!error && start_in(n.space, deriver, 3), "a space that derives");
    while (l4_clock() < end && !error) {
        error = l4_cap_revoke(n.space, root);
        revoked++;
        rest(revoked % 16 * 100 * US);
    }
    must(!error && revoked > 1, "each revocation comes to its end");
    for (unsigned i = 0; i < 3; i++)
        must(reached(&workers[i].done, 1), "something is derived");
    finish(3, "the derivers come to their end");
    must(l4_cap_revoke(n.space, root) == L4_OK, "the last revocation");
    must(own_counter(n.space, L4_SPACE_CAPS_COUNT) == before, "nothing that was derived is left");
    error = l4_event_destroy(event);
    forget(&event);
    nest_destroy(&n);
}

// --- A server with a mutex, whose callers are cancelled in it.
static struct l4_mutex mutex = L4_MUTEX_INIT;
static volatile uint64_t guarded[2];
static atomic_uint torn, locked;
static l4_handle_t mutex_gate;

static void handle_mutex(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_mutex_lock(&mutex);
    uint64_t n = guarded[0];
    atomic_fetch_add(&torn, guarded[1] != n);
    guarded[0] = n + 1;
    for (volatile unsigned i = 0; i < 300; i++)
        ;
    guarded[1] = n + 1;
    l4_mutex_unlock(&mutex);
    atomic_fetch_add(&locked, 1);
    l4_answer(m, 0, 0, 0);
}
L4_ENTRY_GATE(mutex_entry, handle_mutex);

static void mutex_caller(void *argument)
{
    struct worker *w = argument;
    for (; !atomic_load(&stop); atomic_fetch_add(&w->done, 1)) {
        struct l4_msg m;
        l4_msg_init(&m, mutex_gate, 0);
        int error = l4_call(&m);
        if (error)
            rest(50 * US);
    }
    over(w);
}

void cancel_storm_and_mutex(void)
{
    uint64_t end = l4_clock() + RUN_NS, random = 99;
    int error = l4_gate_create_entry(L4_CAP_SPACE, mutex_entry, L4_POOL_VISITORS, false, &mutex_gate);
    must(!error, "a gate");
    atomic_store(&locked, 0);
    start(mutex_caller, WORKERS);
    while (l4_clock() < end) {
        uint64_t r = storm_random(&random);
        l4_handle_t t = workers[r % WORKERS].thread;
        if (r / WORKERS % 5 == 0)
            error =
                l4_thread_recall(t); // the visit goes on as an orphan, which has the mutex or waits for it
        else
            error = l4_thread_cancel(t, r / WORKERS % 2);
        if (r % 7 == 0)
            rest(r / 7 % 200 * US);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        unsigned before = atomic_load(&workers[i].done);
        must(l4_thread_cancel(workers[i].thread, false) == L4_OK, "no longer cancelled");
        must(reached(&workers[i].done, before + 2), "every caller comes on");
    }
    finish(WORKERS, "the callers come to their end");
    must(atomic_load(&locked) > 0 && atomic_load(&torn) == 0, "one at a time has had the mutex");
    error = l4_gate_destroy(mutex_gate);
    forget(&mutex_gate);
}

// --- Two threads on two CPUs that do the same to each other at the same time, or different things.
static atomic_uint ready;
static uint64_t fight_random;

static int strike(uint64_t r, l4_handle_t other)
{
    switch (r % 6) {
    case 0:
        return l4_thread_destroy(other);
    case 1:
        return l4_thread_cancel(other, r / 6 % 2);
    case 2:
        return l4_thread_recall(other);
    case 3:
        return l4_thread_move(other, r / 6 % cpus);
    case 4:
        return l4_thread_suspend(other);
    default:
        return l4_thread_priority(other, 50 + (unsigned)(r / 6 % 8));
    }
}

static void fighter(void *argument)
{
    struct worker *w = argument;
    l4_handle_t other = L4_HANDLE_NONE;
    atomic_fetch_add(&ready, 1);
    while (!other) // until both are there
        other = atomic_load(&ready) >= 3 ? workers[1 - w->number].thread : L4_HANDLE_NONE;
    for (unsigned i = 0; i < 16; i++) {
        int error = strike(w->random % 2 ? 0 : storm_random(&w->random), other);
        atomic_fetch_add(&w->done, error == L4_OK);
    }
    over(w);
}

void fights(void)
{
    fight_random += 12345;
    for (unsigned n = 0; n < 150; n++) {
        atomic_store(&ready, 0);
        for (unsigned i = 0; i < 2; i++) {
            struct worker *w = &workers[i];
            w->number = i;
            w->random = storm_random(&fight_random);
            atomic_store(&w->over, 0);
            int error = storm_thread(L4_CAP_SPACE, fighter, w, WORKER_PRIORITY, i % cpus, &w->thread);
            must(!error, "a fighter starts");
        }
        if (cpus > 1)
            must(reached(&ready, 2), "both fighters are there");
        atomic_fetch_add(&ready, 2);
        rest(storm_random(&fight_random) % 1000 * US);
        end_thread(&workers[0].thread);
        end_thread(&workers[1].thread);
    }
}
