// SPDX-License-Identifier: BSD-2-Clause
// What a side may see of the other one. Every value that a side leaves in a register is one that nobody else
// has there: see cross.h.
#include "test/system/crossing/cross.h"

#include <l4/string.h>
#include <l4/tap.h>

#define FLAGS_CLEAN 0x202
#define MARK        0x7ac0ull // bits 48 to 63 of what lies in vector registers and segment bases, less the side
#define NOTES       8         // of one case
#define USER_DATA   0x1b
#define MXCSR_CLEAN 0x1f80
#define FCW_CLEAN   0x37f

static const char *const names[GENERAL] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
                                           "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
static const uint8_t word_of[L4_WORDS_REGS] = {L4_REG_RDX, L4_REG_R8,  L4_REG_R9,  L4_REG_R10,
                                               L4_REG_R12, L4_REG_R13, L4_REG_R14, L4_REG_R15};
// Control words that no two sides share, the server's with exceptions on.
static const uint32_t mxcsrs[SIDES] = {0x0040, 0x9f40, 0xbf80, 0x7fc0};
static const uint16_t fcws[SIDES] = {0x0340, 0x0f7e, 0x0b7f, 0x077f};
static const uint16_t fsws[SIDES] = {0, 0x8081, 0, 0x3800}; // the server's: an exception waits

static const char *case_name;
static unsigned findings;

void case_begin(const char *name)
{
    case_name = name;
    findings = 0;
}

void case_end(void)
{
    tap_ok(findings == 0, "%s", case_name);
    if (findings > NOTES)
        tap_note("%u findings", findings);
}

void wrong(const char *what, uint64_t value, uint64_t expected)
{
    if (findings++ < NOTES)
        tap_note("%s: %s is 0x%lx, not 0x%lx", case_name, what, value, expected);
}

static void equal(const char *what, uint64_t value, uint64_t expected)
{
    if (value != expected)
        wrong(what, value, expected);
}

static uint64_t mark(enum side side, unsigned round, unsigned n)
{
    return (MARK | side) << 48 | (uint64_t)(round & 0xff) << 16 | n;
}

static void fill_vectors(struct block *b, enum side side, unsigned round)
{
    b->fcw = fcws[side];
    b->fsw = fsws[side];
    b->ftw = 0xff; // full
    b->fop = (uint16_t)(0x100 | side);
    b->fip = b->fdp = (uint64_t)(side + 1) << 40 | round;
    b->mxcsr = mxcsrs[side];
    for (unsigned i = 0; i < 8; i++) {
        b->st[i][0] = mark(side, round, i) | 1ull << 63;
        b->st[i][1] = 0x4000;
    }
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned k = 0; k < 2; k++) {
            b->xmm[i][k] = mark(side, round, 16 + 2 * i + k);
            b->ymm[i][k] = mark(side, round, 64 + 2 * i + k);
        }
    }
    b->fs = (mark(side, round, 0) & 0x7fffffffffff) | 1ull << 46 | (uint64_t)side << 40;
    b->gs = b->fs | 1;
}

void fill(struct block *b, enum side side, unsigned round, uint64_t tag, uint64_t rdi)
{
    uint64_t base = (round & 1 ? 0xffffa00000000000ull : 0x0000100000000000ull) | (uint64_t)side << 36;
    *b = (struct block){.flags = 2, .ss = USER_DATA, .how = HOW_PLAIN};
    for (unsigned i = 0; i < GENERAL; i++)
        b->r[i] = base | (uint64_t)(round & 0xffff) << 12 | i << 4 | 5;
    b->r[L4_REG_RAX] = tag;
    b->r[L4_REG_RDI] = rdi;
    b->rsp = base | 0xff8;
    fill_vectors(b, side, round);
}

static bool is_of(uint64_t value, unsigned sides)
{
    return value == 0 || ((value >> 48 & 0x7ff0) == MARK && sides >> (value >> 48 & 15) & 1);
}

static void look_control(const struct block *in, unsigned sides)
{
    bool mxcsr = in->mxcsr == MXCSR_CLEAN, fcw = in->fcw == FCW_CLEAN;
    for (unsigned side = 0; side < SIDES; side++) {
        mxcsr |= (sides >> side & 1) && in->mxcsr == mxcsrs[side];
        fcw |= (sides >> side & 1) && in->fcw == fcws[side];
    }
    if (!mxcsr)
        wrong("MXCSR", in->mxcsr, MXCSR_CLEAN);
    if (!fcw)
        wrong("the x87 control word", in->fcw, FCW_CLEAN);
}

// Addresses of the last x87 instruction and its operand.
static void look_pointers(const struct block *in, unsigned sides)
{
    const uint64_t pointer[2] = {in->fip, in->fdp};
    for (unsigned i = 0; i < 2; i++) {
        uint64_t side = (pointer[i] >> 40) - 1;
        if (pointer[i] != 0 && (side >= SIDES || !(sides >> side & 1)))
            wrong(i ? "the x87 operand" : "the x87 instruction", pointer[i], 0);
    }
}

static void look_bases(const struct block *in, unsigned sides)
{
    const uint64_t base[2] = {in->fs, in->gs};
    for (unsigned i = 0; i < 2 && data[CLIENT].has_bases; i++) {
        if (base[i] != 0 && !(sides >> (base[i] >> 40 & 15) & 1))
            wrong(i ? "GS base" : "FS base", base[i], 0);
    }
}

void look_vectors(const struct block *in, unsigned sides)
{
    look_control(in, sides);
    look_pointers(in, sides);
    look_bases(in, sides);
    for (unsigned i = 0; i < 8; i++) {
        if (!is_of(in->st[i][0], sides))
            wrong("an x87 register", in->st[i][0], 0);
    }
    for (unsigned i = 0; i < 32; i++) {
        if (!is_of(in->xmm[i / 2][i % 2], sides))
            wrong("an xmm register", in->xmm[i / 2][i % 2], 0);
        if (data[CLIENT].has_avx && !is_of(in->ymm[i / 2][i % 2], sides))
            wrong("a ymm register", in->ymm[i / 2][i % 2], 0);
    }
}

void look_vectors_same(const struct block *in, const struct block *own)
{
    equal("MXCSR", in->mxcsr, own->mxcsr);
    equal("the x87 control word", in->fcw, own->fcw);
    for (unsigned i = 0; i < 8; i++)
        equal("an x87 register", in->st[i][0], own->st[i][0]);
    for (unsigned i = 0; i < 32; i++) {
        equal("an xmm register", in->xmm[i / 2][i % 2], own->xmm[i / 2][i % 2]);
        if (data[CLIENT].has_avx)
            equal("a ymm register", in->ymm[i / 2][i % 2], own->ymm[i / 2][i % 2]);
    }
    if (data[CLIENT].has_bases) {
        equal("FS base", in->fs, own->fs);
        equal("GS base", in->gs, own->gs);
    }
}

void look_segments(const struct block *in)
{
    static const char *const segments[4] = {"DS", "ES", "FS", "GS"};
    for (unsigned i = 0; i < 4; i++)
        equal(segments[i], in->segment[i], 0);
}

// A register that is promised to nobody: what one of the two left there, or 0.
static void left_or_zero(const struct sight *s, unsigned r)
{
    uint64_t value = s->in->r[r];
    bool own = s->own && value == s->own->r[r];
    bool partner = s->partner && value == s->partner->r[r];
    if (value != 0 && !own && !partner)
        wrong(names[r], value, s->partner ? s->partner->r[r] : 0);
}

static void look_words(const struct sight *s)
{
    for (unsigned i = 0; i < L4_WORDS_REGS; i++) {
        unsigned r = word_of[i];
        uint64_t value = s->in->r[r];
        if (s->words)
            equal(names[r], value, s->partner->r[r]);
        else if (value != 0 && !(s->own && value == s->own->r[r]))
            wrong(names[r], value, s->own ? s->own->r[r] : 0);
    }
}

void look(const struct sight *s)
{
    const uint64_t *r = s->in->r;
    equal("RFLAGS", s->in->flags, FLAGS_CLEAN);
    equal("rax", r[L4_REG_RAX], s->tag);
    equal("rbx", r[L4_REG_RBX], s->utcb);
    equal("rcx", r[L4_REG_RCX], s->rip);
    equal("r11", r[L4_REG_R11], FLAGS_CLEAN);
    equal("rsp", s->in->rsp, s->rsp);
    look_words(s);
    if (s->badge)
        equal("rdi", r[L4_REG_RDI], s->rdi);
    else
        left_or_zero(s, L4_REG_RDI);
    left_or_zero(s, L4_REG_RSI);
    left_or_zero(s, L4_REG_RBP);
    look_vectors(s->in, s->sides);
}

void look_general_same(const struct block *in, const struct block *own)
{
    for (unsigned i = 0; i < GENERAL; i++)
        equal(names[i], in->r[i], own->r[i]);
}

void look_same(const struct block *in, const struct block *own)
{
    look_general_same(in, own);
    equal("rsp", in->rsp, own->rsp);
    equal("RFLAGS", in->flags, own->flags | FLAGS_CLEAN);
}

void look_error(const struct block *in, const struct block *own, int error, uint64_t utcb, unsigned sides)
{
    const struct sight s = {.in = in,
                            .own = own,
                            .tag = l4_tag(L4_OP_KERNEL, (uint64_t)error, 0, 0),
                            .rip = own->return_address,
                            .rsp = own->rsp,
                            .utcb = utcb,
                            .sides = sides};
    look(&s);
}
