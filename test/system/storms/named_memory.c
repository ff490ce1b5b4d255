// SPDX-License-Identifier: BSD-2-Clause
// Threads that are in a space when their owner goes, and memory that is used again at once.
#include "named.h"

#include <l4/string.h>
#include <l4/tap.h>

#define CAPTURED       1000
#define CAPTURED_QUOTA (8ull << 20)
#define LOW            30
#define QUOTA          (900u << 10)

static void handle_spin(struct l4_msg *m, struct l4_utcb *utcb);
L4_ENTRY_GATE(spin_entry, handle_spin);
static void handle_grow(struct l4_msg *m, struct l4_utcb *utcb);
L4_ENTRY_GATE(grow_entry, handle_grow);

static l4_handle_t gate_in(const struct nest *n, void (*entry)(void))
{
    struct l4_gate_options options = {.mode = L4_GATE_ENTRY,
                                      .entry = (uint64_t)(uintptr_t)entry,
                                      .pool = L4_POOL_VISITORS,
                                      .rights = L4_RIGHT_ALL};
    l4_handle_t gate = L4_HANDLE_NONE;
    must(l4_gate_create(n->space, &options, &gate, NULL) == L4_OK, "a gate");
    return gate;
}

static bool counter_is_within(l4_handle_t space, unsigned counter, uint64_t value, uint64_t ns)
{
    uint64_t end = l4_clock() + ns;
    while (own_counter(space, counter) != value && l4_clock() < end)
        rest(MS);
    return own_counter(space, counter) == value;
}

static bool counter_is(l4_handle_t space, unsigned counter, uint64_t value)
{
    return counter_is_within(space, counter, value, PATIENCE_NS);
}

// --- Many threads of one space are held in another when the first dies, and the last to come in spin there.
static atomic_uint spinning;
static atomic_bool spin_stop;
static _Atomic uint64_t spin_gate; // in the table of the owner

static void handle_spin(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    bool spin = atomic_fetch_add(&spinning, 1) >= CAPTURED - cpus;
    while (!atomic_load(&spin_stop)) {
        if (!spin)
            rest(20 * MS);
    }
    l4_answer(m, 0, 0, 0);
}

static void captured(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_msg_init(&m, atomic_load(&spin_gate), 0);
    int error = l4_call(&m);
    (void)error; // nobody is left to hear it
    rest_for_ever();
}

void captured_threads(void)
{
    struct nest owner = {.number = NESTS, .home = CAPTURED, .visitors = 4},
                server = {.number = NESTS + 1, .home = 4, .visitors = CAPTURED};
    l4_handle_t gate, theirs = L4_HANDLE_NONE, thread = L4_HANDLE_NONE;
    uint64_t with_server, began;
    unsigned many = 0;
    atomic_store(&spinning, 0);
    atomic_store(&spin_stop, false);
    must(nest_make(&server, L4_CAP_SPACE, CAPTURED_QUOTA) == L4_OK, "a server");
    gate = gate_in(&server, spin_entry);
    with_server = own_counter(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT);
    must(nest_make(&owner, L4_CAP_SPACE, CAPTURED_QUOTA) == L4_OK, "an owner");
    must(l4_cap_copy(owner.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &theirs) == L4_OK, "that may call");
    atomic_store(&spin_gate, theirs);
    for (; many < CAPTURED; many++) {
        int error = storm_thread(owner.space, captured, NULL, LOW, many % cpus, &thread);
        forget(&thread);
        if (error)
            break;
    }
    must(many == CAPTURED, "all threads are made");
    must(reached(&spinning, CAPTURED), "and captured");
    began = l4_clock();
    must(l4_space_destroy(owner.space) == L4_OK, "the owner is destroyed");
    tap_note("%u threads captured, their owner destroyed in %u ms", many,
             (unsigned)((l4_clock() - began) / MS));
    forget(&owner.space);
    must(counter_is(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT, with_server),
         "the funder's quota is whole at once");
    atomic_store(&spin_stop, true);
    // check builds recount all books after each of a thousand ends
    must(counter_is_within(server.space, L4_SPACE_THREADS_COUNT, 0, 8 * PATIENCE_NS),
         "the last reply of each orphan ends it");
    must(counter_is(server.space, L4_SPACE_VISITORS_COUNT, 0), "and leaves the server");
    forget(&gate);
    nest_destroy(&server);
}

// --- A client dies while the server, with the client's thread, gets another page of its stack.
static void handle_grow(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t below = l4_utcb()->stack_top - L4_PAGE_SIZE - 64;
    (void)utcb;
    *(volatile char *)(uintptr_t)below = 1;
    l4_answer(m, 0, 0, 0);
}

static _Atomic uint64_t grow_gate;

static void grower(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_msg_init(&m, atomic_load(&grow_gate), 0);
    int error = l4_call(&m);
    (void)error;
    rest_for_ever();
}

static void grow_once(bool whole_space, unsigned cpu, l4_handle_t event)
{
    struct nest server = {.number = 0}, client = {.number = 1};
    l4_handle_t gate, theirs = L4_HANDLE_NONE, thread = L4_HANDLE_NONE;
    atomic_store(&nest_held, 0);
    must(nest_make(&server, L4_CAP_SPACE, QUOTA) == L4_OK && nest_make(&client, L4_CAP_SPACE, QUOTA) == L4_OK,
         "client and server");
    gate = gate_in(&server, grow_entry);
    must(l4_cap_copy(client.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &theirs) == L4_OK, "a capability");
    atomic_store(&grow_gate, theirs);
    must(storm_thread(client.space, grower, NULL, 60, cpu, &thread) == L4_OK, "which calls");
    must(reached(&nest_held, 1), "the stack grows");
    int error = whole_space ? l4_space_destroy(client.space) : l4_thread_destroy(thread);
    must(error == L4_OK, "the client is destroyed");
    must(l4_event_signal(event, 1) == L4_OK, "the pager goes on");
    must(counter_is(server.space, L4_SPACE_VISITORS_COUNT, 0), "the visit ends");
    must(counter_is(server.space, L4_SPACE_THREADS_COUNT, 0), "and the orphan with it");
    forget(&thread);
    forget(&gate);
    nest_destroy(&client);
    nest_destroy(&server);
}

void stack_grows(void)
{
    l4_handle_t event = L4_HANDLE_NONE;
    must(l4_event_create(L4_CAP_SPACE, &event, NULL) == L4_OK, "an event");
    atomic_store(&nest_hold, event);
    for (unsigned i = 0; i < 8; i++)
        grow_once(i % 2, i % cpus, event);
    atomic_store(&nest_hold, L4_HANDLE_NONE);
    int error = l4_event_destroy(event);
    (void)error;
    forget(&event);
}

// --- Who unmaps is killed on the way; when somebody has finished it the pages are used again at once.
#define CANARY 0xca9a17ull
#define PAGES  64
static uint64_t canaries[PAGES][L4_PAGE_SIZE / 8] __attribute__((aligned(4096)));
static atomic_uint stale, looked;
static atomic_bool reader_stop;
static l4_handle_t unmapped_space;

static void reader(void *argument)
{
    (void)argument;
    for (unsigned i = 0; !atomic_load(&reader_stop); i++) {
        const volatile uint64_t *at = (const volatile uint64_t *)(NEST_TARGET + i % PAGES * L4_PAGE_SIZE);
        atomic_fetch_add(&stale, *at == CANARY);
        atomic_fetch_add(&looked, 1);
    }
    rest_for_ever();
}

static void unmapper(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < PAGES; i++) {
        int error = l4_space_unmap(unmapped_space, NEST_TARGET + i * L4_PAGE_SIZE, L4_PAGE_SIZE, L4_UNMAP_ALL,
                                   0, NULL);
        (void)error; // this thread may not come to hear it
    }
    rest_for_ever();
}

static void unmap_once(const struct nest *n, uint64_t *random)
{
    l4_handle_t thread = L4_HANDLE_NONE;
    uint64_t done = 0;
    // the reader may have had a blank page from its pager: that goes first
    int error = l4_space_unmap(n->space, NEST_TARGET, sizeof(canaries), L4_UNMAP_ALL, 0, &done);
    memset(canaries, 0, sizeof(canaries));
    for (unsigned i = 0; i < PAGES; i++) // EXISTS: the reader was quicker
        error = l4_space_map(n->space, (uint64_t)(uintptr_t)canaries[i], NEST_TARGET + i * L4_PAGE_SIZE,
                             L4_PAGE_SIZE, L4_READ, NULL);
    rest(storm_random(random) % 200 * US);
    must(storm_thread(L4_CAP_SPACE, unmapper, NULL, 70, other_cpu(1), &thread) == L4_OK, "an unmapper");
    rest(storm_random(random) % 400 * US);
    end_thread(&thread);
    for (uint64_t at = 0; at < sizeof(canaries); at += done) {
        error = l4_space_unmap(n->space, NEST_TARGET + at, sizeof(canaries) - at, L4_UNMAP_ALL, 0, &done);
        if (!must(!error && done, "what it left is unmapped"))
            break;
    }
    for (unsigned i = 0; i < PAGES; i++)
        canaries[i][0] = CANARY;
    rest(storm_random(random) % 200 * US);
}

void unmapper_killed(void)
{
    struct nest n = {.number = 2};
    l4_handle_t thread = L4_HANDLE_NONE;
    uint64_t random = 4711;
    atomic_store(&stale, 0);
    atomic_store(&looked, 0);
    atomic_store(&reader_stop, false);
    must(nest_make(&n, L4_CAP_SPACE, QUOTA) == L4_OK, "a space");
    unmapped_space = n.space;
    must(storm_thread(n.space, reader, NULL, 40, other_cpu(0), &thread) == L4_OK, "a reader");
    for (unsigned i = 0; i < 100; i++) {
        unmap_once(&n, &random);
        // its pager's answer comes to nothing when the page is mapped again meanwhile: then it is halted
        int error = l4_thread_resume(thread);
        must(error == L4_OK || error == L4_ERR_STATE, "the reader is there");
    }
    must(reached(&looked, 1000), "the reader reads on");
    must(atomic_load(&stale) == 0, "the reader has not seen what came after");
    atomic_store(&reader_stop, true);
    end_thread(&thread);
    nest_destroy(&n);
}
