// SPDX-License-Identifier: BSD-2-Clause
// Faults: all general registers and RFLAGS of the one that faulted come back, whatever its handler did with
// its own; what the handler sees is the message. Handlers here are hostile in all but the contract, and leave
// vector registers as badly as they like: a handler is trusted with them.
#include "test/system/crossing/cross.h"

#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>

#define FLAGS_KEPT 0x240cd5 // what popfq can set and an exception's answer brings back
#define ROUNDS     8

struct fault {
    enum how how;
    uint64_t answer, vector, skip;
};
static const struct fault faults[] = {
    {HOW_INT3, L4_EXC_RESUME, 3, 0},
    {HOW_INT3, L4_EXC_RESUME_REGS, 3, 0},
    {HOW_UD2, L4_EXC_RESUME_REGS, 6, 2},
};

// The handler's own values, and its answer.
static void prepare(enum side side, unsigned round, const struct fault *f)
{
    unsigned words = f->answer == L4_EXC_RESUME_REGS ? L4_REG_COUNT : 0;
    fill(&data[side].out, side, round, l4_tag(L4_OP_REPLY, f->answer, words, 0), 0);
    data[side].out.flags = 0x244cd5;
    data[side].skip = f->skip;
    data[side].count = 0;
}

// What the handler was told: numbers of the fault, registers in the memory words, nothing of the kernel.
static void look_message(enum side handler, const struct block *faulted, const struct fault *f,
                         uint64_t badge)
{
    const struct block *in = &data[handler].in;
    uint64_t utcb = in->r[L4_REG_RBX];
    const uint64_t *w;
    unsigned index = (unsigned)((utcb - KID_UTCB) / L4_UTCB_SIZE);
    if (utcb != KID_UTCB + (uint64_t)index * L4_UTCB_SIZE || index >= KID_INDICES) {
        wrong("the handler's UTCB", utcb, KID_UTCB);
        return;
    }
    w = kid_utcb(handler, index)->words + L4_WORDS_REGS;
    if (in->r[L4_REG_RAX] != l4_tag(L4_OP_FAULT, L4_FAULT_EXCEPTION, L4_REG_COUNT, 0))
        wrong("the message", in->r[L4_REG_RAX], L4_OP_FAULT);
    if (in->r[L4_REG_RDI] != badge)
        wrong("the badge", in->r[L4_REG_RDI], badge);
    if (in->r[L4_REG_RDX] != f->vector || in->r[L4_REG_R10] != 0)
        wrong("the vector", in->r[L4_REG_RDX], f->vector);
    if (in->r[L4_REG_R9] != faulted->rsp)
        wrong("the stack pointer", in->r[L4_REG_R9], faulted->rsp);
    if (in->flags != 0x202 || in->r[L4_REG_R11] != 0x202)
        wrong("RFLAGS", in->flags, 0x202);
    for (unsigned r = L4_REG_RSI; r <= L4_REG_RBP; r += L4_REG_RBP - L4_REG_RSI) {
        if (in->r[r] != 0 && in->r[r] != faulted->r[r] && in->r[r] >> 32 != data[handler].out.r[r] >> 32)
            wrong(r == L4_REG_RSI ? "rsi" : "rbp", in->r[r], 0);
    }
    for (unsigned r = 0; r < GENERAL; r++) {
        if (w[r] != faulted->r[r])
            wrong("a register in the message", w[r], faulted->r[r]);
    }
    look_vectors(in, SIDE(CLIENT) | SIDE(SERVER) | SIDE(SECOND));
}

// The client's own space is handled by SERVER.
static void check_client_faults(void)
{
    struct side_data *me = &data[CLIENT];
    int error = l4_space_set_gate(L4_CAP_SPACE, L4_GATE_EXCEPTION, entry_gate);
    tap_error(error, L4_OK, "a hostile handler");
    case_begin("check_client_faults");
    for (unsigned i = 0; i < ROUNDS * L4_ARRAY_SIZE(faults) && !error; i++) {
        const struct fault *f = &faults[i / ROUNDS];
        prepare(SERVER, i, f);
        fill(&me->out, CLIENT, i, 0x1234567800000001, 0xffff900000000001);
        me->out.flags = FLAGS_KEPT;
        me->out.how = f->how;
        cross_main();
        look_message(SERVER, &me->out, f, BADGE);
        look_same(&me->in, &me->out);
    }
    case_end();
    tap_error(l4_space_set_gate(L4_CAP_SPACE, L4_GATE_EXCEPTION, 0), L4_OK, "it goes");
}

// A server faults in a visit of the client; SECOND handles it.
static void check_server_faults(void)
{
    struct side_data *server = &data[SERVER];
    server->skip = 0;
    for (unsigned i = 0; i < 2 * L4_ARRAY_SIZE(faults); i++) {
        const struct fault *f = &faults[i / 2];
        bool queue = i & 1;
        case_begin(queue ? "check_server_faults: a queue server" : "check_server_faults: in a visit");
        prepare(SECOND, i, f);
        fill(&server->try, SERVER, i, 0x1234567800000001, 0xffff900000000001);
        server->try.flags = FLAGS_KEPT;
        server->try.how = f->how;
        server->trying = 1;
        if (queue)
            call_queue(&(struct call_case){.round = i}, 0);
        else
            call_entry(&(struct call_case){.round = i});
        look_message(SECOND, &server->try, f, BADGE);
        look_same(&server->err, &server->try);
        case_end();
    }
}

// A handler that answers with the registers it was told changes nothing.
static void check_nested_task(void)
{
    struct side_data *server = &data[SERVER];
    case_begin("check_nested_task");
    prepare(SECOND, 1, &faults[1]);
    fill(&server->try, SERVER, 1, 0x1234567800000001, 0);
    server->try.flags = FLAGS_KEPT | 0x4000;
    server->try.how = HOW_INT3;
    server->trying = 1;
    call_entry(&(struct call_case){.round = 1});
    look_same(&server->err, &server->try);
    case_end();
}

// Page faults of the client are the system pager's: it is entered with everything the client left, and the
// client finds all of it again.
static void check_page_faults(void)
{
    struct side_data *me = &data[CLIENT];
    void *pages;
    int error = l4_memory_alloc(ROUNDS * L4_PAGE_SIZE, &pages);
    tap_error(error, L4_OK, "pages");
    case_begin("check_page_faults");
    for (unsigned i = 0; i < ROUNDS && !error; i++) {
        fill(&me->out, CLIENT, i, 0x1234567800000001, 0xffff900000000001);
        me->out.flags = 0x244cd5;
        me->out.how = HOW_TOUCH;
        me->out.rsp = (uint64_t)(uintptr_t)pages + i * L4_PAGE_SIZE;
        cross_main();
        look_same(&me->in, &me->out);
        look_vectors_same(&me->in, &me->out);
    }
    case_end();
    if (!error)
        tap_error(l4_memory_free(pages, ROUNDS * L4_PAGE_SIZE), L4_OK, "they go");
}

void check_faults(void)
{
    check_client_faults();
    check_server_faults();
    check_nested_task();
    check_page_faults();
}
