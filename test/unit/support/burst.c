// SPDX-License-Identifier: BSD-2-Clause
// What programs do by the fast paths.
#include <l4/abi/tag.h>

#include "fast_twin.h"
#include "kernel/ipc/event.h"
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

uint64_t programs_event_bits(void)
{
    /* of many bits the one that is waited for is seldom there */
    return programs_eventful && roll(8) ? UINT64_C(1) << roll(32) : 1 + roll(3);
}

static const struct thread *first_waiter(struct event *e)
{
    return LIST_FIRST(&e->waiters, struct thread, receiver);
}

// An event of this CPU on which nobody waits, or somebody who is as good as the caller, if a few tries find
// one.
static uint64_t event_of(struct space *s, enum event_shape shape, uint64_t *mask)
{
    for (unsigned tries = 0; tries < 40; tries++) {
        struct cap *c = pick(s, L4_KIND_EVENT);
        struct event *e = c ? CONTAINER_OF(cap_object(c), struct event, object) : NULL;

        if (!e || e->cpu != cpu_number() || e->shape != shape)
            continue;
        if (shape == EVENT_IDLE)
            return c->handle;
        *mask = first_waiter(e)->wait_mask;
        if (first_waiter(e)->priority == cpu_local()->thread->priority || roll(8) == 0)
            return c->handle;
    }
    return handle_of(s, L4_KIND_EVENT);
}

// A signal, mostly to somebody who waits for it, and a wait.
static void events(struct space *s)
{
    uint64_t bits = programs_event_bits();
    uint64_t event = event_of(s, roll(4) ? EVENT_ONE : EVENT_IDLE, &bits);

    (void)fast_event_twin(L4_EVENT_SIGNAL, event, bits);
    if (roll(4))
        (void)fast_event_twin(L4_EVENT_WAIT, event_of(s, EVENT_IDLE, &bits), programs_event_bits());
}

// An event on which somebody waits is bound to an interrupt, which comes.
static void interrupt(struct space *s)
{
    for (unsigned tries = 0; tries < 20; tries++) {
        const struct cap *c = pick(s, L4_KIND_EVENT);
        struct event *e = c ? CONTAINER_OF(cap_object(c), struct event, object) : NULL;

        if (e && e->cpu == cpu_number() && e->shape == EVENT_ONE &&
            fast_irq_twin(e, first_waiter(e)->wait_mask))
            return;
    }
}

void program_burst(void)
{
    /* the driver stays at home */
    for (unsigned n = world_is_driver(cpu_local()->thread) ? 0 : roll(28); n > 0; n--) {
        const struct activation *a = cpu_local()->current;
        uint64_t words = roll(4) ? 0 : roll(20);
        uint64_t handle;

        switch (programs_eventful && roll(4) ? 3 : roll(6)) {
        case 0:
            (void)fast_twin(l4_tag(L4_OP_REPLY, 0, words, 0), 0);
            break;
        case 1:
        case 2:
            handle = a->wait_handle ? a->wait_handle : handle_of(a->space, L4_KIND_GATE);
            (void)fast_twin(l4_tag(L4_OP_REPLY_WAIT, 0, words, 0), handle);
            break;
        case 3:
            if (roll(2))
                interrupt(a->space);
            events(cpu_local()->current->space);
            break;
        default:
            (void)fast_twin(l4_tag(L4_OP_CALL, 0, words, 0), open_gate(a->space));
            break;
        }
    }
}
