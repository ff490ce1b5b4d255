// SPDX-License-Identifier: BSD-2-Clause
// What programs do by the fast paths.
#include <l4/abi/tag.h>

#include "fast_twin.h"
#include "kernel/smp/cpus.h"
#include "kernel/space/record.h"
#include "kernel/space/space.h"
#include "pick.h"
#include "programs.h"
#include "world.h"

// A gate through which a fast path may lead on this CPU, if a few tries find one.
static uint64_t open_gate(struct space *s)
{
    for (unsigned tries = 0; tries < 20; tries++) {
        struct cap *c = pick(s, L4_KIND_GATE);
        const struct record *r = c ? record_on(cpu_number(), c->record) : NULL;

        if (r && r->free != NULL_ACTIVATION)
            return c->handle;
    }
    return handle_of(s, L4_KIND_GATE);
}

void program_burst(void)
{
    /* the driver stays at home */
    for (unsigned n = world_is_driver(cpu_local()->thread) ? 0 : roll(16); n > 0; n--) {
        const struct activation *a = cpu_local()->current;
        uint64_t words = roll(4) ? 0 : roll(20);
        uint64_t handle;

        switch (roll(5)) {
        case 0:
            (void)fast_twin(l4_tag(L4_OP_REPLY, 0, words, 0), 0);
            break;
        case 1:
        case 2:
            handle = a->wait_handle ? a->wait_handle : handle_of(a->space, L4_KIND_GATE);
            (void)fast_twin(l4_tag(L4_OP_REPLY_WAIT, 0, words, 0), handle);
            break;
        default:
            (void)fast_twin(l4_tag(L4_OP_CALL, 0, words, 0), open_gate(a->space));
            break;
        }
    }
}
