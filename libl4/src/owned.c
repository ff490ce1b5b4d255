// SPDX-License-Identifier: BSD-2-Clause
// Owners of handles: see l4/owned.h. No state but the caller's wrapper. The wrapper is emptied before the
// kernel is asked, so that nobody who looks at it meanwhile finds a handle that may be gone.
#include <l4/owned.h>
#include <l4/cap.h>
#include <l4/program.h>
#include <l4/proto/layout.h>

// The mistake has a name for who reads the FAULT line; without assertions its error is all there is.
static int freed_twice(void)
{
    if (L4_ASSERT_ON)
        l4_abort("handle-freed-twice");
    return L4_ERR_CAP;
}

int l4_owned_take(struct l4_owned *owned, l4_handle_t handle)
{
    if (l4_owns(owned)) {
        if (L4_ASSERT_ON)
            l4_abort("handle-overwritten");
        return L4_ERR_EXISTS;
    }
    owned->handle = handle;
    return L4_OK;
}

int l4_owned_move(struct l4_owned *to, struct l4_owned *from)
{
    int error = l4_owned_take(to, from->handle);
    if (!error)
        from->handle = L4_HANDLE_NONE;
    return error;
}

l4_handle_t l4_owned_release(struct l4_owned *owned)
{
    l4_handle_t handle = owned->handle;
    owned->handle = L4_HANDLE_NONE;
    return handle;
}

int l4_owned_close_derived(struct l4_owned *owned)
{
    l4_handle_t handle = l4_owned_release(owned);
    return handle == L4_HANDLE_NONE ? freed_twice() : l4_cap_delete(L4_CAP_SPACE, handle);
}

// Nobody else can have deleted it, as it is not derived from anything of theirs.
int l4_owned_close(struct l4_owned *owned)
{
    int error = l4_owned_close_derived(owned);
    return error == L4_ERR_CAP ? freed_twice() : error;
}
