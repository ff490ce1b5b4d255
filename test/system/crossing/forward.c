// SPDX-License-Identifier: BSD-2-Clause
// Requests that a server hands on to another one, and callers that are deferred: who is in between sees as
// little of the end as the ends see of the kernel.
#include "test/system/crossing/cross.h"

#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>

#define LABEL_FORWARD 0x99aabbcc
#define LABEL_ANSWER  0x0badcafe
#define SLOT_DEFERRED 48
#define ROUNDS        8
#define ALL           (SIDE(CLIENT) | SIDE(SERVER) | SIDE(SECOND))

// The client calls SERVER through GATE, SERVER hands the request on to SECOND, which answers. RFLAGS of all
// three are as bad as popfq makes them.
static void forward(uint64_t gate, unsigned round)
{
    struct block *out = &data[CLIENT].out, *on = &data[SERVER].try, *answer = &data[SECOND].out;
    fill(out, CLIENT, round, l4_tag(L4_OP_CALL, 1, 0, 0), gate);
    fill(on, SERVER, round + 3, l4_tag(L4_OP_FORWARD, LABEL_FORWARD, 0, 0), L4_HANDLE_FIRST(SLOT_SECOND));
    fill(answer, SECOND, round + 5, l4_tag(L4_OP_REPLY, LABEL_ANSWER, 0, 0), 0);
    out->flags = on->flags = answer->flags = 0x244cd5;
    data[SERVER].trying = 1;
    data[SECOND].skip = 0;
    data[SECOND].count = 0;
    cross_main();
    if (data[SECOND].count != 1)
        wrong("requests served", data[SECOND].count, 1);
}

static void look_forwarded(void)
{
    const struct side_data *me = &data[CLIENT], *second = &data[SECOND];
    uint64_t utcb = second->in.r[L4_REG_RBX];
    static struct block before; // what SECOND did last
    struct sight request = {.in = &second->in, .own = &before, .partner = &data[SERVER].try, .sides = ALL};
    struct sight answer = {.in = &me->in, .own = &me->out, .partner = &second->out, .sides = ALL};
    request.words = answer.words = request.badge = true;
    request.rdi = BADGE + 1;
    request.tag = l4_tag(L4_OP_CALL, LABEL_FORWARD, 0, 0);
    request.rip = (uint64_t)(uintptr_t)cross_entry;
    request.utcb = utcb;
    request.rsp = KID_STACK + ((utcb - KID_UTCB) / L4_UTCB_SIZE + 1) * KID_STRIDE;
    look(&request);
    answer.tag = l4_tag(L4_OP_REPLY, LABEL_ANSWER, 0, 0);
    answer.rip = me->out.return_address;
    answer.rsp = me->out.rsp;
    answer.utcb = (uint64_t)(uintptr_t)l4_utcb();
    look(&answer);
    before = second->out;
}

void check_forward(void)
{
    struct side_data *server = &data[SERVER];
    case_begin("check_forward: from a visit");
    for (unsigned i = 0; i < ROUNDS; i++) {
        forward(entry_gate, i);
        look_forwarded();
        visit_before = data[SERVER].try;
    }
    case_end();
    for (unsigned cpu = 0; cpu < cpus() && cpu < 4; cpu++) {
        case_begin("check_forward: from a queue server");
        for (unsigned i = 0; i < ROUNDS; i++) {
            const struct sight back = {.in = &server->err,
                                       .own = &server->try,
                                       .tag = l4_tag(L4_OP_KERNEL, L4_OK, 0, 0),
                                       .utcb = queue_start[cpu].r[L4_REG_RBX],
                                       .sides = ALL};
            struct sight s = back;
            // once the request has gone on, its server waits for the next one
            fill(&server->out, SERVER, i, l4_tag(L4_OP_WAIT, 0, 0, 0), L4_HANDLE_FIRST(SLOT_QUEUE + cpu));
            forward(queue_gate[cpu], i);
            look_forwarded();
            if (!queue_idle(cpu, &server->out))
                wrong("the server", 0, 1);
            s.rip = server->try.return_address;
            s.rsp = server->try.rsp;
            look(&s);
            queue_before[cpu] = server->out;
        }
        case_end();
    }
}
