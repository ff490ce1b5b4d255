// SPDX-License-Identifier: BSD-2-Clause
// Wrappers of the operations on capabilities. Stateless.
#include <l4/cap.h>
#include <l4/ipc.h>
#include <l4/proto/layout.h>

int l4_nop(l4_handle_t handle)
{
    uint64_t w[L4_WORDS_REGS] = {0};
    return l4_object(handle, L4_NOP, w);
}

int l4_identify(l4_handle_t handle, struct l4_identity *out)
{
    uint64_t w[L4_WORDS_REGS] = {handle};
    int error = l4_object(L4_CAP_SPACE, L4_CAP_IDENTIFY, w);
    if (!error)
        *out = (struct l4_identity){w[0], w[1], w[2], w[3]};
    return error;
}

static int copy(l4_handle_t space, const uint64_t arguments[6], l4_handle_t *out)
{
    uint64_t w[L4_WORDS_REGS] = {0};
    for (unsigned i = 0; i < 6; i++)
        w[i] = arguments[i];
    int error = l4_object(space, L4_CAP_COPY, w);
    if (!error && out)
        *out = w[0];
    return error;
}

int l4_cap_copy(l4_handle_t space, l4_handle_t source, unsigned slot, unsigned rights, l4_handle_t *out)
{
    return copy(space, (uint64_t[6]){source, slot, rights, L4_COPY_PLAIN}, out);
}

int l4_cap_mint(l4_handle_t space, l4_handle_t source, unsigned slot, unsigned rights, uint64_t badge,
                l4_handle_t *out)
{
    return copy(space, (uint64_t[6]){source, slot, rights, L4_COPY_MINT, badge}, out);
}

int l4_cap_range(l4_handle_t space, l4_handle_t source, unsigned slot, unsigned rights, uint64_t first,
                 uint64_t count, l4_handle_t *out)
{
    return copy(space, (uint64_t[6]){source, slot, rights, L4_COPY_RANGE, first, count}, out);
}

int l4_cap_move(l4_handle_t space, l4_handle_t handle, unsigned slot, l4_handle_t *out)
{
    uint64_t w[L4_WORDS_REGS] = {handle, slot};
    int error = l4_object(space, L4_CAP_MOVE, w);
    if (!error && out)
        *out = w[0];
    return error;
}

int l4_cap_delete(l4_handle_t space, l4_handle_t handle)
{
    uint64_t w[L4_WORDS_REGS] = {handle};
    return l4_object(space, L4_CAP_DELETE, w);
}

int l4_cap_revoke(l4_handle_t space, l4_handle_t handle)
{
    uint64_t w[L4_WORDS_REGS] = {handle};
    return l4_object(space, L4_CAP_REVOKE, w);
}
