/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail as it arrives: each request to the object it is for, if this CPU may write it; else on to the one that
 * may. An object that has ended meanwhile wants nothing any more; its memory is there while mail may come.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/fast.h"
#include "kernel/space/record.h"
#include "kernel/sys/reaper.h"

static void thread_deliver(struct thread *t, uint32_t requests)
{
    if (!thread_is_mine(t)) {
        mail_post(&t->object.mail, thread_custody(t), requests);
        return;
    }
    if (requests & MAIL_TAKE)
        travel_arrive(t);
    if (!t->ended && (requests & MAIL_GRANT))
        entry_granted(t);
    if (!t->ended && (requests & MAIL_WAKE))
        pending_look(t);
    if (!t->ended && (requests & MAIL_UNREPLIED))
        ipc_reply_check(t);
    if (!t->ended && (requests & MAIL_GONE))
        end_arrived(t);
    if (!t->ended && (requests & MAIL_CHECK))
        thread_check(t);
    if (!t->ended && (requests & MAIL_END) && t->payer->object.dying)
        thread_destroy(t);
}

static void event_deliver(struct event *e, uint32_t requests)
{
    ASSERT(e->cpu == cpu_number());
    if (e->object.dying)
        return;
    if (requests & MAIL_SIGNAL)
        event_take_in(e);
    if (requests & MAIL_END)
        event_destroy(e);
}

static void gate_deliver(struct gate *g, uint32_t requests)
{
    if (requests & MAIL_END) {
        ASSERT(g->mode == L4_GATE_QUEUE && g->cpu == cpu_number());
        /* DEAD: somebody else was first */
        (void)gate_destroy(g);
    }
    if (!(requests & MAIL_CHECK) || !g->alone)
        return;
    if (g->ending.cpu == cpu_number())
        reaper_resume(&g->object);
    else
        mail_post(&g->object.mail, g->ending.cpu, MAIL_CHECK);
}

static void space_deliver(struct space *s)
{
    if (s->ending.cpu == cpu_number())
        reaper_resume(&s->object);
    else
        mail_post(&s->object.mail, s->ending.cpu, MAIL_END);
}

void mail_deliver(struct mail *m, uint32_t requests)
{
    struct object *o = CONTAINER_OF(m, struct object, mail);

    /* only records are asked that, and they are nothing else */
    if (requests & MAIL_SPILL) {
        record_deliver(CONTAINER_OF(m, struct record, mail));
        return;
    }
    switch ((enum l4_kind)o->kind) {
    case L4_KIND_THREAD:
        thread_deliver(CONTAINER_OF(o, struct thread, object), requests);
        break;
    case L4_KIND_EVENT:
        event_deliver(CONTAINER_OF(o, struct event, object), requests);
        break;
    case L4_KIND_GATE:
        gate_deliver(CONTAINER_OF(o, struct gate, object), requests);
        break;
    case L4_KIND_SPACE:
        space_deliver(CONTAINER_OF(o, struct space, object));
        break;
    default:
        ASSERT(requests == 0);
        break;
    }
}
