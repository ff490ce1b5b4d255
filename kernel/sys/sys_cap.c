/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on capabilities: each is asked of the space in whose table the result lies. Source handles of
 * CAP_COPY are the caller's; all others are handles of that space.
 */
#include "kernel/sys/call.h"

#define REVOKE_BATCH 256 /* slots deleted before interrupts are let in and the call starts over */

/* Narrowed badge of a system capability with a range: first << 32 | count. */
static enum l4_error range_narrow(const struct cap *c, uint64_t first, uint64_t count, uint64_t *badge)
{
    uint64_t old_first = c->badge >> 32;
    uint64_t old_count = c->badge & UINT32_MAX;

    if (c->kind != L4_KIND_IRQ && c->kind != L4_KIND_PORTS && c->kind != L4_KIND_PHYS)
        return L4_ERR_CAP;
    if (count == 0 || first < old_first || first - old_first > old_count ||
        count > old_count - (first - old_first))
        return L4_ERR_RANGE;
    *badge = first << 32 | count;
    return L4_OK;
}

enum l4_error op_CAP_COPY(struct call *c)
{
    struct space *to = call_space(c);
    struct cap *from = cap_lookup(&c->space->caps, c->w[0]);
    struct cap_fill fill;
    struct cap *fresh;
    enum l4_error err = L4_OK;

    if (!from)
        return L4_ERR_CAP;
    if (from->kind == L4_KIND_DEAD)
        return L4_ERR_DEAD;
    if (c->w[2] & ~(uint64_t)L4_RIGHT_ALL || c->w[3] > L4_COPY_RANGE)
        return L4_ERR_ARG;
    if (from->kind == L4_KIND_REPLY)
        return L4_ERR_RIGHTS; /* one caller, one answer: it can be moved, not copied */
    if (to != c->space && !(from->rights & L4_RIGHT_GIVE))
        return L4_ERR_RIGHTS;
    fill = (struct cap_fill){cap_object(from),
                             from,
                             from->badge,
                             from->entry,
                             from->record,
                             from->gate,
                             (uint8_t)(from->rights & c->w[2]),
                             from->kind};
    if (c->w[3] == L4_COPY_MINT) {
        /* a badge tells the server who calls: only the unbadged original can be minted */
        if (from->kind != L4_KIND_GATE || !(from->rights & L4_RIGHT_MANAGE))
            return L4_ERR_RIGHTS;
        fill.badge = c->w[4];
    } else if (c->w[3] == L4_COPY_RANGE) {
        err = range_narrow(from, c->w[4], c->w[5], &fill.badge);
    }
    if (err == L4_OK)
        err = cap_create(&to->caps, c->w[1], &fill, &fresh);
    if (err == L4_OK)
        c->w[0] = fresh->handle;
    return err;
}

enum l4_error op_CAP_MOVE(struct call *c)
{
    struct space *s = call_space(c);
    struct cap *from = cap_lookup(&s->caps, c->w[0]);
    struct cap_fill fill;
    struct cap *fresh;
    enum l4_error err;

    if (!from)
        return L4_ERR_CAP;
    if (from->kind == L4_KIND_DEAD)
        return L4_ERR_DEAD;
    fill = (struct cap_fill){cap_object(from), from,       from->badge,  from->entry,
                             from->record,     from->gate, from->rights, from->kind};
    err = cap_create(&s->caps, c->w[1], &fill, &fresh);
    if (err != L4_OK)
        return err;
    cap_replace(&s->caps, from, fresh);
    c->w[0] = fresh->handle;
    return L4_OK;
}

enum l4_error op_CAP_DELETE(struct call *c)
{
    struct space *s = call_space(c);
    struct cap *cap = cap_lookup(&s->caps, c->w[0]);

    if (!cap)
        return L4_ERR_CAP;
    cap_delete(&s->caps, cap);
    return L4_OK;
}

enum l4_error op_CAP_REVOKE(struct call *c)
{
    struct cap *cap = cap_lookup(&call_space(c)->caps, c->w[0]);
    unsigned budget = REVOKE_BATCH;

    if (!cap)
        return L4_ERR_CAP;
    c->again = !cap_revoke(cap, &budget);
    return L4_OK;
}

enum l4_error op_CAP_IDENTIFY(struct call *c)
{
    struct cap *cap = cap_lookup(&call_space(c)->caps, c->w[0]);
    struct object *o;

    if (!cap)
        return L4_ERR_CAP;
    o = cap_object(cap);
    c->w[0] = cap->kind;
    c->w[1] = cap->rights;
    c->w[2] = cap->badge;
    c->w[3] = o ? o->id : 0;
    return L4_OK;
}
