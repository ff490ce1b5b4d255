// SPDX-License-Identifier: BSD-2-Clause
// Waiting for bits of the own activation's pending word. The kernel hands over all bits at once; those nobody
// asked for here are put back at the end, so that no wake-up is lost. Bit 63 (L4_PENDING_LOCK) wakes mutex
// waiters, who look at their own state: it may come late or twice and is dropped where it is not asked for.
#include <l4/ipc.h>
#include <l4/space.h>
#include <l4/proto/layout.h>
#include "pending.h"

int l4_pending_wake(uint64_t index, uint64_t bits)
{
    return l4_space_wake(L4_CAP_SPACE, index, bits);
}

static int put_back(uint64_t others, int error)
{
    others &= ~L4_PENDING_LOCK;
    if (others) {
        int failed = l4_pending_wake(l4_utcb()->index, others);
        if (!error)
            error = failed;
    }
    return error;
}

int l4_pending_wait_flags(uint64_t bits, uint64_t deadline, uint64_t flags, uint64_t *taken)
{
    uint64_t others = 0;
    for (;;) {
        struct l4_msg m = {.tag = l4_tag(L4_OP_WAIT, 0, 0, 0) | flags, .deadline = deadline};
        l4_ipc_kernel(&m);
        if (l4_tag_op(m.tag) != L4_OP_PENDING)
            return put_back(others, (int)l4_tag_label(m.tag));
        others |= m.w[0] & ~bits;
        if (m.w[0] & bits) {
            *taken = m.w[0] & bits;
            return put_back(others, L4_OK);
        }
    }
}

int l4_pending_wait(uint64_t bits, uint64_t deadline, uint64_t *taken)
{
    return l4_pending_wait_flags(bits, deadline, L4_FLAG_TIMED, taken);
}
