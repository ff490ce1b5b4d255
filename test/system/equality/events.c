// SPDX-License-Identifier: BSD-2-Clause
// Events of a world, and the capabilities that lead there.
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/program.h>
#include "party.h"
#include "setup.h"

#define SLOT_PAIRS (TARGETS + 11) // of each space

static int copy(struct setup *s, unsigned event, unsigned rights)
{
    unsigned n = (unsigned)s->shared->targets++;
    int error = target_copy(s, n, s->events[event], rights);
    s->shared->target[n].event = (uint8_t)event;
    return error;
}

// Both events of a pair, for all spaces: its parties are in any.
static int make_pair(struct setup *s, unsigned number)
{
    struct pair *pair = &s->shared->pair[number];
    int error = L4_OK;
    pair->mask = PAIR_GO;
    for (unsigned i = 0; i < 2 && !error; i++) {
        l4_handle_t event = L4_HANDLE_NONE;
        error = l4_event_create(L4_CAP_SPACE, &event, NULL);
        for (unsigned space = 0; space < SPACES && !error; space++)
            error =
                l4_cap_copy(s->space[space], event, (unsigned)target_slot(space, SLOT_PAIRS + 2 * number + i),
                            L4_RIGHT_CALL | L4_RIGHT_WAIT, i ? &pair->answered[space] : &pair->asked[space]);
    }
    return error;
}

// One that is dead from the beginning.
static int make_dead(struct setup *s)
{
    l4_handle_t doomed = L4_HANDLE_NONE;
    unsigned n = (unsigned)s->shared->targets++;
    int error = l4_event_create(L4_CAP_SPACE, &doomed, NULL);
    if (!error)
        error = target_copy(s, n, doomed, L4_RIGHT_ALL);
    s->shared->target[n].event = EVENTS;
    return error ? error : l4_event_destroy(doomed);
}

int events_make(struct setup *s, l4_handle_t idle)
{
    static const struct {
        uint8_t event, rights;
    } plan[] = {{CHURNED, L4_RIGHT_ALL},
                {PLAIN_ONE, L4_RIGHT_ALL},
                {PLAIN_ONE, L4_RIGHT_CALL},
                {PLAIN_ONE, L4_RIGHT_WAIT},
                {PLAIN_TWO, L4_RIGHT_CALL | L4_RIGHT_WAIT},
                {BOUND, L4_RIGHT_ALL}};
    int error = L4_OK;
    s->event_target = (unsigned)s->shared->targets;
    for (unsigned i = 0; i < EVENTS && !error; i++)
        error = l4_event_create(L4_CAP_SPACE, &s->events[i], NULL);
    for (unsigned i = 0; i < L4_ARRAY_SIZE(plan) && !error; i++)
        error = copy(s, plan[i].event, plan[i].rights);
    if (!error)
        error = l4_event_bind_thread(s->events[BOUND], idle);
    if (!error)
        error = make_dead(s);
    for (unsigned i = 0; i < PAIRS && !error; i++)
        error = make_pair(s, i);
    return error;
}

int events_churn(struct setup *s)
{
    struct target *t = &s->shared->target[s->event_target];
    int error = L4_OK;
    s->event_churned = !s->event_churned;
    t->event = s->event_churned ? EVENTS : CHURNED;
    if (s->event_churned)
        return l4_event_destroy(s->events[CHURNED]);
    s->shared->pending[CHURNED] = 0;
    for (unsigned space = 0; space < SPACES && !error; space++)
        error = l4_cap_delete(s->space[space], t->handle[space]);
    if (!error)
        error = l4_cap_delete(L4_CAP_SPACE, s->events[CHURNED]);
    if (!error)
        error = l4_event_create(L4_CAP_SPACE, &s->events[CHURNED], NULL);
    return error ? error : target_copy(s, s->event_target, s->events[CHURNED], L4_RIGHT_ALL);
}
