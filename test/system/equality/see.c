// SPDX-License-Identifier: BSD-2-Clause
// What a party is promised to see (docs/abi.md) goes into the log of its world; registers that are undefined
// are looked at for values that no party put there.
#include <l4/utcb.h>
#include <l4/abi/ops.h>
#include "party.h"

#define FLAGS_CLEAN 0x202

uint64_t *register_word(struct regs *r, unsigned n)
{
    uint64_t *const at[L4_WORDS_REGS] = {&r->rdx, &r->r8,  &r->r9,  &r->r10,
                                         &r->r12, &r->r13, &r->r14, &r->r15};
    return at[n];
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9fb21c651e98df25ull;
    return hash ^ hash >> 29;
}

static uint64_t hash_registers(const struct regs *r)
{
    uint64_t hash = mix(mix(mix(mix(0, r->rdx), r->r8), r->r9), r->r10);
    return mix(mix(mix(mix(hash, r->r12), r->r13), r->r14), r->r15);
}

// All of them: what is no part of the message must be as it was.
static uint64_t hash_memory(const struct l4_utcb *utcb)
{
    uint64_t hash = 0;
    for (unsigned i = L4_WORDS_REGS; i < L4_WORDS_MAX; i++)
        hash = mix(hash, utcb->words[i]);
    return hash;
}

// No party put this value into a register that carries nothing.
static bool is_strange(uint64_t value)
{
    if (value == 0 || value == L4_DEADLINE_NEVER || value >> 48 == POISON)
        return false;
    for (unsigned i = 0; i < RECENT; i++) {
        if (WORLD->recent[i] == value)
            return false;
    }
    return true;
}

// Completes *e.
static void look(const struct party *p, const struct regs *r, struct entry *e, uint64_t bad, uint64_t number)
{
    if (r->word != r->rbx)
        bad |= BAD_WORD;
    e->who = (uint64_t)p->space << WHO_SPACE | (uint64_t)p->thread << WHO_THREAD | number << WHO_ENTRY |
             (uint64_t)(p->level & 0xff) << WHO_LEVEL | bad << WHO_BAD;
    e->rax = r->rax;
    e->rbx = r->rbx;
    e->rsp = r->rsp;
    e->flags = r->rflags | r->r11 << 32;
    e->words = hash_registers(r);
    e->memory = r->word == r->rbx ? hash_memory((const struct l4_utcb *)(uintptr_t)r->rbx) : 0;
}

static void put(const struct party *p, const struct regs *r, struct entry *e, uint64_t bad, uint64_t number)
{
    uint64_t at = WORLD->logged++;
    look(p, r, e, bad, number);
    if (at < LOG_MAX)
        WORLD->log[at] = *e;
}

static uint64_t bad_registers(const struct regs *r, uint64_t rcx)
{
    uint64_t bad = 0;
    if (r->rcx != rcx)
        bad |= BAD_RCX;
    if (r->r11 != FLAGS_CLEAN)
        bad |= BAD_R11;
    if (r->rflags != FLAGS_CLEAN)
        bad |= BAD_FLAGS;
    if (is_strange(r->rsi) || is_strange(r->rbp))
        bad |= BAD_STRANGE;
    return bad;
}

void see_answer(const struct party *p, const struct regs *in, const struct regs *out)
{
    struct entry e = {.asked = in->rax & ~L4_FLAG_TIMED, .handle = in->rdi};
    uint64_t bad = bad_registers(out, (uint64_t)(uintptr_t)raw_back);
    unsigned op = l4_tag_op(out->rax);
    if (op == L4_OP_CALL || op == L4_OP_SEND || op == L4_OP_FORWARD)
        e.rdi = out->rdi; // a request: the badge
    else if (is_strange(out->rdi))
        bad |= BAD_STRANGE;
    put(p, out, &e, bad, 0);
}

void see_entry(const struct party *p, unsigned number, const struct regs *r)
{
    struct entry e = {.rdi = r->rdi};
    if (p->level > WORLD->deepest)
        WORLD->deepest = p->level;
    put(p, r, &e, bad_registers(r, entry_table[number]), number + 1);
}

// All registers are as they were, but for what the instruction itself writes.
void see_foreign(const struct party *p, const struct regs *in, const struct regs *out)
{
    struct entry e = {.asked = in->rax, .handle = in->rdi};
    struct regs r = *out;
    bool same = r.rax == in->rax && r.rbx == in->rbx && r.rdi == in->rdi && r.rsi == in->rsi &&
                r.rbp == in->rbp && hash_registers(&r) == hash_registers(in) && r.rflags == in->rflags;
    r.rbx = r.word;
    put(p, &r, &e, same ? 0 : BAD_FOREIGN, 0);
}

// It is what the caller itself left there, or 0.
static bool is_own(uint64_t value, uint64_t before)
{
    return value == 0 || value == before;
}

// The kernel promises no word but the bits of a wait. PAIR: it is that of the partner that has asked.
void see_event(const struct party *p, const struct regs *in, const struct regs *out, struct pair *pair)
{
    struct entry e = {.asked = in->rax & ~L4_FLAG_TIMED, .handle = in->rdi};
    struct regs before = *in, after = *out;
    uint64_t bad = bad_registers(out, (uint64_t)(uintptr_t)(pair ? raw_partner_back : raw_back));
    bool taken = l4_tag_label(in->rax) == L4_EVENT_WAIT && l4_tag_label(out->rax) == L4_OK;
    bool own = is_own(out->rsi, in->rsi) && is_own(out->rdi, in->rdi) && is_own(out->rbp, in->rbp);
    for (unsigned i = taken; i < L4_WORDS_REGS; i++) {
        own = own && is_own(*register_word(&after, i), *register_word(&before, i));
        *register_word(&after, i) = 0;
    }
    bad = own ? bad & ~(uint64_t)BAD_STRANGE : bad | BAD_STRANGE;
    if (pair && pair->logged >= PAIR_LOG)
        return;
    if (!pair) {
        put(p, &after, &e, bad, 0);
        return;
    }
    look(p, &after, &pair->log[pair->logged++], bad, 0);
}
