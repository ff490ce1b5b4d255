// SPDX-License-Identifier: BSD-2-Clause
// The owner of a capability in the own table. Who has the wrapper frees the handle: once, and nobody else
// does. A wrapper holds one handle or is empty; zeroed memory is an empty wrapper.
//
// Who may call: whoever may change the wrapper; it has no lock of its own. Only closing enters the kernel,
// and needs MANAGE of the own space (L4_CAP_SPACE), as every program has from the start; without that
// capability nothing can be closed. So a wrapper behind a mutex is moved out of what the mutex guards, and
// closed after unlocking.
//
// Mistakes that debug and check builds stop the program for; release builds return the error and do nothing:
//   "handle-freed-twice"  L4_ERR_CAP: closing an empty wrapper, or one that was copied byte by byte and whose
//                         twin is closed already (the kernel knows: no handle is ever valid twice)
//   "handle-overwritten"  L4_ERR_EXISTS: putting a handle into a wrapper that holds one, which nobody would
//                         free any more
#ifndef L4_OWNED_H
#define L4_OWNED_H

#include <l4/base.h>
#include <l4/abi/handle.h>

struct l4_owned {
    l4_handle_t handle; // L4_HANDLE_NONE: empty. Read it by l4_lend
};
#define L4_OWNED_EMPTY \
    {                  \
        L4_HANDLE_NONE \
    }

static inline bool l4_owns(const struct l4_owned *owned)
{
    return owned->handle != L4_HANDLE_NONE;
}

// The handle for a call, not to be kept longer than the wrapper holds it. Of an empty wrapper L4_HANDLE_NONE,
// which the kernel answers with L4_ERR_CAP.
static inline l4_handle_t l4_lend(const struct l4_owned *owned)
{
    return owned->handle;
}

// A handle that was just made, and that no wrapper holds. L4_ERR_EXISTS: the wrapper holds another; the new
// one stays the caller's.
L4_MUST_CHECK int l4_owned_take(struct l4_owned *owned, l4_handle_t handle);
// From wrapper to wrapper: *from is empty afterwards; an empty one leaves *to empty. L4_ERR_EXISTS: *to holds
// another; both stay as they are.
L4_MUST_CHECK int l4_owned_move(struct l4_owned *to, struct l4_owned *from);
// Out of the wrapper, which is empty afterwards, to code that takes bare handles and frees this one.
L4_MUST_CHECK l4_handle_t l4_owned_release(struct l4_owned *owned);

// Deletes the capability. The wrapper is empty afterwards, whatever comes of it. L4_ERR_CAP: there was
// nothing to delete. A tombstone counts as there.
L4_MUST_CHECK int l4_owned_close(struct l4_owned *owned);
// The same for a capability derived from somebody else's, who may have revoked it: then L4_ERR_CAP in all
// builds, and no mistake. So a stale copy is not found here; closing an empty wrapper is.
L4_MUST_CHECK int l4_owned_close_derived(struct l4_owned *owned);

#endif
