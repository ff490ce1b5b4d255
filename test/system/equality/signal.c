// SPDX-License-Identifier: BSD-2-Clause
// Events among what parties do: signals and waits on all sorts of capabilities, and turns with partners.
#include <l4/program.h>
#include <l4/abi/ops.h>
#include "party.h"

#define ROUNDS    4     // with a partner, at most
#define PAIR_LEFT 8     // entries in a partner's log: nothing new is begun
#define A_WHILE   20000 // ns

// What TARGET has pending, as far as somebody with its rights may take it; ~0: whoever waits is told so at
// once, whatever it waits for.
static uint64_t pending(const struct target *t)
{
    return t->event < BOUND && t->rights & L4_RIGHT_WAIT ? WORLD->pending[t->event] : ~0ull;
}

// The client, with nobody in the middle of anything or about to be, so that time may pass.
static bool is_alone(const struct party *p)
{
    bool alone = p->home && p->thread == T_CLIENT && WORLD->serving == 0;
    for (unsigned i = ENTRIES; i < GATES; i++)
        alone = alone && WORLD->calling[i] == 0;
    for (unsigned i = 0; i < PAIRS; i++)
        alone = alone && !WORLD->pair[i].busy;
    return alone;
}

// A wait for what is not there has to end nevertheless.
static void end_wait(struct party *p, struct regs *in)
{
    bool cancelled = p->thread == T_CLIENT && WORLD->cancelled && !(in->rax & L4_FLAG_SHIELD);
    uint64_t r = next_random(&p->random);
    if (cancelled && r & 3)
        return;
    in->rax |= L4_FLAG_TIMED;
    in->rsi = L4_DEADLINE_POLL;
    if ((r >> 8 & 7) == 0)
        in->rsi = 1 + (r >> 16) % 1000; // the machine was not up yet
    else if ((r >> 8 & 7) == 1 && is_alone(p))
        in->rsi = l4_clock() + A_WHILE;
}

static const struct target *some_event(struct party *p)
{
    const struct target *t;
    do {
        t = &WORLD->target[choose(p, WORLD->targets)];
    } while (t->gate != NO_GATE || (t->event == NO_EVENT && choose(p, 8)));
    return t;
}

// Bits to signal or to wait for: none, few, many; those of a wait now and then with some that are there, or
// with none of them.
static uint64_t some_bits(struct party *p, uint64_t there)
{
    uint64_t r = next_random(&p->random), bits = next_random(&p->random) & next_random(&p->random);
    switch (r & 7) {
    case 0:
        return 0;
    case 1:
    case 2:
        return bits & ~there;
    case 3:
    case 4:
        return (bits & 0xff) | (there & next_random(&p->random));
    case 5:
        return bits & 0xff;
    default:
        return bits;
    }
}

// A signal, or a wait that ends at once or after a while.
static void one_operation(struct party *p)
{
    struct regs in, out;
    const struct target *t = some_event(p);
    uint64_t r = next_random(&p->random), bits;
    bool wait = r & 1, forged = (r >> 8 & 15) == 0;
    uint64_t answer, handle = t->handle[p->space];
    bits = some_bits(p, wait && t->event < BOUND ? WORLD->pending[t->event] : 0);
    fill(p, &in,
         l4_tag(L4_OP_CALL, wait ? L4_EVENT_WAIT : L4_EVENT_SIGNAL, 0, 0) |
             ((r >> 24 & 3) ? 0 : (uint32_t)some_tag(p, 0)),
         forged ? forge(p, handle) : handle);
    in.rdx = bits;
    if (wait && !(pending(t) & bits))
        end_wait(p, &in);
    answer = ask_event(p, &in, &out);
    if (forged || l4_tag_label(answer) != L4_OK || t->event >= BOUND)
        return;
    if (wait)
        WORLD->pending[t->event] &= ~bits;
    else
        WORLD->pending[t->event] |= bits;
}

void event_operation(struct party *p)
{
    // rarely is anybody cancelled
    for (unsigned n = p->thread == T_CLIENT && WORLD->cancelled ? 6 : 1; n > 0; n--)
        one_operation(p);
}

// What a turn consists of: tags that are in order, mostly without words.
static void turn(struct party *p, uint64_t label, uint64_t handle, uint64_t bits)
{
    struct regs in, out;
    uint64_t words = choose(p, 16) ? 0 : 1 + choose(p, 104);
    fill(p, &in, l4_tag(L4_OP_CALL, label, words, 0), handle);
    if (label == L4_EVENT_WAIT && p->thread == T_CLIENT && WORLD->cancelled)
        in.rax |= L4_FLAG_SHIELD;
    in.rdx = bits;
    ask_event(p, &in, &out);
}

// Bits that the partner does not wait for come and go.
static void beside(struct party *p, struct pair *pair)
{
    struct regs in, out;
    uint64_t handle = pair->asked[p->space];
    uint64_t bits = next_random(&p->random) & ~pair->mask;
    if (bits && choose(p, 2)) {
        turn(p, L4_EVENT_SIGNAL, handle, bits);
        pair->asked_pending |= bits;
    }
    bits = next_random(&p->random) & ~pair->mask;
    if (!bits || choose(p, 2))
        return;
    if (pair->asked_pending & bits) {
        turn(p, L4_EVENT_WAIT, handle, bits);
    } else {
        fill(p, &in, l4_tag(L4_OP_CALL, L4_EVENT_WAIT, 0, 0) | L4_FLAG_TIMED, handle);
        in.rdx = bits;
        in.rsi = L4_DEADLINE_POLL;
        ask_event(p, &in, &out);
    }
    pair->asked_pending &= ~bits;
}

static void ask_partner(struct party *p, struct pair *pair)
{
    uint64_t bits = PAIR_GO | next_random(&p->random);
    pair->busy = 1;
    pair->asked_pending = (pair->asked_pending | bits) & ~pair->mask;
    pair->want = PAIR_GO | (next_random(&p->random) & ~pair->answered_pending);
    turn(p, L4_EVENT_SIGNAL, pair->asked[p->space], bits);
}

static void hear_partner(struct party *p, struct pair *pair)
{
    turn(p, L4_EVENT_WAIT, pair->answered[p->space], pair->want);
    pair->answered_pending = (pair->answered_pending | pair->answer) & ~pair->want;
    pair->busy = 0;
}

static bool is_free(const struct pair *pair)
{
    return !pair->busy && pair->logged < PAIR_LOG - PAIR_LEFT;
}

// Some turns with partners of this thread, with one or with both at a time; now and then something else comes
// between the question and the answer.
void meet_partners(struct party *p)
{
    struct pair *pair = &WORLD->pair[p->thread == T_CLIENT ? choose(p, 2) : 2], *other = pair;
    if (p->thread == T_CLIENT && choose(p, 4) == 0)
        other = &WORLD->pair[pair == &WORLD->pair[0]];
    if (p->thread != T_CLIENT && p->thread != SERVE_TWO)
        return;
    for (uint64_t i = 1 + choose(p, ROUNDS); i > 0 && is_free(pair) && is_free(other); i--) {
        if (choose(p, 4) == 0)
            beside(p, pair);
        ask_partner(p, pair);
        if (other != pair)
            ask_partner(p, other);
        if (choose(p, 8) == 0)
            act(p);
        hear_partner(p, pair);
        if (other != pair)
            hear_partner(p, other);
    }
}

static uint64_t partner_turn(struct party *p, struct pair *pair, uint64_t label, uint64_t handle,
                             uint64_t bits)
{
    struct regs in, out;
    fill(p, &in, l4_tag(L4_OP_CALL, label, 0, 0), handle);
    in.rdx = bits;
    raw_partner(&in);
    out = PRIVATE->partner_seen;
    count(label == L4_EVENT_WAIT ? COUNT_EVENT_WAIT : COUNT_SIGNAL, out.rax);
    see_event(p, &in, &out, pair);
    if (l4_tag_label(out.rax) != L4_OK)
        __builtin_trap();
    return out.rdx;
}

// Answers once for each time it is asked. The bits that it takes are not looked at but in the log.
void partner(struct party *p, unsigned number)
{
    struct pair *pair = &WORLD->pair[number];
    for (;;) {
        uint64_t extra, answer;
        partner_turn(p, pair, L4_EVENT_WAIT, pair->asked[p->space], pair->mask);
        extra = choose(p, 4) ? 0 : next_random(&p->random) & ~pair->want;
        answer = PAIR_GO | next_random(&p->random);
        pair->answer = answer | extra;
        pair->mask = PAIR_GO | (next_random(&p->random) & ~pair->asked_pending);
        if (extra)
            partner_turn(p, pair, L4_EVENT_SIGNAL, pair->answered[p->space], extra);
        partner_turn(p, pair, L4_EVENT_SIGNAL, pair->answered[p->space], answer);
    }
}
