// SPDX-License-Identifier: BSD-2-Clause
// Deadlines that pass together, and priorities of visitors.
#include "named.h"

#include <l4/tap.h>

#define SLEEPERS 1000
#define BIG      (8ull << 20)
#define QUOTA    (900u << 10)

// --- As many as the quota allows wait for the same moment.
static atomic_uint asleep, awake, late;
static _Atomic uint64_t moment;

static void sleeper(void *argument)
{
    uint64_t taken, deadline = atomic_load(&moment);
    (void)argument;
    atomic_fetch_add(&asleep, 1);
    int error = l4_pending_wait(1, deadline, &taken);
    if (error != L4_ERR_TIMEOUT || l4_clock() < deadline)
        atomic_fetch_add(&late, 1);
    atomic_fetch_add(&awake, 1);
    rest_for_ever();
}

void one_deadline(void)
{
    struct nest nests[CROWDS];
    unsigned many = 0;
    l4_handle_t thread = L4_HANDLE_NONE;
    atomic_store(&asleep, 0);
    atomic_store(&awake, 0);
    atomic_store(&late, 0);
    atomic_store(&moment, l4_clock() + 6000 * MS);
    for (unsigned n = 0; n < CROWDS; n++) {
        nests[n] = (struct nest){.number = NESTS + n, .home = SLEEPERS, .visitors = 4};
        must(nest_make(&nests[n], L4_CAP_SPACE, BIG) == L4_OK, "a space");
        for (unsigned i = 0; i < SLEEPERS; i++) {
            int error = storm_thread(nests[n].space, sleeper, NULL, 60, i % cpus, &thread);
            forget(&thread);
            if (error)
                break;
            many++;
        }
    }
    must(reached(&asleep, many), "all wait");
    must(reached(&awake, many), "all wake");
    must(atomic_load(&late) == 0, "because the moment has come");
    tap_note("%u threads with one deadline, all awake %u ms after it", many,
             (unsigned)((l4_clock() - atomic_load(&moment)) / MS));
    must(many == CROWDS * SLEEPERS, "the quota allows all of them");
    for (unsigned n = 0; n < CROWDS; n++)
        nest_destroy(&nests[n]);
}

// --- A visitor runs at the floor of the gate, and no higher than the space may.
static atomic_uint inside, leave;
static _Atomic uint64_t chain_gate[CROWDS];

static void wait_inside(void)
{
    atomic_fetch_add(&inside, 1);
    while (!atomic_load(&leave))
        rest(MS);
}

static void handle_floor(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t next = m->w[0];
    (void)utcb;
    if (next < CROWDS && atomic_load(&chain_gate[next])) {
        struct l4_msg on;
        l4_msg_init(&on, atomic_load(&chain_gate[next]), 0);
        on.w[0] = next + 1;
        int error = l4_call(&on);
        (void)error; // the test looks at priorities
    } else {
        wait_inside();
    }
    l4_answer(m, 0, 0, 0);
}
L4_ENTRY_GATE(floor_entry, handle_floor);

static l4_handle_t gate_with_floor(const struct nest *n, unsigned floor, int expected)
{
    struct l4_gate_options options = {.mode = L4_GATE_ENTRY,
                                      .entry = (uint64_t)(uintptr_t)floor_entry,
                                      .pool = L4_POOL_VISITORS,
                                      .rights = L4_RIGHT_ALL,
                                      .floor = floor};
    l4_handle_t gate = L4_HANDLE_NONE;
    must(l4_gate_create(n->space, &options, &gate, NULL) == expected, "a gate with that floor");
    return gate;
}

static uint64_t priority_of(l4_handle_t thread)
{
    struct l4_thread_info info = {0};
    return l4_thread_state(thread, &info) ? ~0ull : info.priority;
}

static _Atomic uint64_t first_gate;
static atomic_uint returned;

static void visitor(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_msg_init(&m, atomic_load(&first_gate), 0);
    int error = l4_call(&m);
    atomic_store(&returned, error == L4_OK ? 1 : 2);
    rest_for_ever();
}

struct visit {
    struct nest client, server, behind;
    l4_handle_t gate, gate_behind, thread;
};

// A thread of priority 20 in a server with floor 45 and, if so asked, from there in another with floor 35.
static void visit_begin(struct visit *v, bool chain, unsigned cpu)
{
    l4_handle_t h = L4_HANDLE_NONE;
    *v = (struct visit){.client = {.number = 3, .max = 40},
                        .server = {.number = 4, .max = 50},
                        .behind = {.number = 5, .max = 40}};
    atomic_store(&inside, 0);
    atomic_store(&leave, 0);
    atomic_store(&returned, 0);
    must(nest_make(&v->client, L4_CAP_SPACE, QUOTA) == L4_OK &&
             nest_make(&v->server, L4_CAP_SPACE, QUOTA) == L4_OK &&
             nest_make(&v->behind, L4_CAP_SPACE, QUOTA) == L4_OK,
         "three spaces");
    v->gate = gate_with_floor(&v->server, 45, L4_OK);
    v->gate_behind = gate_with_floor(&v->behind, 35, L4_OK);
    if (chain)
        must(l4_cap_copy(v->server.space, v->gate_behind, L4_SLOT_ANY, L4_RIGHT_CALL, &h) == L4_OK,
             "to call on");
    atomic_store(&chain_gate[0], h);
    must(l4_cap_copy(v->client.space, v->gate, L4_SLOT_ANY, L4_RIGHT_CALL, &h) == L4_OK, "to call");
    atomic_store(&first_gate, h);
    atomic_store(&chain_gate[1], L4_HANDLE_NONE);
    must(storm_thread(v->client.space, visitor, NULL, 20, cpu, &v->thread) == L4_OK, "a visitor");
    must(reached(&inside, 1), "is inside");
}

static void visit_end(struct visit *v)
{
    end_thread(&v->thread);
    forget(&v->gate);
    forget(&v->gate_behind);
    nest_destroy(&v->client);
    nest_destroy(&v->server);
    nest_destroy(&v->behind);
}

void ceiling(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct visit v;
        visit_begin(&v, i % 2, i / 2 ? other_cpu(0) : 0);
        must(priority_of(v.thread) == 45, "a visitor runs at the floor, also behind a lower one");
        forget(&(l4_handle_t){gate_with_floor(&v.server, 51, L4_ERR_RANGE)});
        must(l4_thread_priority(v.thread, 41) == L4_ERR_RANGE, "no higher than its space may");
        atomic_store(&leave, 1);
        must(reached(&returned, 1) && atomic_load(&returned) == 1, "it comes home");
        must(priority_of(v.thread) == 20, "with the priority that it had");
        visit_end(&v);
    }
}

// --- The owner lowers a thread that is in a critical section of somebody else.
void lowered_in_visit(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct visit v;
        visit_begin(&v, i % 2, i / 2 ? other_cpu(0) : 0);
        must(l4_thread_priority(v.thread, 5) == L4_OK, "its owner lowers it");
        must(priority_of(v.thread) == 45, "which it does not notice in its visit");
        atomic_store(&leave, 1);
        must(reached(&returned, 1) && atomic_load(&returned) == 1, "it comes home");
        must(priority_of(v.thread) == 5, "and is low there");
        visit_end(&v);
    }
}
