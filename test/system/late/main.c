// SPDX-License-Identifier: BSD-2-Clause
// A server that does not come up at first: it ends while it starts, as long as its task is one of the first
// so many of the boot. Started by test/system/servers.py; without an argument it skips.
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/proto/root.h>

#define POOL_CLIENTS 1

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, L4_OK, 0, 0);
}
L4_ENTRY_GATE(late_entry, handle);

int main(int argc, char **argv)
{
    l4_handle_t gate;

    if (argc < 2) {
        tap_ok(true, "# SKIP started without a number, see test/system/servers.py");
        return tap_end();
    }
    if (l4_task_id() < (uint64_t)(argv[1][0] - '0'))
        return 1;
    if (l4_gate_create_entry(L4_CAP_SPACE, late_entry, POOL_CLIENTS, false, &gate) ||
        root_publish("", gate) || root_ready())
        return 1;
    for (;;)
        l4_sleep_until(L4_DEADLINE_NEVER);
}
