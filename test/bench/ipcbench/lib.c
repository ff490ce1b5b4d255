// SPDX-License-Identifier: BSD-2-Clause
// The rows through libl4: C functions on both sides.
#include <l4/gate.h>
#include <l4/program.h>

#include "party.h"
#include "stubs.h"

struct l4_msg lib_message; // of the client's loop in stubs.asm

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, 0, 0, 0); // the words go back as they came
}
L4_ENTRY_GATE(server_entry_lib, handle);

void server_queue_lib(void)
{
    if (l4_serve(BLOCK->handle, handle))
        l4_abort("serve");
    for (;;)
        l4_sleep_until(L4_DEADLINE_NEVER);
}
