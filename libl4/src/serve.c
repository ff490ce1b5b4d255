// SPDX-License-Identifier: BSD-2-Clause
// Gates: wrappers, and when a queue server ends (its loop is in arch/x86_64/user/serve.asm).
#include <l4/gate.h>
#include <l4/proto/layout.h>
#include <l4/program.h>

int l4_gate_create(l4_handle_t space, const struct l4_gate_options *options, l4_handle_t *gate, uint64_t *id)
{
    uint64_t w[L4_WORDS_REGS] = {options->mode,   options->entry, options->pool,
                                 options->rights, options->slot,  options->floor};
    int error = l4_object(space, L4_GATE_CREATE, w);
    if (!error) {
        *gate = w[0];
        if (id)
            *id = w[1];
    }
    return error;
}

int l4_gate_create_entry(l4_handle_t space, void (*entry)(void), unsigned pool, bool items, l4_handle_t *gate)
{
    struct l4_gate_options options = {
        .mode = L4_GATE_ENTRY | (items ? L4_GATE_ITEMS : 0),
        .entry = (uint64_t)(uintptr_t)entry,
        .pool = pool,
        .rights = L4_RIGHT_ALL,
        .slot = L4_SLOT_ANY,
    };
    return l4_gate_create(space, &options, gate, NULL);
}

int l4_gate_create_queue(l4_handle_t space, bool items, l4_handle_t *gate)
{
    struct l4_gate_options options = {
        .mode = L4_GATE_QUEUE | (items ? L4_GATE_ITEMS : 0),
        .pool = l4_cpu(),
        .rights = L4_RIGHT_ALL,
        .slot = L4_SLOT_ANY,
    };
    return l4_gate_create(space, &options, gate, NULL);
}

int l4_gate_destroy(l4_handle_t gate)
{
    uint64_t w[L4_WORDS_REGS] = {gate};
    return l4_object(L4_CAP_SPACE, L4_GATE_DESTROY, w);
}

int l4_defer_caller(unsigned slot, l4_handle_t *reply)
{
    uint64_t w[L4_WORDS_REGS] = {slot};
    int error = l4_object(L4_CAP_SPACE, L4_GATE_DEFER, w);
    if (!error)
        *reply = w[0];
    return error;
}

// Errors after which there may be a next request: the wait failed, the gate is still there.
static bool can_go_on(int error)
{
    return error != L4_ERR_CAP && error != L4_ERR_RIGHTS && error != L4_ERR_DEAD && error != L4_ERR_CPU &&
           error != L4_ERR_ARG && error != L4_ERR_STATE && error != L4_ERR_CANCELLED &&
           error != L4_ERR_OWNER_DIED && error != L4_ERR_NOSYS;
}

// A reply_wait that has not replied leaves the caller in hand. Its answer could not be delivered, or there is
// no gate any more: the caller hears which error it was, and the next wait shows whether it was the gate.
// What a handler answers with may be gone by somebody else's doing: it must not end the server.
bool l4_serve_goes_on(int error)
{
    struct l4_msg m = {0};
    l4_answer(&m, (uint32_t)error, 0, 0);
    return l4_reply(&m) == L4_OK || can_go_on(error);
}
