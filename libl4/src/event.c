// SPDX-License-Identifier: BSD-2-Clause
// Wrappers of the operations on events. Stateless.
#include <l4/event.h>
#include <l4/ipc.h>

int l4_event_create(l4_handle_t space, l4_handle_t *event, uint64_t *id)
{
    uint64_t w[L4_WORDS_REGS] = {L4_RIGHT_ALL, L4_SLOT_ANY};
    int error = l4_object(space, L4_EVENT_CREATE, w);
    if (!error) {
        *event = w[0];
        if (id)
            *id = w[1];
    }
    return error;
}

static int operate(l4_handle_t event, enum l4_operation operation, uint64_t w0, uint64_t w1)
{
    uint64_t w[L4_WORDS_REGS] = {w0, w1};
    return l4_object(event, operation, w);
}

int l4_event_destroy(l4_handle_t event)
{
    return operate(event, L4_EVENT_DESTROY, 0, 0);
}

int l4_event_signal(l4_handle_t event, uint64_t bits)
{
    return operate(event, L4_EVENT_SIGNAL, bits, 0);
}

int l4_event_wait(l4_handle_t event, uint64_t mask, uint64_t deadline, uint64_t *taken)
{
    uint64_t w[L4_WORDS_REGS] = {mask};
    int error = l4_object_until(event, L4_EVENT_WAIT, deadline, w);
    if (!error)
        *taken = w[0];
    return error;
}

int l4_event_timer(l4_handle_t event, uint64_t bits, uint64_t when)
{
    return operate(event, L4_EVENT_TIMER, bits, when);
}

int l4_event_bind_death(l4_handle_t event, uint64_t bits, l4_handle_t space_or_thread)
{
    return operate(event, L4_EVENT_BIND_DEATH, bits, space_or_thread);
}

int l4_event_bind_thread(l4_handle_t event, l4_handle_t thread)
{
    return operate(event, L4_EVENT_BIND_THREAD, thread, 0);
}

int l4_event_unbind(l4_handle_t event)
{
    return operate(event, L4_EVENT_UNBIND, 0, 0);
}
