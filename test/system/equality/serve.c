// SPDX-License-Identifier: BSD-2-Clause
// The parties: a client that is told when to begin, visitors of entry gates, servers of queue gates.
#include <l4/abi/ops.h>
#include "party.h"

#define ATTEMPTS 100 // at an answer, before something must be wrong

void visit(void);
void thread_run(uint64_t number);

static void party_begin(struct party *p, struct regs *r)
{
    uint64_t w1 = r->r8;
    p->random = r->rdx;
    p->space = (unsigned)PRIVATE->space;
    p->level = w1 >> W1_LEVEL & 0xff;
    p->crossed = w1 >> W1_CROSSED & 1;
    p->deep = w1 >> W1_DEEP & 0xff;
    p->thread = w1 >> W1_THREAD & 0xff;
    p->home = false;
}

// What a request is answered for: other calls, fewer the deeper it is.
static void play(struct party *p)
{
    unsigned calls = 1;
    if (!p->deep)
        calls = p->level < 3 ? (unsigned)choose(p, 8) / 3 : p->level < 40 && choose(p, 3) == 0;
    for (unsigned i = 0; i < calls; i++)
        act(p);
}

// The visit ends as the last forwards it to another gate. Comes back if that failed.
static void hand_on(struct party *p, unsigned number)
{
    struct regs in, out;
    unsigned gate;
    uint64_t handle = some_handle(p, &gate);
    uint64_t tag = choose(p, 8) ? l4_tag(L4_OP_FORWARD, choose(p, 1000), 0, 0) : some_tag(p, L4_OP_FORWARD);
    if (p->level > 60)
        return;
    WORLD->inside[number]--;
    if (!would_wait(p, gate)) {
        fill(p, &in, tag, handle);
        ask_gate(p, gate, &in, &out);
    }
    WORLD->inside[number]++;
}

static L4_NORETURN void leave(struct party *p, unsigned number)
{
    struct regs in, out;
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        uint64_t r = choose(p, 32);
        if (r == 0) {
            misuse(p);
        } else if (r == 1) {
            hand_on(p, number);
        } else {
            fill(p, &in, some_tag(p, L4_OP_REPLY), r & 4 ? 0 : POISON << 48);
            WORLD->inside[number]--;
            ask(p, &in, &out);
            WORLD->inside[number]++;
        }
    }
    __builtin_trap();
}

// From the stub: an entry gate was entered.
void visit(void)
{
    struct regs r = PRIVATE->seen;
    unsigned number = (unsigned)PRIVATE->entry;
    struct party p;
    party_begin(&p, &r);
    WORLD->inside[number]++;
    see_entry(&p, number, &r);
    play(&p);
    leave(&p, number);
}

// The caller in hand goes on to another gate, if it can.
static void server_hands_on(struct party *p, unsigned gate)
{
    struct regs in, out;
    unsigned to;
    uint64_t handle = some_handle(p, &to);
    if (p->level > 60 || would_wait(p, to) || to == gate)
        return;
    fill(p, &in, some_tag(p, L4_OP_FORWARD), handle);
    WORLD->free[gate]++;
    ask_gate(p, to, &in, &out);
    WORLD->free[gate]--;
}

// An answer without a wait, and another one that finds nobody.
static void reply_twice(struct party *p, unsigned gate)
{
    struct regs in, out;
    uint64_t answer;
    fill(p, &in, some_tag(p, L4_OP_REPLY), 0);
    WORLD->free[gate]++;
    answer = ask(p, &in, &out);
    WORLD->free[gate]--;
    if (l4_tag_label(answer) != L4_OK)
        return;
    WORLD->free[gate]++;
    fill(p, &in, some_tag(p, L4_OP_REPLY), 0);
    ask(p, &in, &out);
    WORLD->free[gate]--;
}

// In the ways that servers have. Leaves in *in how to go on; returns the gate that is waited on then.
static unsigned server_answer(struct party *p, unsigned gate, bool in_hand, struct regs *in)
{
    struct regs out;
    const uint64_t *receive = WORLD->receive[p->thread];
    uint64_t r = next_random(&p->random);
    if ((r & 7) == 0)
        misuse(p);
    if ((r >> 3 & 15) == 0 && in_hand) { // answer first
        fill(p, in, some_tag(p, L4_OP_WAIT), receive[0]);
        ask(p, in, &out);
    }
    if ((r >> 8 & 15) == 0)
        reply_twice(p, gate);
    else if ((r >> 8 & 15) == 1)
        server_hands_on(p, gate);
    // whoever queues at the gate would wait there for ever
    if (p->thread == SERVE_BOTH && (r >> 12 & 3) == 0 && WORLD->calling[gate] == 0) {
        gate = gate == Q_TWO ? Q_OTHER : Q_TWO;
    }
    if (gate == Q_OTHER)
        receive = WORLD->receive_other;
    fill(p, in, l4_tag(L4_OP_REPLY_WAIT, r >> 32, (r >> 16 & 3) ? 0 : (r >> 20) % 105, 0),
         receive[(r >> 18 & 3) == 0]);
    return gate;
}

static L4_NORETURN void serve(struct party *p, unsigned gate)
{
    struct regs in, out;
    uint64_t tag;
    unsigned thread = p->thread;
    fill(p, &in, l4_tag(L4_OP_WAIT, 0, 0, 0), WORLD->receive[thread][0]);
    WORLD->serving++;
    for (;;) {
        WORLD->serving--;
        WORLD->free[gate]++;
        tag = ask(p, &in, &out);
        if (l4_tag_op(tag) == L4_OP_KERNEL)
            __builtin_trap();
        WORLD->serving++;
        WORLD->free[gate]--;
        if (WORLD->calling[gate])
            WORLD->calling[gate]--;
        party_begin(p, &out);
        p->thread = thread;
        p->crossed = true;
        p->home = true;
        play(p);
        gate = server_answer(p, gate, l4_tag_op(tag) == L4_OP_CALL, &in);
    }
}

static void step(struct party *p)
{
    p->random = WORLD->seed;
    for (uint64_t i = 0; i < WORLD->operations; i++) {
        uint64_t r = next_random(&p->random);
        p->deep = (r & 31) || WORLD->shallow ? 0 : (r >> 8 & 7) ? (r >> 16) % 30 : DEEP_NEVER;
        act(p);
    }
}

static L4_NORETURN void client(struct party *p)
{
    struct regs in, out;
    for (;;) {
        fill(p, &in, l4_tag(L4_OP_CALL, L4_EVENT_WAIT, 0, 0) | L4_FLAG_SHIELD, WORLD->event);
        in.rdx = 1;
        WORLD->idle = 1;
        (void)ask(p, &in, &out);
        WORLD->idle = 0;
        step(p);
        WORLD->steps++;
    }
}

// From the stub: a thread begins.
void thread_run(uint64_t number)
{
    static const uint8_t gates[PARTNER_SAME] = {0, Q_ONE, Q_TWO, Q_TWO, Q_LOW};
    struct party p = {
        .random = number, .space = (unsigned)PRIVATE->space, .thread = (unsigned)number, .home = true};
    if (number == T_CLIENT)
        client(&p);
    if (number >= PARTNER_SAME)
        partner(&p, (unsigned)number - PARTNER_SAME);
    p.crossed = true;
    serve(&p, gates[number]);
}
