// SPDX-License-Identifier: BSD-2-Clause
// See pick.h.
#include "pick.h"

#include "programs.h"

struct cap *pick(struct space *s, unsigned kind)
{
    for (unsigned tries = 0; tries < 200; tries++) {
        struct cap *c = s->caps.hot + 1 + roll(127);

        if (c->kind != L4_KIND_NONE && (kind == 0 || c->kind == kind))
            return c;
    }
    return NULL;
}

uint64_t handle_of(struct space *s, unsigned kind)
{
    struct cap *c = pick(s, kind);

    return c ? c->handle : roll(2) ? 0 : L4_HANDLE_FIRST(roll(128));
}

uint64_t queue_of(const struct thread *t)
{
    for (unsigned tries = 0; tries < 20; tries++) {
        struct cap *c = pick(t->current->space, L4_KIND_GATE);
        const struct gate *g = c ? CONTAINER_OF(cap_object(c), struct gate, object) : NULL;

        if (g && g->mode == L4_GATE_QUEUE && g->cpu == t->cpu && g->space == t->home)
            return c->handle;
    }
    return handle_of(t->current->space, L4_KIND_GATE);
}

uint64_t served_gate(struct space *s)
{
    for (unsigned tries = 0; tries < 10; tries++) {
        struct cap *c = pick(s, L4_KIND_GATE);
        const struct gate *g = c ? CONTAINER_OF(cap_object(c), struct gate, object) : NULL;

        if (g && !list_empty(&g->receivers))
            return c->handle;
    }
    return handle_of(s, L4_KIND_GATE);
}

uint64_t server_of(struct space *s)
{
    struct cap *c = NULL;

    for (unsigned tries = 0; tries < 10; tries++) {
        c = pick(s, L4_KIND_THREAD);
        if (c && CONTAINER_OF(cap_object(c), struct thread, object)->wait == WAIT_RECEIVE)
            break;
    }
    return c ? c->handle : L4_HANDLE_NONE;
}
