// SPDX-License-Identifier: BSD-2-Clause
// What a party asks for that is no call through a gate, or cannot be had.
#include <l4/abi/layout.h>
#include <l4/abi/ops.h>
#include <l4/proto/layout.h>
#include "party.h"

// One with which reply_wait and wait give an error at once: away from home there is no other.
static uint64_t bad_receiver(struct party *p)
{
    const struct target *t = &WORLD->target[choose(p, WORLD->targets)];
    uint64_t handle = t->handle[p->space];
    bool good = t->gate != NO_GATE && t->gate >= ENTRIES && t->rights & L4_RIGHT_WAIT;
    if ((good && p->home) || choose(p, 8) == 0)
        handle = forge(p, handle);
    return handle ? handle : ~0ull; // 0 would be the own pending word
}

// A call on anything that is harmless on everything.
void call_object(struct party *p)
{
    struct regs in, out;
    const struct target *t = &WORLD->target[choose(p, WORLD->targets)];
    uint64_t labels[] = {L4_NOP, L4_NOP, 0, 0x0f, 0xff, 0x12345};
    if (t->gate != NO_GATE)
        return;
    fill(p, &in, l4_tag(L4_OP_CALL, labels[choose(p, L4_ARRAY_SIZE(labels))], choose(p, 3), 0),
         t->handle[p->space]);
    ask(p, &in, &out);
}

// No system call of this kernel's: the exception handler lets the thread go on, with all it had.
void call_foreign(struct party *p)
{
    struct regs in, out;
    uint64_t r = next_random(&p->random);
    if (p->level > 4)
        return;
    fill(p, &in, 0, r >> 8);
    in.rax = r & 1 ? r >> 33 : (some_tag(p, 1 + (unsigned)(r >> 8) % 6) & ~L4_FLAG_NATIVE);
    in.rsi = in.rbp;
    in.rflags = 0x202;
    raw_call(&in);
    out = PRIVATE->seen;
    see_foreign(p, &in, &out);
}

// Calls that cannot succeed, and do not block.
void misuse(struct party *p)
{
    struct regs in, out;
    uint64_t r = next_random(&p->random);
    unsigned op = r & 1 ? L4_OP_REPLY_WAIT : L4_OP_WAIT;
    if ((r >> 8 & 7) == 0)
        op = 7 + (r >> 16) % 0xf9;
    fill(p, &in, some_tag(p, op), bad_receiver(p));
    ask(p, &in, &out);
    if (!p->home || p->thread != T_CLIENT)
        return;
    // nobody to answer, and nothing to hand on
    fill(p, &in, some_tag(p, r & 0x1000 ? L4_OP_REPLY : L4_OP_FORWARD), bad_receiver(p));
    if (r & 0x2000)
        in.rdi = WORLD->target[choose(p, GATES)].handle[p->space];
    ask(p, &in, &out);
}

// A page of UTCBs goes, of whoever may be in the middle of a call; the pager gives it back when it is missed.
void take_page(struct party *p)
{
    struct regs in, out;
    uint64_t space = choose(p, SPACES), page = choose(p, UTCB_PAGES);
    if (p->level == 1 && choose(p, 4)) { // that of the client, who waits for this answer
        space = CLIENT;
        page = 0;
    }
    fill(p, &in, l4_tag(L4_OP_CALL, L4_SPACE_UNMAP, 0, 0), WORLD->spaces[p->space][space]);
    WORLD->taken[space] |= 1ull << page;
    in.rdx = L4_UTCB_BASE + page * L4_PAGE_SIZE;
    in.r8 = L4_PAGE_SIZE;
    in.r9 = L4_UNMAP_OWN;
    in.r10 = 0;
    ask(p, &in, &out);
}
