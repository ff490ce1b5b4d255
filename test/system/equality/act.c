// SPDX-License-Identifier: BSD-2-Clause
// Single operations of a party: what it asks for, and of whom.
#include <l4/utcb.h>
#include <l4/abi/ops.h>
#include "party.h"

#define FLAG_DF 0x400u
#define FLAG_NT 0x4000u
#define FLAG_AC 0x40000u
#define LOG_LOW 400 // so little room left in the log: nothing new is begun
#define SPILL   5   // entries in which all pools of a space leave the records of the CPU

static uint64_t poison(struct party *p)
{
    return POISON << 48 | next_random(&p->random) >> 16;
}

void fill(struct party *p, struct regs *in, uint64_t tag, uint64_t handle)
{
    unsigned words = l4_tag_words(tag);
    uint64_t *memory = l4_utcb()->words + L4_WORDS_REGS;
    uint64_t flags = next_random(&p->random);
    in->rax = WORLD->timed ? tag | L4_FLAG_TIMED : tag;
    in->rdi = handle;
    in->rsi = poison(p);
    if (WORLD->timed)
        in->rsi = L4_DEADLINE_NEVER;
    in->rbx = poison(p);
    in->rbp = poison(p);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        *register_word(in, i) = next_random(&p->random);
    in->r8 = (uint64_t)(p->level + 1) << W1_LEVEL | (uint64_t)p->crossed << W1_CROSSED |
             (uint64_t)p->deep << W1_DEEP | (uint64_t)p->thread << W1_THREAD;
    in->rflags = 0x202 | (flags & (FLAG_DF | FLAG_NT | FLAG_AC | 1));
    for (unsigned i = 0; i < words && i < L4_WORDS_MEM_MAX; i++)
        memory[i] = next_random(&p->random);
}

void count(unsigned op, uint64_t answer)
{
    WORLD->asked[op]++;
    if (l4_tag_op(answer) == L4_OP_KERNEL && l4_tag_label(answer) < L4_ERR_COUNT)
        WORLD->errors[op][l4_tag_label(answer)]++;
}

// A visit to which somebody has sent items, and which ends by a forward, leaves its activation to be cleaned
// at the next entry that is no fast call (docs/abi.md: soon), and it is free only then. So one such entry
// comes before anything else in both worlds, or they would take different ones from then on: either is right,
// and another index is another UTCB, with other old words in it and other neighbours on its page. Likewise
// where somebody waits for an activation: free ones leave the records of the CPU, some at each entry that is
// no fast call, of which the end of a slice is one, at any moment.
static void let_clean(void)
{
    struct regs in = {.rax = l4_tag(L4_OP_CALL, L4_NOP, 0, 0) | L4_FLAG_TIMED,
                      .rsi = L4_DEADLINE_NEVER,
                      .rdi = WORLD->spaces[PRIVATE->space][CLIENT],
                      .rflags = 0x202};
    uint64_t entries = WORLD->behind;
    WORLD->behind = 0; // at such an entry others may run who ask, too
    for (; entries > 0; entries--)
        raw_call(&in);
}

// The system call, which is counted as OP.
static void ask_as(struct party *p, unsigned op, const struct regs *in, struct regs *out)
{
    bool hands_on = op == L4_OP_FORWARD && !p->home;
    let_clean();
    WORLD->behind = WORLD->pool_wait ? SPILL : hands_on;
    WORLD->pool_wait = 0;
    WORLD->recent[WORLD->recently++ % RECENT] = in->rdi;
    if (op == L4_OP_REPLY && !p->home) // does not come back if all is well
        count(op, 0);
    raw_call(in);
    *out = PRIVATE->seen;
    if (op == L4_OP_REPLY && !p->home)
        WORLD->asked[op]--;
    count(op, out->rax);
}

uint64_t ask(struct party *p, const struct regs *in, struct regs *out)
{
    unsigned op = l4_tag_op(in->rax);
    ask_as(p, op < CALLS_MAX ? op : 0, in, out);
    see_answer(p, in, out);
    return out->rax;
}

// A signal to an event or a wait on one.
uint64_t ask_event(struct party *p, const struct regs *in, struct regs *out)
{
    ask_as(p, l4_tag_label(in->rax) == L4_EVENT_WAIT ? COUNT_EVENT_WAIT : COUNT_SIGNAL, in, out);
    see_event(p, in, out, NULL);
    return out->rax;
}

uint64_t ask_gate(struct party *p, unsigned gate, const struct regs *in, struct regs *out)
{
    uint64_t answer;
    bool queue = gate != NO_GATE && gate >= ENTRIES;
    WORLD->pool_wait = gate < ENTRIES && WORLD->inside[gate] >= WORLD->pool[gate];
    if (queue)
        WORLD->calling[gate]++;
    answer = ask(p, in, out);
    if (queue && l4_tag_op(answer) == L4_OP_KERNEL && l4_tag_label(answer) != L4_OK &&
        l4_tag_label(answer) != L4_ERR_UTCB)
        WORLD->calling[gate]--; // it was not taken
    return answer;
}

// A tag with some words, rarely with too many, or items, or flags that are none.
uint64_t some_tag(struct party *p, unsigned op)
{
    uint64_t r = next_random(&p->random);
    uint64_t label = r >> 32, words = 0, items = 0, flags = 0;
    switch (r & 31) {
    case 0:
        words = 105 + (r >> 8) % 151;
        break;
    case 1:
        words = (r >> 8) % 105;
        items = (r >> 16) % 20;
        break;
    case 2:
        flags = r & 0x100 ? L4_FLAG_SHIELD : 1ull << (26 + (r >> 9) % 5);
        break;
    case 3:
    case 4:
    case 5:
    case 6:
        words = 1 + (r >> 8) % 104;
        break;
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
        words = 1 + (r >> 8) % 8;
        break;
    case 12:
        words = 104;
        break;
    default:
        break;
    }
    return l4_tag(op, label, words, items) | flags;
}

// A value that is no handle, near one that is.
uint64_t forge(struct party *p, uint64_t handle)
{
    switch (choose(p, 10)) {
    case 0:
        return handle | 1;
    case 1:
        return handle + 8;
    case 2:
        return handle ^ 1ull << 32;
    case 3:
        return handle + 0x200000;
    case 4:
        return (uint32_t)handle;
    case 5:
        return handle >> 32;
    case 6:
        return 0;
    case 7:
        return ~0ull;
    case 8:
        return (uint64_t)(l4_handle_index(handle) ^ 1) * L4_SLOT_SIZE;
    default:
        return handle ^ 1ull << choose(p, 5);
    }
}

// gate: where a call through it leads, NO_GATE if it leads nowhere.
uint64_t some_handle(struct party *p, unsigned *gate)
{
    uint64_t r = next_random(&p->random);
    const struct target *t =
        r & 1 ? &WORLD->target[(r >> 8) % GATES] : &WORLD->target[(r >> 8) % WORLD->targets];
    uint64_t handle = t->handle[p->space];
    *gate = t->rights & L4_RIGHT_CALL ? t->gate : NO_GATE;
    if ((r >> 1 & 7) != 0)
        return handle;
    *gate = NO_GATE;
    return forge(p, handle);
}

// A call there might wait for somebody further down in the chain.
bool would_wait(const struct party *p, unsigned gate)
{
    if (gate == NO_GATE)
        return false;
    if (gate >= ENTRIES)
        return WORLD->free[gate] == 0;
    return p->crossed && WORLD->inside[gate] >= WORLD->pool[gate];
}

static void call(struct party *p, unsigned op, uint64_t handle, unsigned gate)
{
    struct regs in, out;
    fill(p, &in, some_tag(p, op), handle);
    if (would_wait(p, gate)) {
        in.rax |= L4_FLAG_TIMED;
        in.rsi = L4_DEADLINE_POLL;
    }
    ask_gate(p, gate, &in, &out);
}

static void go_deeper(struct party *p)
{
    unsigned gate = p->level & 1 ? E_SECOND : E_FIRST;
    uint64_t r = next_random(&p->random);
    struct regs in, out;
    if (p->deep == DEEP_NEVER) // no queue: there another thread's depth begins
        gate = r & 31 ? gate : (unsigned)(r >> 8) % ENTRIES;
    else if ((r & 7) == 0)
        gate = (unsigned)(r >> 8) % GATES;
    if (would_wait(p, gate))
        gate = E_FIRST;
    if (would_wait(p, gate))
        return;
    fill(p, &in, l4_tag(r >> 16 & 15 ? L4_OP_CALL : L4_OP_SEND, r >> 32, r >> 20 & 3 ? 0 : r >> 24 & 63, 0),
         WORLD->target[gate].handle[p->space]);
    ask_gate(p, gate, &in, &out);
}

void act(struct party *p)
{
    unsigned gate;
    uint64_t handle, r = next_random(&p->random);
    if (WORLD->logged > LOG_MAX - LOG_LOW)
        return;
    if (p->deep) {
        if (p->level < p->deep)
            go_deeper(p);
        return;
    }
    if (WORLD->shallow && (r >> 16 & 3) == 0) {
        take_page(p);
        return;
    }
    switch (r & 63) {
    case 0:
    case 1:
    case 2:
    case 3:
        misuse(p);
        break;
    case 4:
    case 5:
        call_object(p);
        break;
    case 6:
        if (r >> 8 & 1)
            call_foreign(p);
        break;
    case 12:
    case 13:
    case 14:
    case 15:
        event_operation(p);
        break;
    case 16:
    case 17:
        meet_partners(p);
        break;
    default:
        handle = some_handle(p, &gate);
        call(p, (r & 63) < 12 ? L4_OP_SEND : L4_OP_CALL, handle, gate);
        break;
    }
}
