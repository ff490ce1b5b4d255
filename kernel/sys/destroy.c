/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destruction of a space, conducted from the top: the spaces it funds, its threads, its gates with everybody
 * inside, its events, its memory, its books. On the one CPU that is started no other CPU can hold a
 * reference; the round comes in where the comment says so.
 */
#include "kernel/arch/address.h"
#include "kernel/base/assert.h"
#include "kernel/map/mapdb.h"
#include "kernel/sys/call.h"

static void unmap_everything(struct space *s)
{
    uint64_t at = 0;

    s->vs.watch = NULL;
    while (at < L4_USER_END) {
        uint64_t done;

        if (unmap_range(&s->vs, at, L4_USER_END - at, L4_UNMAP_ALL, 0, &done))
            break;
        at += done;
    }
}

static void space_totals_leave(struct space *s)
{
    space_totals.utcb_pages -= s->utcb_pages;
    space_totals.stack_pages -= s->stack_pages;
}

static void space_destroy_one(struct space *s)
{
    s->object.dying = 1;
    cap_bury(&s->object);
    object_died(&s->object);
    /* nobody comes in any more: the gates go first, then those inside have nothing to come back to */
    while (!list_empty(&s->gates))
        gate_destroy(LIST_FIRST(&s->gates, struct gate, in_space));
    while (!list_empty(&s->threads))
        thread_destroy(LIST_FIRST(&s->threads, struct thread, in_home));
    space_evict(s);
    while (!list_empty(&s->events))
        event_destroy(LIST_FIRST(&s->events, struct event, in_space));
    gate_ref_set(&s->fault_gate[L4_GATE_PAGER], NULL, 0);
    gate_ref_set(&s->fault_gate[L4_GATE_EXCEPTION], NULL, 0);
    space_totals_leave(s);
    unmap_everything(s);
    space_free_activations(s);
    /* this CPU may still be on the space's tables */
    address_space_leave(s->vs.root[cpu_local()->number]);
    space_free(s);
}

void space_destroy(struct space *s)
{
    /* leaves first, without recursion */
    for (;;) {
        struct space *leaf = s;

        while (!list_empty(&leaf->funded))
            leaf = LIST_FIRST(&leaf->funded, struct space, sibling);
        if (leaf == s)
            break;
        space_destroy_one(leaf);
    }
    space_destroy_one(s);
}
