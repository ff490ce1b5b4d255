/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deferred callers: a queue server that cannot answer at once moves its caller in hand into a capability
 * slot. The object behind a reply capability lies in the caller's thread, so deferring allocates no object.
 * It is used once: answering deletes it; deleting it gives the caller L4_ERR_DEAD; the caller's end makes it
 * a dead slot like any other.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/smp/round.h"

static struct thread *caller_of(struct object *o)
{
    return CONTAINER_OF(o, struct thread, reply);
}

/* The caller goes on; no capability to it is left that could wake it a second time. */
static void caller_ready(struct thread *caller)
{
    ASSERT(thread_is_mine(caller));
    list_remove(&caller->receiver);
    caller->wait = WAIT_NOTHING;
    caller->wait_on = NULL;
    sched_ready(caller);
}

enum l4_error ipc_defer(struct thread *t, uint64_t slot, l4_handle_t *out)
{
    struct activation *server = t->current;
    struct cap_fill fill = {.rights = L4_RIGHT_CALL | L4_RIGHT_GIVE, .kind = L4_KIND_REPLY};
    struct thread *caller;
    struct cap *c;
    enum l4_error err;

    if (server != t->base || !server->link)
        return L4_ERR_STATE;
    caller = server->link->thread;
    if (frame_is_fault(caller->current->frame))
        return L4_ERR_STATE; /* a fault is answered by whoever took it */
    fill.object = &caller->reply;
    err = cap_create(&server->space->caps, slot, &fill, &c);
    if (err != L4_OK)
        return err;
    server->link->partner = NULL;
    server->link = NULL;
    caller->wait = WAIT_DEFERRED; /* and it stays on its gate's list of served callers */
    *out = cap_handle(c);
    return L4_OK;
}

/* What comes from T to the caller behind its capability; only words in registers can be handed on. */
static enum l4_error take(struct thread *t, struct thread *caller, const struct cap *to, struct message *m)
{
    message_from_regs(t->current, m);
    if (to)
        return l4_tag_words(m->tag) ? L4_ERR_NOSYS : L4_OK;
    m->tag = (m->tag & ~L4_TAG_OP_MASK) | L4_OP_REPLY;
    return frame_take(caller->current, t->current, m);
}

void ipc_reply_deferred(struct thread *t, struct cap *c, struct cap *to)
{
    struct activation *a = t->current;
    struct thread *caller = caller_of(cap_object(c));
    struct message m;
    enum l4_error err;

    if (!thread_is_mine(caller)) {
        travel_call(t, thread_custody(caller));
        return;
    }
    if (c->kind != L4_KIND_REPLY || caller->wait != WAIT_DEFERRED) {
        answer_kernel(a, L4_ERR_DEAD); /* it ended since C was looked up */
        return;
    }
    err = take(t, caller, to, &m);
    /* an item may have taken the slot of C, which gave the caller its error */
    if (err == L4_OK && caller->wait != WAIT_DEFERRED)
        err = L4_ERR_CAP;
    if (err == L4_OK) {
        caller_ready(caller);
        (void)cap_delete(c);
        if (to)
            forward_caller(a, caller, to);
        else
            frame_finish(caller, &m);
    }
    if (err == ROUND_AGAIN)
        round_retry(t);
    else
        answer_kernel(a, err);
}

void ipc_reply_deleted(struct object *o)
{
    struct thread *caller = caller_of(o);

    if (thread_is_mine(caller))
        ipc_reply_check(caller);
    else
        mail_post(&caller->object.mail, thread_custody(caller), MAIL_UNREPLIED);
}

void ipc_reply_check(struct thread *caller)
{
    if (caller->wait != WAIT_DEFERRED || caller->reply.caps)
        return;
    caller_ready(caller);
    frame_error(caller, L4_ERR_DEAD);
}
