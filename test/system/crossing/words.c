// SPDX-License-Identifier: BSD-2-Clause
// Memory words, sent and answered with the flags that bend copying: as many as the tag says, in order, and
// none behind them.
#include "test/system/crossing/cross.h"

#include <l4/ipc.h>
#include <l4/utcb.h>

#define FLAGS_BAD 0x244cd5 // DF among them
#define ADDED     0x10     // by the server, to the word where an exception has RIP
#define CLIENTS   0x7100000000ull
#define SERVERS   0x7200000000ull

static const unsigned counts[] = {
    0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 64, L4_WORDS_MEM_MAX - 1, L4_WORDS_MEM_MAX};

static void fill_words(struct l4_utcb *utcb, uint64_t pattern)
{
    for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
        utcb->words[L4_WORDS_REGS + i] = pattern + i;
}

// The client has sent SENT words, and the server, after it has added to one, as many as ANSWERED.
static void look_words(const struct l4_utcb *mine, const struct l4_utcb *theirs, unsigned sent,
                       unsigned answered)
{
    for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++) {
        uint64_t added = i == L4_REG_RIP ? ADDED : 0;
        uint64_t there = (i < sent ? CLIENTS : SERVERS) + i + added;
        uint64_t here = i < answered ? there : CLIENTS + i;
        if (theirs->words[L4_WORDS_REGS + i] != there)
            wrong("a word of the request", theirs->words[L4_WORDS_REGS + i], there);
        if (mine->words[L4_WORDS_REGS + i] != here)
            wrong("a word of the answer", mine->words[L4_WORDS_REGS + i], here);
    }
}

static void exchange(uint64_t gate, unsigned sent, unsigned answered)
{
    struct block *out = &data[CLIENT].out, *answer = &data[SERVER].out;
    bool queue = gate != entry_gate;
    uint64_t tag = l4_tag(queue ? L4_OP_REPLY_WAIT : L4_OP_REPLY, 4, answered, 0);
    unsigned index;
    fill(out, CLIENT, sent, l4_tag(L4_OP_CALL, 3, sent, 0), gate);
    fill(answer, SERVER, answered, tag, queue ? L4_HANDLE_FIRST(SLOT_QUEUE) : 0);
    out->flags = answer->flags = FLAGS_BAD;
    data[SERVER].skip = ADDED;
    fill_words(l4_utcb(), CLIENTS);
    for (index = 0; index < KID_INDICES; index++)
        fill_words(kid_utcb(SERVER, index), SERVERS);
    cross_main();
    data[SERVER].skip = 0;
    if (data[CLIENT].in.r[L4_REG_RAX] != tag)
        wrong("the answer", data[CLIENT].in.r[L4_REG_RAX], tag);
    if (data[CLIENT].in.flags != 0x202 || data[SERVER].in.flags != 0x202)
        wrong("RFLAGS", data[SERVER].in.flags, 0x202);
    index = (unsigned)((data[SERVER].in.r[L4_REG_RBX] - KID_UTCB) / L4_UTCB_SIZE);
    if (index < KID_INDICES)
        look_words(l4_utcb(), kid_utcb(SERVER, index), sent, answered);
    else
        wrong("the server's UTCB", index, 0);
}

void check_words(void)
{
    static const char *const names[] = {"check_words: an entry gate", "check_words: a queue gate"};
    for (unsigned queue = 0; queue < 2; queue++) {
        case_begin(names[queue]);
        for (unsigned i = 0; i < L4_ARRAY_SIZE(counts) * L4_ARRAY_SIZE(counts); i++)
            exchange(queue ? queue_gate[0] : entry_gate, counts[i % L4_ARRAY_SIZE(counts)],
                     counts[i / L4_ARRAY_SIZE(counts)]);
        case_end();
        *(queue ? &queue_before[0] : &visit_before) = data[SERVER].out; // what follows compares with it
    }
}
