// SPDX-License-Identifier: BSD-2-Clause
// The rows through libl4: C functions on both sides. This program is compiled without vector registers, so
// these are the stubs for such programs; server_entry_vectors in stubs.asm shows what those for others cost.
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/short.h>

#include "party.h"
#include "stubs.h"

struct l4_msg lib_message; // of the client's loop in stubs.asm

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, 0, 0, 0); // the words go back as they came
}
L4_ENTRY_GATE(server_entry_lib_w8, handle);

struct l4_short handle_short(uint64_t badge, uint64_t tag, uint64_t w0, struct l4_utcb *utcb, uint64_t w1,
                             uint64_t w2)
{
    (void)badge, (void)tag, (void)utcb, (void)w1, (void)w2;
    return l4_short_answer(0, w0);
}
L4_ENTRY_SHORT(server_entry_lib, handle_short);

static L4_NORETURN void end(int error)
{
    if (error)
        l4_abort("serve");
    for (;;)
        l4_sleep_until(L4_DEADLINE_NEVER);
}

void server_queue_lib(void)
{
    end(l4_serve_short(BLOCK->handle, handle_short));
}

void server_queue_lib_w8(void)
{
    end(l4_serve(BLOCK->handle, handle));
}

// Contract: nothing but the counter; volatile, so that it stays where it stands. no assertion: it cannot
// fail.
static inline uint64_t time_stamp(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

// As the loops of stubs.asm, with the call compiled into it.
void client_inline(void)
{
    volatile struct block *b = BLOCK;
    uint64_t *sample = BLOCK->sample;
    for (uint64_t i = b->rounds; i > 0; i--) {
        b->begin = time_stamp();
        struct l4_short answer = l4_call_inline(b->handle, 0, b->word);
        b->answer[0] = answer.tag;
        b->answer[1] = answer.w0;
        b->answer[2] = 0;
        *sample++ = time_stamp() - b->begin;
        b->wrong += l4_short_error(answer) != L4_OK || answer.w0 != b->word;
        b->word++;
    }
    finish();
}
