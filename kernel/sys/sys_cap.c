/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on capabilities: each is asked of the space in whose table the result lies. Source handles of
 * CAP_COPY are the caller's; all others are handles of that space.
 */
#include "kernel/sys/call.h"

#define REVOKE_BATCH 8 /* slots deleted before interrupts are let in and the call starts over */

/* Narrows the badge of a system capability with a range: first << 32 | count. */
static enum l4_error range_narrow(struct cap_fill *fill, uint64_t first, uint64_t count)
{
    uint64_t old_first = fill->badge >> 32;
    uint64_t old_count = fill->badge & UINT32_MAX;

    if (fill->kind != L4_KIND_IRQ && fill->kind != L4_KIND_PORTS && fill->kind != L4_KIND_PHYS)
        return L4_ERR_CAP;
    if (count == 0 || first < old_first || first - old_first > old_count ||
        count > old_count - (first - old_first))
        return L4_ERR_RANGE;
    fill->badge = first << 32 | count;
    return L4_OK;
}

enum l4_error op_CAP_COPY(struct call *c)
{
    struct space *to = call_space(c);
    struct cap_fill fill;
    struct cap *fresh;
    enum l4_error err = cap_fill_from(&c->space->caps, c->w[0], &fill);
    unsigned rights;

    if (err != L4_OK)
        return err;
    rights = fill.rights;
    if (c->w[2] & ~(uint64_t)L4_RIGHT_ALL || c->w[3] > L4_COPY_RANGE)
        return L4_ERR_ARG;
    if (fill.kind == L4_KIND_REPLY)
        return L4_ERR_RIGHTS; /* one caller, one answer: it can be moved, not copied */
    if (to != c->space && !(rights & L4_RIGHT_GIVE))
        return L4_ERR_RIGHTS;
    fill.rights = (uint8_t)(rights & c->w[2]);
    if (c->w[3] == L4_COPY_MINT) {
        /* a badge tells the server who calls: only the unbadged original can be minted */
        if (fill.kind != L4_KIND_GATE || !(rights & L4_RIGHT_MANAGE))
            return L4_ERR_RIGHTS;
        fill.badge = c->w[4];
    } else if (c->w[3] == L4_COPY_RANGE) {
        err = range_narrow(&fill, c->w[4], c->w[5]);
    }
    if (err == L4_OK)
        err = cap_create(&to->caps, c->w[1], &fill, &fresh);
    if (err == L4_OK)
        c->w[0] = cap_handle(fresh);
    return err;
}

enum l4_error op_CAP_MOVE(struct call *c)
{
    struct space *s = call_space(c);
    struct cap_fill fill;
    struct cap *fresh;
    enum l4_error err = cap_fill_from(&s->caps, c->w[0], &fill);

    if (err == L4_OK)
        err = cap_move(&s->caps, c->w[1], &fill, &fresh);
    if (err == L4_OK)
        c->w[0] = cap_handle(fresh);
    return err;
}

enum l4_error op_CAP_DELETE(struct call *c)
{
    struct space *s = call_space(c);
    struct cap *cap = cap_lookup(&s->caps, c->w[0]);

    c->again = cap && !cap_unmap(cap);
    return c->again || (cap && cap_delete(cap)) ? L4_OK : L4_ERR_CAP;
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
    unsigned kind = cap ? cap_kind(cap) : L4_KIND_NONE;

    if (kind == L4_KIND_NONE)
        return L4_ERR_CAP;
    if (kind != L4_KIND_DEAD && cap_object(cap)->dying)
        kind = L4_KIND_DEAD;
    c->w[0] = kind;
    c->w[1] = cap->rights;
    c->w[2] = cap->badge;
    c->w[3] = kind == L4_KIND_DEAD ? 0 : cap_object(cap)->id;
    return L4_OK;
}
