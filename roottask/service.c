// SPDX-License-Identifier: BSD-2-Clause
// The service gate: what programs say about themselves (l4/proto/root.h). Entered by the client's own thread;
// all data of a request lie on its activation's stack.
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/string.h>

#include "roottask/request.h"
#include "roottask/start.h"

// The text of a request; false if it is longer than a name may be, or has a NUL within.
static bool take_name(const struct l4_msg *m, const struct l4_utcb *utcb, char name[ROOT_NAME])
{
    return request_bytes(m, utcb, name, ROOT_NAME) && strlen(name) == m->w[0];
}

static unsigned publish(const struct l4_msg *m, const struct l4_utcb *utcb)
{
    l4_handle_t arrived = l4_msg_cap(m, 0);
    char name[ROOT_NAME];
    struct l4_owned gate = L4_OWNED_EMPTY;
    l4_handle_t minted;
    unsigned error;

    if (!take_name(m, utcb, name) || arrived == L4_HANDLE_NONE)
        return ROOT_ERR_BAD_REQUEST;
    // A copy of our own: what lies in the receive window goes at the end of this visit. Only a gate can be
    // minted from, and only with the right to, so nothing else gets past here.
    error = (unsigned)l4_cap_mint(L4_CAP_SPACE, arrived, L4_SLOT_ANY,
                                  L4_RIGHT_CALL | L4_RIGHT_MANAGE | L4_RIGHT_GIVE, 0, &minted);
    if (error == L4_OK)
        error = (unsigned)l4_owned_take(&gate, minted);
    if (error != L4_OK)
        return error;
    error = task_publish(m->handle, name, &gate);
    if (l4_owns(&gate) && l4_owned_close_derived(&gate) != L4_OK)
        return ROOT_ERR_BAD_REQUEST;
    return error;
}

static unsigned renew(struct l4_msg *m, const struct l4_utcb *utcb)
{
    char name[ROOT_NAME];
    l4_handle_t handle;
    unsigned error;

    if (!take_name(m, utcb, name))
        return ROOT_ERR_BAD_REQUEST;
    error = start_renew(m->handle, name, &handle);
    m->w[0] = handle;
    return error;
}

static unsigned request(struct l4_msg *m, const struct l4_utcb *utcb)
{
    switch (l4_msg_label(m)) {
    case ROOT_EXIT:
        return task_end(m->handle, ROOT_END_EXIT, (int)m->w[0]);
    case ROOT_PUBLISH:
        return publish(m, utcb);
    case ROOT_READY:
        return task_ready(m->handle);
    case ROOT_RENEW:
        return renew(m, utcb);
    case ROOT_DEATH:
        return task_death(m->handle, &m->w[0], &m->w[1]);
    case ROOT_ALIVE:
        m->w[0] = task_alive(m->w[0]);
        return ROOT_ERR_OK;
    default:
        return ROOT_ERR_BAD_REQUEST;
    }
}

// Named only by the entry code below.
__attribute__((used)) static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned error = l4_tag_op(m->tag) == L4_OP_CALL ? request(m, utcb) : ROOT_ERR_BAD_REQUEST;

    l4_answer(m, error, 0, 0);
}

L4_ENTRY_GATE(service_entry, handle);
