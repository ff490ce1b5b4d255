// SPDX-License-Identifier: BSD-2-Clause
// The owner of a visitor dies while the visitor waits: each wait it can be in (part of TH-15), and the error
// on its way through a chain of servers.
#include "kit.h"
#include "table.h"

static struct hand h, server, full;
static struct visit v, below, filler;

// A hand of a space that dies visits K, where it runs V.
static struct kid *visitor_in(struct kid *k, unsigned depth)
{
    struct kid *owner = kid_new();
    l4_handle_t gate = gate_entry(k, L4_POOL_VISITORS);
    h = (struct hand){.kid = owner, .body = hand_call, .on = give(owner, gate, L4_RIGHT_CALL), .visit = &v};
    hand_run(&h, victim_cpu);
    want(visit_inside(&v) && hand_blocked(&h, depth), "a visitor waits");
    return owner;
}

static void owner_dies(struct kid *k, int error, const char *what)
{
    struct kid *owner = visitor_in(k, 1);
    kid_destroy(owner);
    want(visit_over(&v), "the visit goes on");
    want_error(v.error, error, what);
    want_threads(k, 0, "and ends with its reply");
}

static void in_calls(struct kid *k)
{
    l4_handle_t queue = gate_queue(NULL, (unsigned)l4_cpu());
    v = (struct visit){.body = visit_call, .on = give(k, queue, L4_RIGHT_CALL)};
    owner_dies(k, L4_ERR_OWNER_DIED, "a send to a gate where nobody waits");
    want_error(wait_now(queue), L4_ERR_TIMEOUT, "of which nothing is left");
    l4_handle_t one = gate_entry(NULL, POOL_ONE);
    filler = (struct visit){.body = visit_event, .on = event_new()};
    full = (struct hand){.body = hand_call, .on = one, .visit = &filler};
    hand_run(&full, partner_cpu);
    want(visit_inside(&filler), "the pool is empty");
    v = (struct visit){.body = visit_call, .on = give(k, one, L4_RIGHT_CALL), .next = &below};
    owner_dies(k, L4_ERR_OWNER_DIED, "a wait for an activation");
    want_error(l4_event_signal(filler.on, 1), L4_OK, "who was before it");
    want_error(hand_result(&full), L4_OK, "notices nothing");
}

// Who has been taken is answered; the server notices nothing, and the next wait returns the error.
static void in_a_servers_hands(struct kid *k)
{
    l4_handle_t queue = gate_queue(NULL, partner_cpu);
    server = (struct hand){.body = hand_serve, .on = queue};
    hand_waits(&server, partner_cpu);
    v = (struct visit){
        .body = visit_call, .on = give(k, queue, L4_RIGHT_CALL), .arg = give(k, never, L4_RIGHT_WAIT)};
    struct kid *owner = visitor_in(k, 1);
    want(reached(&server.step, STEP_FIRST), "a server has it in hand");
    kid_destroy(owner);
    want_error(v.error, NOT_YET, "it waits on for its answer");
    hand_wake(&server, 1);
    want(visit_over(&v), "which comes");
    want_error(hand_result(&server), L4_OK, "for the server as for any other");
    want_error(v.error, L4_OK, "and for the visitor");
    want_error(v.again, L4_ERR_OWNER_DIED, "whose next wait ends");
}

// Through K into OTHER: both servers see the error and hand it up; both serve the next.
static void in_a_chain(struct kid *k, struct kid *other)
{
    l4_handle_t gate = gate_entry(other, L4_POOL_VISITORS), e = give(other, never, L4_RIGHT_WAIT);
    below = (struct visit){.body = visit_event, .on = e};
    v = (struct visit){.body = visit_call,
                       .on = give(k, gate, L4_RIGHT_CALL),
                       .next = &below,
                       .arg = give(k, never, L4_RIGHT_WAIT)};
    kid_destroy(visitor_in(k, 2));
    want(visit_over(&v), "the chain unwinds");
    want_error(below.error, L4_ERR_OWNER_DIED, "the last server's wait");
    want_error(v.error, L4_OK, "it has answered");
    want_error(v.again, L4_ERR_OWNER_DIED, "the wait of the one below");
    want_threads(k, 0, "nothing is left there");
    want_threads(other, 0, "nor above");
    below = (struct visit){.body = visit_nothing};
    v = (struct visit){.body = visit_call, .on = v.on, .next = &below};
    h = (struct hand){.body = hand_call, .on = gate_entry(k, L4_POOL_VISITORS), .visit = &v};
    hand_run(&h, victim_cpu);
    want_error(hand_result(&h), L4_OK, "the next is served");
    want_error(below.error, L4_OK, "to the end of the chain");
}

void check_owner_dies(void)
{
    struct kid *k = kid_new();
    v = (struct visit){.body = visit_event, .on = give(k, never, L4_RIGHT_WAIT)};
    owner_dies(k, L4_ERR_OWNER_DIED, "a wait for an event");
    v = (struct visit){.body = visit_pending};
    owner_dies(k, L4_ERR_OWNER_DIED, "a wait for the pending word");
    in_calls(k);
}

void check_owner_dies_above(void)
{
    struct kid *k = kid_new();
    in_a_servers_hands(k);
    in_a_chain(k, kid_new());
}
