/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail: how a CPU asks another one to do something to an object that only that one may write. Each object has
 * one node; requests are bits and merge, so mail allocates nothing and the box is never full.
 */
#ifndef QUIRE_SMP_MAIL_H
#define QUIRE_SMP_MAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mail {
    _Atomic uint32_t requests; /* enum mail_request, not taken yet */
    _Atomic uint32_t queued;   /* 1 while in a box */
    struct mail *next;
};

enum mail_request {
    MAIL_TAKE = 1,       /* thread: it is lent to this CPU, or comes home */
    MAIL_WAKE = 2,       /* thread: look at its pending word, or its event's bits */
    MAIL_CHECK = 4,      /* thread: what it waits for, or is in, dies */
    MAIL_GRANT = 8,      /* thread: an activation was reserved for it */
    MAIL_UNREPLIED = 16, /* thread: its reply capability may be gone */
    MAIL_GONE = 32,      /* thread: what it destroyed is gone */
    MAIL_SIGNAL = 64,    /* event: bits have come in */
    MAIL_SPILL = 256,    /* records of a space: out with what is in them (space/pool.c) */
    MAIL_END = 128,      /* thread, event, queue gate: destroy it; space: look how far its death is */
};

/* Asks CPU to do REQUESTS to the object of M. To the own CPU too: done before the kernel is left. */
void mail_post(struct mail *m, unsigned cpu, uint32_t requests);

/* True while M lies in a box: its memory stays. */
static inline bool mail_is_queued(struct mail *m)
{
    /* acquire: pairs with the release in mail_drain, so whoever frees the memory comes after its reader */
    return atomic_load_explicit(&m->queued, memory_order_acquire) != 0;
}

/* Takes all that lies in this CPU's box, unless what was taken last is not done yet: then false. */
bool mail_take(void);

/* Hands what was taken to mail_deliver, oldest first, at most BUDGET pieces. True when all is done. */
bool mail_drain(unsigned budget);

/* True when something lies in this CPU's box. */
bool mail_waiting(void);

/* Where mail goes: kernel/ipc/ipc_mail.c. */
void mail_deliver(struct mail *m, uint32_t requests);

#endif
