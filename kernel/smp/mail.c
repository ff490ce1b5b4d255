/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boxes: a lock-free stack per CPU, which its owner takes whole and reverses. Model: test/models/mail.pml.
 */
#include "kernel/smp/mail.h"

#include <stddef.h>

#include "kernel/arch/smp.h"
#include "kernel/smp/cpus.h"

void mail_post(struct mail *m, unsigned cpu, uint32_t requests)
{
    _Atomic(struct mail *) *box = &cpu_shared[cpu].box;
    struct mail *first;

    /* release: who takes the request sees what was written before it */
    atomic_fetch_or_explicit(&m->requests, requests, memory_order_release);
    /* acq_rel: after the taker's 0 below its exchange of the requests has not happened yet */
    if (atomic_exchange_explicit(&m->queued, 1, memory_order_acq_rel))
        return;
    /* relaxed: only the address is compared; the exchange below orders */
    first = atomic_load_explicit(box, memory_order_relaxed);
    do {
        m->next = first;
        /* seq_cst: the taker sees m->next; and see below */
    } while (
        !atomic_compare_exchange_weak_explicit(box, &first, m, memory_order_seq_cst, memory_order_relaxed));
    /* seq_cst above: a CPU that goes idle raises its flag first and looks into its box then */
    if (!first && cpu != cpu_number())
        cpu_poke(cpu);
}

bool mail_waiting(void)
{
    /* seq_cst: after the idle flag, see mail_post */
    return cpu_local()->inbox ||
           atomic_load_explicit(&cpu_shared[cpu_number()].box, memory_order_seq_cst) != NULL;
}

bool mail_take(void)
{
    struct cpu_local *c = cpu_local();
    struct mail *newest;

    if (c->inbox)
        return false;
    /* acquire: pairs with the push */
    newest = atomic_exchange_explicit(&cpu_shared[cpu_number()].box, NULL, memory_order_acquire);
    while (newest) {
        struct mail *next = newest->next;

        newest->next = c->inbox;
        c->inbox = newest;
        newest = next;
    }
    return true;
}

bool mail_drain(unsigned budget)
{
    struct cpu_local *c = cpu_local();

    for (; c->inbox && budget > 0; budget--) {
        struct mail *m = c->inbox;
        uint32_t requests;

        c->inbox = m->next;
        /* seq_cst: first out of the box, then the requests: one that comes in between queues it again */
        atomic_store_explicit(&m->queued, 0, memory_order_seq_cst);
        /* acq_rel: what the poster wrote before the request; and not before the 0 */
        requests = atomic_exchange_explicit(&m->requests, 0, memory_order_acq_rel);
        if (requests)
            mail_deliver(m, requests);
    }
    return !c->inbox;
}
