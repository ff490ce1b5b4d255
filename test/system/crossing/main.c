// SPDX-License-Identifier: BSD-2-Clause
// What crosses with a call and what does not (docs/security.md, "What crosses"): a hostile caller and hostile
// servers in spaces of their own, in assembly, through entry gates and queue gates. Each side fills every
// register, every flag and all vector state before it enters the kernel, and writes down what it finds when
// it leaves it; this program compares.
//
//   crossing [iret]  flags also by iretq, which QEMU takes for an access of the kernel where there is SMAP;
//                on as many CPUs as the machine has, at most 4: queue servers on each, the caller on each
#include "test/system/crossing/cross.h"

#include <l4/cap.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define LABEL_CALL  0x11223344
#define LABEL_REPLY 0x55667788
#define FLAGS_CLEAN 0x202
#define ROUNDS      32 // the registers, with as many sets of values

#define FLAG_TF    0x100u
#define FLAG_DF    0x400u
#define FLAG_IOPL  0x3000u // a program cannot have it
#define FLAG_NT    0x4000u
#define FLAG_RF    0x10000u
#define FLAG_AC    0x40000u
#define FLAG_VIP   0x180000u // VIF and VIP: nor these
#define FLAG_ID    0x200000u
#define FLAGS_MATH 0x8d5u // CF PF AF ZF SF OF

// A call of the client with values of its own, and the answer that the server has ready.
static void prepare(const struct call_case *c, uint64_t op, uint64_t gate, uint64_t reply, uint64_t rdi)
{
    struct block *out = &data[CLIENT].out, *answer = &data[SERVER].out;
    fill(out, CLIENT, c->round, l4_tag(op, LABEL_CALL, 0, 0), gate);
    out->flags = c->flags | 2;
    out->how = c->client;
    if (c->rsp)
        out->rsp = c->rsp;
    fill(answer, SERVER, c->round + 7, l4_tag(reply, LABEL_REPLY, 0, 0), rdi);
    answer->flags = c->flags | 2;
    answer->how = c->server;
}

// The stack pointer that a side has at its system call.
static uint64_t rsp_of(const struct block *b)
{
    bool own = b->how == HOW_PLAIN || b->how == HOW_IRET;
    return own ? b->rsp : CROSS_DATA + offsetof(struct side_data, out) + offsetof(struct block, rsp);
}

static void look_answer(uint64_t op)
{
    const struct side_data *me = &data[CLIENT];
    struct sight s = {.in = &me->in, .own = &me->out, .partner = &data[SERVER].out, .words = true};
    s.tag = l4_tag(op, LABEL_REPLY, 0, 0);
    s.rip = me->out.return_address;
    s.rsp = rsp_of(&me->out);
    s.utcb = (uint64_t)(uintptr_t)l4_utcb();
    s.sides = SIDE(CLIENT) | SIDE(SERVER);
    look(&s);
}

// The server's view of a request. OWN: what it did before.
static void look_request(uint64_t op, const struct block *own, uint64_t rip, uint64_t rsp, uint64_t utcb)
{
    const struct sight s = {.in = &data[SERVER].in,
                            .own = own,
                            .partner = &data[CLIENT].out,
                            .words = true,
                            .badge = true,
                            .rdi = BADGE,
                            .tag = l4_tag(op, LABEL_CALL, 0, 0),
                            .rip = rip,
                            .rsp = rsp,
                            .utcb = utcb,
                            .sides = SIDE(CLIENT) | SIDE(SERVER)};
    look(&s);
}

void call_entry(const struct call_case *c)
{
    uint64_t utcb, rsp;
    prepare(c, L4_OP_CALL, entry_gate, L4_OP_REPLY, 0);
    data[SERVER].count = 0;
    cross_main();
    if (data[SERVER].count != 1)
        wrong("requests served", data[SERVER].count, 1);
    utcb = data[SERVER].in.r[L4_REG_RBX];
    rsp = KID_STACK + ((utcb - KID_UTCB) / L4_UTCB_SIZE + 1) * KID_STRIDE;
    if (utcb % L4_UTCB_SIZE || utcb < KID_UTCB || utcb >= KID_UTCB + KID_INDICES * L4_UTCB_SIZE)
        wrong("the server's UTCB", utcb, KID_UTCB);
    look_request(L4_OP_CALL, &visit_before, (uint64_t)(uintptr_t)cross_entry, rsp, utcb);
    look_answer(L4_OP_REPLY);
    visit_before = data[SERVER].out;
}

void call_queue(const struct call_case *c, unsigned cpu)
{
    struct block *own = &queue_before[cpu];
    prepare(c, L4_OP_CALL, queue_gate[cpu], L4_OP_REPLY_WAIT, L4_HANDLE_FIRST(SLOT_QUEUE + cpu));
    data[SERVER].count = 0;
    cross_main();
    if (data[SERVER].count != 1)
        wrong("requests served", data[SERVER].count, 1);
    look_request(L4_OP_CALL, own, own->return_address, rsp_of(own), queue_start[cpu].r[L4_REG_RBX]);
    look_answer(L4_OP_REPLY_WAIT);
    *own = data[SERVER].out;
}

// Flags, one by one and all together, set by the caller and by the server.
static const struct call_case flag_cases[] = {
    {FLAGS_MATH, HOW_PLAIN, HOW_PLAIN, 0, 1},       {FLAG_DF, HOW_PLAIN, HOW_PLAIN, 0, 2},
    {FLAG_NT, HOW_PLAIN, HOW_PLAIN, 0, 3},          {FLAG_AC, HOW_PLAIN, HOW_PLAIN, 0, 4},
    {FLAG_ID, HOW_PLAIN, HOW_PLAIN, 0, 5},          {FLAG_IOPL, HOW_PLAIN, HOW_PLAIN, 0, 6},
    {FLAG_IOPL, HOW_IRET, HOW_IRET, 0, 7},          {FLAG_VIP, HOW_PLAIN, HOW_PLAIN, 0, 8},
    {FLAG_VIP, HOW_IRET, HOW_IRET, 0, 8},           {FLAG_RF, HOW_IRET, HOW_IRET, 0, 9},
    {FLAG_TF, HOW_STEP, HOW_PLAIN, 0, 10},          {FLAG_TF, HOW_IRET, HOW_PLAIN, 0, 11},
    {FLAG_TF, HOW_MOVSS, HOW_STEP, 0, 12},          {FLAG_TF, HOW_STEP, HOW_MOVSS, 0, 13},
    {FLAG_TF | FLAG_RF, HOW_IRET, HOW_IRET, 0, 14}, {0x7ffdd5, HOW_IRET, HOW_IRET, 0, 15},
    {0x7fffd5, HOW_STEP, HOW_STEP, 0, 16},          {0x7fffd5, HOW_MOVSS, HOW_MOVSS, 0, 17},
};

static bool steps(enum how how)
{
    return how == HOW_STEP || how == HOW_MOVSS || how == HOW_IRET;
}

static bool iret; // it can be used to set flags

static void check_flags(void)
{
    for (unsigned i = 0; i < L4_ARRAY_SIZE(flag_cases); i++) {
        struct call_case c = flag_cases[i];
        // who does anything between popfq and the system call cannot single-step it
        if ((c.flags & FLAG_TF) && (!steps(c.client) || !steps(c.server)))
            c.server = steps(c.server) ? c.server : HOW_STEP;
        if (!iret && (c.client == HOW_IRET || c.server == HOW_IRET)) {
            c.client = c.client == HOW_IRET ? HOW_STEP : c.client;
            c.server = c.server == HOW_IRET ? HOW_STEP : c.server;
        }
        case_begin("check_flags: an entry gate");
        call_entry(&c);
        case_end();
        case_begin("check_flags: a queue gate");
        call_queue(&c, 0);
        case_end();
    }
}

// A thread finds its argument and its UTCB, and nothing else.
static void check_start(void)
{
    case_begin("check_start");
    for (unsigned cpu = 0; cpu < cpus() && cpu < 4; cpu++) {
        struct block expected = {.flags = FLAGS_CLEAN};
        uint64_t utcb = queue_start[cpu].r[L4_REG_RBX];
        expected.r[L4_REG_RBX] = KID_UTCB + (utcb - KID_UTCB) / L4_UTCB_SIZE * L4_UTCB_SIZE;
        expected.r[L4_REG_RDI] = L4_HANDLE_FIRST(SLOT_QUEUE + cpu);
        expected.rsp = KID_STACK + ((utcb - KID_UTCB) / L4_UTCB_SIZE + 1) * KID_STRIDE;
        look_same(&queue_start[cpu], &expected);
        look_vectors(&queue_start[cpu], 0);
        queue_before[cpu] = data[SERVER].wait; // but for the handle all waited alike
        queue_before[cpu].r[L4_REG_RDI] = L4_HANDLE_FIRST(SLOT_QUEUE + cpu);
    }
    case_end();
}

// The caller moves from CPU to CPU; the servers of queue gates are on each.
static void check_registers(void)
{
    for (unsigned cpu = 0; cpu < cpus() && cpu < 4; cpu++) {
        tap_error(l4_thread_move(L4_CAP_THREAD, cpu), L4_OK, "the caller moves");
        case_begin("check_registers: an entry gate");
        for (unsigned i = 0; i < ROUNDS; i++)
            call_entry(&(struct call_case){FLAGS_MATH, HOW_PLAIN, HOW_PLAIN, 0, i});
        case_end();
        for (unsigned home = 0; home < cpus() && home < 4; home++) {
            case_begin("check_registers: a queue gate");
            for (unsigned i = 0; i < ROUNDS; i++)
                call_queue(&(struct call_case){FLAGS_MATH, HOW_PLAIN, HOW_PLAIN, 0, i}, home);
            case_end();
        }
    }
    tap_error(l4_thread_move(L4_CAP_THREAD, 0), L4_OK, "the caller moves back");
}

// Stack pointers that nobody could push to.
static void check_stack_pointers(void)
{
    static const uint64_t pointers[] = {1,           8,          0x7fffffffffff,     1ull << 47,
                                        L4_USER_END, 1ull << 63, 0xffffffff80000000, ~0ull};
    case_begin("check_stack_pointers");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(pointers); i++) {
        struct call_case c = {0, HOW_PLAIN, HOW_PLAIN, pointers[i], i};
        call_entry(&c);
        call_queue(&c, 0);
    }
    case_end();
}

// A send carries a status back, and no register of the server.
static void look_sent(void)
{
    struct side_data *me = &data[CLIENT];
    const struct sight s = {.in = &me->in,
                            .own = &me->out,
                            .tag = l4_tag(L4_OP_KERNEL, L4_OK, 0, 0),
                            .rip = me->out.return_address,
                            .rsp = me->out.rsp,
                            .utcb = (uint64_t)(uintptr_t)l4_utcb(),
                            .sides = SIDE(CLIENT) | SIDE(SERVER)};
    look(&s);
}

static void check_send(void)
{
    struct block *own = &queue_before[0];
    case_begin("check_send: an entry gate");
    for (unsigned i = 0; i < ROUNDS; i++) {
        prepare(&(struct call_case){0, HOW_PLAIN, HOW_PLAIN, 0, i}, L4_OP_SEND, entry_gate, L4_OP_REPLY, 0);
        cross_main();
        visit_before = data[SERVER].out;
        look_sent();
    }
    case_end();
    case_begin("check_send: a queue gate");
    for (unsigned i = 0; i < ROUNDS; i++) {
        prepare(&(struct call_case){0, HOW_PLAIN, HOW_PLAIN, 0, i}, L4_OP_SEND, queue_gate[0],
                L4_OP_REPLY_WAIT, L4_HANDLE_FIRST(SLOT_QUEUE));
        cross_main();
        look_sent();
        if (!queue_idle(0, &data[SERVER].out))
            wrong("the server", 0, 1);
        look_request(L4_OP_SEND, own, own->return_address, rsp_of(own), queue_start[0].r[L4_REG_RBX]);
        *own = data[SERVER].out;
    }
    case_end();
}

// What a visit was given, and what was cleaned up behind it, is not seen by the next one.
static void check_window(void)
{
    struct l4_utcb *utcb = l4_utcb();
    struct side_data *me = &data[CLIENT];
    case_begin("check_window");
    for (unsigned i = 0; i < 4; i++) {
        const struct call_case c = {0, HOW_PLAIN, HOW_PLAIN, 0, i};
        prepare(&c, L4_OP_CALL, entry_gate, L4_OP_REPLY, 0);
        me->out.r[L4_REG_RAX] = l4_tag(L4_OP_CALL, LABEL_CALL, 2, 1);
        l4_msg_put_cap(0, second_gate, L4_RIGHT_CALL);
        cross_main();
        if (l4_tag_op(me->in.r[L4_REG_RAX]) != L4_OP_REPLY)
            wrong("the answer", me->in.r[L4_REG_RAX], L4_OP_REPLY);
        visit_before = data[SERVER].out;
        call_entry(&c);
    }
    utcb->words[L4_WORDS_REGS] = 0;
    case_end();
}

int main(int argc, char **argv)
{
    iret = argc > 1 && strcmp(argv[1], "iret") == 0;
    tap_error(sides_make(), L4_OK, "the sides");
    tap_error(queues_make(), L4_OK, "queue servers");
    check_start();
    check_registers();
    check_flags();
    check_stack_pointers();
    check_send();
    check_words();
    check_window();
    check_forward();
    check_deferred();
    check_errors();
    check_server_errors();
    check_faults();
    check_strangers();
    check_events();
    check_dead();
    tap_error(sides_end(), L4_OK, "the sides end");
    return tap_end();
}
