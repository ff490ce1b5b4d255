// SPDX-License-Identifier: BSD-2-Clause
// Answers that come another way: from a server that set its caller aside, and from the kernel when the gate
// is gone.
#include "test/system/crossing/cross.h"

#include <l4/abi/ops.h>
#include <l4/utcb.h>

#define LABEL_CALL    0x31
#define LABEL_ANSWER  0x32
#define SLOT_DEFERRED 48
#define FLAGS_BAD     0x244cd5
#define ROUNDS        8
#define PAIR          (SIDE(CLIENT) | SIDE(SERVER))

// The client's call, and the server's operation on its own space before anything else.
static void prepare(unsigned round, uint64_t gate, uint64_t operation, uint64_t word)
{
    struct block *out = &data[CLIENT].out, *try = &data[SERVER].try;
    fill(out, CLIENT, round, l4_tag(L4_OP_CALL, LABEL_CALL, 0, 0), gate);
    fill(try, SERVER, round + 1, l4_tag(L4_OP_CALL, operation, 0, 0), L4_HANDLE_FIRST(SLOT_OWN));
    try->r[L4_REG_RDX] = word;
    out->flags = try->flags = FLAGS_BAD;
    data[SERVER].count = 0;
    data[SERVER].trying = 1;
}

static uint64_t own_utcb(void)
{
    return (uint64_t)(uintptr_t)l4_utcb();
}

static void look_late(const struct block *answer)
{
    const struct side_data *me = &data[CLIENT];
    const struct sight s = {.in = &me->in,
                            .own = &me->out,
                            .partner = answer,
                            .words = true,
                            .tag = l4_tag(L4_OP_REPLY, LABEL_ANSWER, 0, 0),
                            .rip = me->out.return_address,
                            .rsp = me->out.rsp,
                            .utcb = own_utcb(),
                            .sides = PAIR};
    look(&s);
}

// The server keeps its caller as a reply capability and answers through that.
void check_deferred(void)
{
    struct side_data *server = &data[SERVER];
    for (unsigned cpu = 0; cpu < cpus() && cpu < 4; cpu++) {
        uint64_t utcb = queue_start[cpu].r[L4_REG_RBX];
        case_begin("check_deferred");
        for (unsigned i = 0; i < ROUNDS; i++) {
            prepare(i, queue_gate[cpu], L4_GATE_DEFER, SLOT_DEFERRED);
            server->trying = 2;
            fill(&server->wait, SERVER, i + 2, l4_tag(L4_OP_SEND, LABEL_ANSWER, 0, 0), 0);
            server->wait.flags = FLAGS_BAD;
            fill(&server->out, SERVER, i + 3, l4_tag(L4_OP_WAIT, 0, 0, 0), L4_HANDLE_FIRST(SLOT_QUEUE + cpu));
            cross_main();
            if (!queue_idle(cpu, &server->out))
                wrong("the server", 0, 1);
            look_late(&server->wait);
            server->try.r[L4_REG_RDX] = server->err.r[L4_REG_RDX]; // the handle is a result
            look_error(&server->err, &server->try, L4_ERR_OK, utcb, PAIR);
            look_error(&server->start, &server->wait, L4_ERR_OK, utcb, PAIR);
            queue_before[cpu] = server->out;
        }
        case_end();
    }
}

// Gates that go with the client in them. They are gone then: the last case.
void check_dead(void)
{
    struct side_data *me = &data[CLIENT], *server = &data[SERVER];
    case_begin("check_dead: in a visit");
    prepare(1, entry_gate, L4_GATE_DESTROY, L4_HANDLE_FIRST(SLOT_ENTRY));
    cross_main();
    look_error(&me->in, &me->out, L4_ERR_DEAD, own_utcb(), PAIR);
    case_end();
    case_begin("check_dead: in the hand of a queue server");
    prepare(3, queue_gate[0], L4_GATE_DESTROY, L4_HANDLE_FIRST(SLOT_FIRST));
    fill(&server->out, SERVER, 4, l4_tag(L4_OP_WAIT, 0, 0, 0), 0);
    cross_main();
    if (!queue_idle(0, &server->out))
        wrong("the server", 0, 1);
    look_error(&me->in, &me->out, L4_ERR_DEAD, own_utcb(), PAIR);
    look_error(&server->err, &server->try, L4_ERR_OK, queue_start[0].r[L4_REG_RBX], PAIR);
    case_end();
}
