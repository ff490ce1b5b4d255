// SPDX-License-Identifier: BSD-2-Clause
// Capabilities: typed wrappers. `space` is the space whose table is changed (L4_CAP_SPACE = the own one).
#ifndef L4_CAP_H
#define L4_CAP_H

#include <l4/base.h>
#include <l4/abi/handle.h>
#include <l4/abi/ops.h>

struct l4_identity {
    uint64_t kind, rights, badge, id;
};
L4_MUST_CHECK int l4_nop(l4_handle_t handle);
L4_MUST_CHECK int l4_identify(l4_handle_t handle, struct l4_identity *out);

// source: a handle of the caller. slot: index or L4_SLOT_ANY. out may be NULL.
L4_MUST_CHECK int l4_cap_copy(l4_handle_t space, l4_handle_t source, unsigned slot, unsigned rights,
                              l4_handle_t *out);
L4_MUST_CHECK int l4_cap_mint(l4_handle_t space, l4_handle_t source, unsigned slot, unsigned rights,
                              uint64_t badge, l4_handle_t *out);
// A part of a range (interrupts, ports, physical memory).
L4_MUST_CHECK int l4_cap_range(l4_handle_t space, l4_handle_t source, unsigned slot, unsigned rights,
                               uint64_t first, uint64_t count, l4_handle_t *out);
L4_MUST_CHECK int l4_cap_move(l4_handle_t space, l4_handle_t handle, unsigned slot, l4_handle_t *out);
L4_MUST_CHECK int l4_cap_delete(l4_handle_t space, l4_handle_t handle);
L4_MUST_CHECK int l4_cap_revoke(l4_handle_t space, l4_handle_t handle);

#endif
