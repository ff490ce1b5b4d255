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
    MAIL_TAKE = 1,       /* thread: it is lent to you, or comes home */
    MAIL_WAKE = 2,       /* thread: look at its pending word */
    MAIL_CHECK = 4,      /* thread: something it waits for or is in has died */
    MAIL_GRANT = 8,      /* thread: an activation was reserved for it */
    MAIL_DESTROY = 16,   /* thread */
    MAIL_UNREPLIED = 32, /* thread: its reply capability may be gone */
    MAIL_SIGNAL = 64,    /* event: bits have come in */
    MAIL_UNBIND = 128,   /* event: its space dies */
    MAIL_ABORT = 256,    /* queue gate: it dies: who waits there gets L4_ERR_DEAD */
};

/* Asks CPU to do REQUESTS to the object of M. To the own CPU too: done before the kernel is left. */
void mail_post(struct mail *m, unsigned cpu, uint32_t requests);

/* True while M lies in a box: its memory stays. */
static inline bool mail_is_queued(struct mail *m)
{
    /* acquire: pairs with the release in mail_drain, so whoever frees the memory comes after its reader */
    return atomic_load_explicit(&m->queued, memory_order_acquire) != 0;
}

/* Takes what lies in this CPU's box, oldest first, and hands it to mail_deliver. */
void mail_drain(void);

/* True when something lies in this CPU's box. */
bool mail_waiting(void);

/* Where mail goes: kernel/ipc/ipc_mail.c. */
void mail_deliver(struct mail *m, uint32_t requests);

#endif
