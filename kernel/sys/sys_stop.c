/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces that stand still: SPACE_STOP. Nobody runs in a stopped space (thread_prepare); who would have run
 * there is suspended, and goes on when it is told that the space has been let go. Lock: the space's, for the
 * marker.
 */
#include "kernel/base/assert.h"
#include "kernel/smp/round.h"
#include "kernel/sys/reaper.h"

#define STOP_BATCH 64 /* threads told in one step */

/*
 * The next one inside S that has not been told yet goes behind the marker; NULL in *OUT when it is nobody.
 * False when all have been told, or S dies.
 */
static bool next_inside(struct space *s, struct thread **out)
{
    bool more;

    spin_lock(&s->lock);
    more = !list_empty(&s->stop_marker);
    *out = NULL;
    if (more) {
        struct list *l = s->active.next;

        list_remove(l);
        if (l != &s->stop_marker) {
            list_add_tail(&s->active, l);
            *out = CONTAINER_OF(l, struct activation, in_space)->thread;
        }
    }
    spin_unlock(&s->lock);
    return more;
}

/* Posts to those inside S, a few at a time. True when all have been told; the marker stands where it is. */
static bool tell_inside(struct space *s)
{
    for (unsigned i = 0; i < STOP_BATCH; i++) {
        struct thread *t;

        if (!next_inside(s, &t))
            return true;
        if (t)
            mail_post(&t->object.mail, thread_custody(t), MAIL_CHECK);
    }
    return false;
}

/*
 * The marker begins at the tail when S is let go; whoever asks again goes on where it stands, also where the
 * one who began is gone. Stopped again meanwhile, it begins anew: those told before may have been stopped
 * since.
 */
static void set_stopped(struct space *s, bool stopped)
{
    bool was;

    spin_lock(&s->lock);
    /* seq_cst: every CPU looks at it before it runs somebody in S, and a round brings those in user mode here
     */
    was = atomic_exchange_explicit(&s->stopped, stopped, memory_order_seq_cst);
    /* nor by a fast path: done before the round is over */
    if (stopped)
        space_spill(s, UINT64_MAX);
    if (was && !stopped && !s->object.dying) {
        list_remove(&s->stop_marker);
        list_add_tail(&s->active, &s->stop_marker);
    }
    spin_unlock(&s->lock);
}

enum l4_error op_SPACE_STOP(struct call *c)
{
    struct space *s = call_space(c);

    if (c->w[0] > 1)
        return L4_ERR_ARG;
    set_stopped(s, c->w[0] == 1);
    if (c->w[0] == 1)
        c->round = round_begin();
    else
        c->again = !tell_inside(s);
    return L4_OK;
}
