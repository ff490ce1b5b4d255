// SPDX-License-Identifier: BSD-2-Clause
// Gates, and the capability tables of the spaces: what leads to a gate, what leads to something else, what is
// dead, stale, or was never there.
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/thread.h>
#include "party.h"
#include "setup.h"

#define SLOTS   20 // from here; each space has others
#define SPARE   24 // slots for what is no target
#define HOLE    40000
#define RECEIVE (L4_RIGHT_WAIT | L4_RIGHT_GIVE)

static int make_gate(struct setup *s, unsigned gate)
{
    const struct gate_plan *plan = &gate_plans[gate];
    struct l4_gate_options options = {.mode = gate < ENTRIES ? L4_GATE_ENTRY : L4_GATE_QUEUE,
                                      .entry = gate < ENTRIES ? entry_table[gate] : 0,
                                      .pool = plan->pool,
                                      .rights = L4_RIGHT_ALL,
                                      .slot = L4_SLOT_ANY,
                                      .floor = plan->floor};
    s->shared->pool[gate] = plan->count;
    return l4_gate_create(s->space[plan->space], &options, &s->gates[gate], NULL);
}

uint64_t target_slot(unsigned space, unsigned target)
{
    return SLOTS + space * (TARGETS + SPARE) + target;
}

// Every space has a capability for the gate, with a badge that looks like a handle for the middle of its
// slot.
static int mint_at(struct setup *s, unsigned n, unsigned gate, unsigned rights)
{
    struct target *t = &s->shared->target[n];
    int error = L4_OK;
    t->gate = (uint8_t)gate;
    t->event = NO_EVENT;
    t->rights = (uint8_t)rights;
    for (unsigned space = 0; space < SPACES && !error; space++) {
        uint64_t slot = target_slot(space, n);
        error = l4_cap_mint(s->space[space], s->gates[gate], (unsigned)slot, rights,
                            L4_HANDLE_FIRST(slot) + 8, &t->handle[space]);
    }
    return error;
}

static int mint(struct setup *s, unsigned gate, unsigned rights)
{
    return mint_at(s, (unsigned)s->shared->targets++, gate, rights);
}

// No gate.
int target_copy(struct setup *s, unsigned n, l4_handle_t what, unsigned rights)
{
    struct target *t = &s->shared->target[n];
    int error = L4_OK;
    t->gate = NO_GATE;
    t->rights = (uint8_t)rights;
    for (unsigned space = 0; space < SPACES && !error; space++)
        error =
            l4_cap_copy(s->space[space], what, (unsigned)target_slot(space, n), rights, &t->handle[space]);
    return error;
}

static int copy(struct setup *s, l4_handle_t what, unsigned rights)
{
    unsigned n = (unsigned)s->shared->targets++;
    s->shared->target[n].event = NO_EVENT;
    return target_copy(s, n, what, rights);
}

static void nothing(struct setup *s, uint64_t handle)
{
    struct target *t = &s->shared->target[s->shared->targets++];
    t->gate = NO_GATE;
    t->event = NO_EVENT;
    for (unsigned space = 0; space < SPACES; space++)
        t->handle[space] = handle;
}

// The slot of target N is empty again; with `refill` it is another capability's.
static int empty(struct setup *s, unsigned n, bool refill)
{
    const struct target *t = &s->shared->target[n];
    int error = L4_OK;
    for (unsigned space = 0; space < SPACES && !error; space++) {
        error = l4_cap_delete(s->space[space], t->handle[space]);
        if (!error && refill)
            error = l4_cap_copy(s->space[space], s->gates[E_FIRST], (unsigned)target_slot(space, n),
                                L4_RIGHT_ALL, NULL);
    }
    return error;
}

// A capability with WAIT only, and one with all rights and a badge.
static int give_receiver(struct setup *s, unsigned gate, unsigned spare, uint64_t handles[2])
{
    unsigned space = gate_plans[gate].space;
    unsigned slot = (unsigned)target_slot(space, TARGETS + spare);
    int error = l4_cap_copy(s->space[space], s->gates[gate], slot, RECEIVE, &handles[0]);
    return error ? error
                 : l4_cap_mint(s->space[space], s->gates[gate], slot + 1, L4_RIGHT_ALL, 0x77 + gate,
                               &handles[1]);
}

static int make_receivers(struct setup *s)
{
    struct world *w = s->shared;
    int error = give_receiver(s, Q_ONE, 0, w->receive[SERVE_ONE]);
    if (!error)
        error = give_receiver(s, Q_LOW, 2, w->receive[SERVE_LOW]);
    if (!error)
        error = give_receiver(s, Q_TWO, 0, w->receive[SERVE_TWO]);
    if (!error)
        error = give_receiver(s, Q_TWO, 2, w->receive[SERVE_BOTH]);
    return error ? error : give_receiver(s, Q_OTHER, 4, w->receive_other);
}

// No gates, or gates that are none any more.
static int make_others(struct setup *s)
{
    l4_handle_t doomed = L4_HANDLE_NONE, thread = L4_HANDLE_NONE;
    int error = copy(s, s->space[CLIENT], L4_RIGHT_CALL);
    if (!error)
        error = l4_space_thread(s->space[FIRST], L4_RIGHT_ALL, L4_SLOT_ANY, 1, &thread, NULL);
    if (!error)
        error = copy(s, thread, L4_RIGHT_CALL);
    if (!error)
        error = events_make(s, thread);
    if (!error)
        error = l4_gate_create_entry(L4_CAP_SPACE, raw_back, L4_POOL_VISITORS, false, &doomed);
    if (!error)
        error = copy(s, doomed, L4_RIGHT_ALL);
    if (!error)
        error = l4_gate_destroy(doomed);
    for (unsigned i = 0; i < 2 && !error; i++) { // a slot that was emptied, and one that was filled again
        error = copy(s, s->gates[E_SECOND], L4_RIGHT_ALL);
        if (!error)
            error = empty(s, (unsigned)s->shared->targets - 1, i);
    }
    nothing(s, L4_HANDLE_FIRST(HOLE));
    nothing(s, L4_HANDLE_FIRST(L4_SLOT_COUNT - 1));
    nothing(s, L4_HANDLE_FIRST(L4_SLOT_COUNT + SLOTS));
    s->stale = (unsigned)s->shared->targets;
    nothing(s, ~0ull);
    return error;
}

static int give_spaces(struct setup *s)
{
    int error = L4_OK;
    for (unsigned i = 0; i < SPACES * SPACES && !error; i++)
        error = l4_cap_copy(s->space[i / SPACES], s->space[i % SPACES],
                            (unsigned)target_slot(i / SPACES, TARGETS + 8 + i % SPACES), L4_RIGHT_MANAGE,
                            &s->shared->spaces[i / SPACES][i % SPACES]);
    return error;
}

int targets_make(struct setup *s)
{
    static const struct {
        uint8_t gate, rights;
    } more[] = {{E_FIRST, L4_RIGHT_CALL}, {E_FIRST, RECEIVE},        {E_SECOND, L4_RIGHT_CALL},
                {E_SECOND, RECEIVE},      {E_SINGLE, L4_RIGHT_CALL}, {Q_ONE, L4_RIGHT_CALL},
                {Q_ONE, RECEIVE},         {Q_TWO, L4_RIGHT_CALL},    {Q_TWO, RECEIVE},
                {Q_LOW, L4_RIGHT_CALL},   {Q_OTHER, RECEIVE},        {E_BACK, L4_RIGHT_CALL}};
    int error = L4_OK;
    for (unsigned gate = 0; gate < GATES && !error; gate++) {
        error = make_gate(s, gate);
        if (!error)
            error = mint(s, gate, L4_RIGHT_ALL);
    }
    for (unsigned i = 0; i < L4_ARRAY_SIZE(more) && !error; i++)
        error = mint(s, more[i].gate, more[i].rights);
    if (!error)
        error = make_others(s);
    if (!error)
        error = make_receivers(s);
    if (!error)
        error = give_spaces(s);
    return error ? error
                 : l4_cap_copy(s->space[CLIENT], s->event, (unsigned)target_slot(CLIENT, TARGETS),
                               L4_RIGHT_WAIT, &s->shared->event);
}

int targets_churn(struct setup *s)
{
    struct target *t = &s->shared->target[E_CHURN];
    int error;
    if (!s->churned) {
        s->churned = true;
        t->gate = NO_GATE;
        return l4_gate_destroy(s->gates[E_CHURN]);
    }
    s->churned = false;
    s->shared->target[s->stale] = *t;
    error = empty(s, E_CHURN, false);
    if (!error)
        error = l4_cap_delete(L4_CAP_SPACE, s->gates[E_CHURN]);
    if (!error)
        error = make_gate(s, E_CHURN);
    return error ? error : mint_at(s, E_CHURN, E_CHURN, L4_RIGHT_ALL);
}
