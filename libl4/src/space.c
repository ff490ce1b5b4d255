// SPDX-License-Identifier: BSD-2-Clause
// Wrappers of the operations on spaces. Stateless.
#include <l4/space.h>
#include <l4/ipc.h>
#include <l4/string.h>

int l4_space_create(l4_handle_t funder, uint64_t quota, uint64_t cpus, unsigned max_priority, unsigned rights,
                    l4_handle_t *space, uint64_t *id)
{
    uint64_t w[L4_WORDS_REGS] = {quota, cpus, max_priority, rights, L4_SLOT_ANY};
    int error = l4_object(funder, L4_SPACE_CREATE, w);
    if (!error) {
        *space = w[0];
        if (id)
            *id = w[1];
    }
    return error;
}

static int operate(l4_handle_t space, enum l4_operation operation, uint64_t w0, uint64_t w1, uint64_t w2)
{
    uint64_t w[L4_WORDS_REGS] = {w0, w1, w2};
    return l4_object(space, operation, w);
}

int l4_space_destroy(l4_handle_t space)
{
    return operate(space, L4_SPACE_DESTROY, 0, 0, 0);
}

int l4_space_set_area(l4_handle_t space, const struct l4_space_area *area)
{
    uint64_t w[L4_WORDS_REGS] = {area->utcb_base,   area->stack_base,  area->stride,
                                 area->indices,     area->window_base, area->window_bytes,
                                 area->window_slot, area->window_slots};
    return l4_object(space, L4_SPACE_SET_AREA, w);
}

int l4_space_set_gate(l4_handle_t space, enum l4_space_gate which, l4_handle_t gate)
{
    return operate(space, L4_SPACE_SET_GATE, which, gate, 0);
}

int l4_activations_add(l4_handle_t space, unsigned pool, uint64_t first, uint64_t count)
{
    return operate(space, L4_ACTIVATIONS_ADD, pool, first, count);
}

int l4_activations_trim(l4_handle_t space, unsigned pool, uint64_t count)
{
    return operate(space, L4_ACTIVATIONS_TRIM, pool, count, 0);
}

int l4_space_map(l4_handle_t space, uint64_t source, uint64_t target, uint64_t bytes,
                 uint64_t access_and_flags, uint64_t *done)
{
    uint64_t w[L4_WORDS_REGS] = {source, target, bytes, access_and_flags};
    int error = l4_object(space, L4_SPACE_MAP, w);
    if (done)
        *done = w[0];
    return error;
}

int l4_space_unmap(l4_handle_t space, uint64_t address, uint64_t bytes, enum l4_unmap which,
                   unsigned remaining_access, uint64_t *done)
{
    uint64_t w[L4_WORDS_REGS] = {address, bytes, which, remaining_access};
    int error = l4_object(space, L4_SPACE_UNMAP, w);
    if (done)
        *done = w[0];
    return error;
}

int l4_space_counters(l4_handle_t space, unsigned first, uint64_t out[static 8])
{
    uint64_t w[L4_WORDS_REGS] = {first};
    int error = l4_object(space, L4_SPACE_COUNTERS, w);
    if (!error)
        memcpy(out, w, sizeof(w));
    return error;
}

int l4_space_wake(l4_handle_t space, uint64_t index, uint64_t bits)
{
    return operate(space, L4_SPACE_WAKE, index, bits, 0);
}

int l4_space_supervise(l4_handle_t space, l4_handle_t event, uint64_t bits)
{
    return operate(space, L4_SPACE_SUPERVISE, event, bits, 0);
}

int l4_space_stop(l4_handle_t space, bool stop)
{
    return operate(space, L4_SPACE_STOP, stop, 0, 0);
}

int l4_space_cpus(l4_handle_t space, uint64_t cpus, bool join, uint64_t *set, uint64_t *left)
{
    uint64_t w[L4_WORDS_REGS] = {cpus, join};
    int error = l4_object(space, L4_SPACE_CPUS, w);
    if (set)
        *set = w[0];
    if (left)
        *left = w[1];
    return error;
}

int l4_space_status(l4_handle_t space, uint64_t address, uint64_t bytes, uint64_t flags)
{
    return operate(space, L4_SPACE_STATUS, address, bytes, flags);
}

int l4_space_foreign(l4_handle_t space, uint64_t handler)
{
    return operate(space, L4_SPACE_FOREIGN, handler, 0, 0);
}

int l4_quota_move(l4_handle_t space, uint64_t bytes)
{
    return operate(space, L4_QUOTA_MOVE, bytes, 0, 0);
}
