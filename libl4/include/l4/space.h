// SPDX-License-Identifier: BSD-2-Clause
// Address spaces: typed wrappers of the operations on a space capability.
#ifndef L4_SPACE_H
#define L4_SPACE_H

#include <l4/base.h>
#include <l4/abi/handle.h>
#include <l4/abi/item.h>
#include <l4/abi/ops.h>

struct l4_space_area {
    uint64_t utcb_base, stack_base, stride, indices;
    uint64_t window_base, window_bytes, window_slot, window_slots;
};

// `funder` pays: a space capability of the caller.
L4_MUST_CHECK int l4_space_create(l4_handle_t funder, uint64_t quota, uint64_t cpus, unsigned max_priority,
                                  unsigned rights, l4_handle_t *space, uint64_t *id);
L4_MUST_CHECK int l4_space_destroy(l4_handle_t space);
L4_MUST_CHECK int l4_space_set_area(l4_handle_t space, const struct l4_space_area *area);
L4_MUST_CHECK int l4_space_set_gate(l4_handle_t space, enum l4_space_gate which, l4_handle_t gate);
L4_MUST_CHECK int l4_activations_add(l4_handle_t space, unsigned pool, uint64_t first, uint64_t count);
L4_MUST_CHECK int l4_activations_trim(l4_handle_t space, unsigned pool, uint64_t count);
// Maps from the caller's space. done (may be NULL): bytes mapped, also when an error ended it.
L4_MUST_CHECK int l4_space_map(l4_handle_t space, uint64_t source, uint64_t target, uint64_t bytes,
                               uint64_t access_and_flags, uint64_t *done);
// Narrows mappings of this space (and/or those derived from them) to the rights that remain.
L4_MUST_CHECK int l4_space_unmap(l4_handle_t space, uint64_t address, uint64_t bytes, enum l4_unmap which,
                                 unsigned remaining_access, uint64_t *done);
L4_MUST_CHECK int l4_space_counters(l4_handle_t space, unsigned first, uint64_t out[static 8]);
L4_MUST_CHECK int l4_space_wake(l4_handle_t space, uint64_t index, uint64_t bits);
L4_MUST_CHECK int l4_space_supervise(l4_handle_t space, l4_handle_t event, uint64_t bits);
// CPUs join its CPU set (the caller lies in the space that funds it) or leave it. left (may be NULL): CPUs
// that have left and still cost a table because somebody is inside there; asked again later, they may be
// gone.
L4_MUST_CHECK int l4_space_cpus(l4_handle_t space, uint64_t cpus, bool join, uint64_t *set, uint64_t *left);
L4_MUST_CHECK int l4_space_stop(l4_handle_t space, bool stop);
L4_MUST_CHECK int l4_space_status(l4_handle_t space, uint64_t address, uint64_t bytes, uint64_t flags);
// System calls that are not native ones go to this address in the space (0 = none: they are exceptions), with
// the registers as they are behind SYSCALL; return address and flags lie in the UTCB (foreign_ip,
// foreign_flags). The handler leaves the 128 bytes below rsp alone.
L4_MUST_CHECK int l4_space_foreign(l4_handle_t space, uint64_t handler);
L4_MUST_CHECK int l4_quota_move(l4_handle_t space, uint64_t bytes);

#endif
