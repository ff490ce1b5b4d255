/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between activations: the words in registers (message.c), memory words and items (items.c). On the
 * CPU that has both threads in custody, interrupts off.
 */
#ifndef QUIRE_IPC_MESSAGE_H
#define QUIRE_IPC_MESSAGE_H

#include <l4/abi/item.h>
#include <l4/abi/tag.h>

#include "kernel/thread/activation.h"

struct message {
    uint64_t tag;
    uint64_t badge;
    uint64_t w[L4_WORDS_REGS];
};

/* --- message.c --- */

/* The request A is sending, as its receiver sees it; badge left 0. */
void message_of(const struct activation *a, struct message *m);

/* The words in A's registers, tag included, as a partner sees them; badge left 0. */
void message_from_regs(const struct activation *a, struct message *m);

/* The call that A waits for the answer of; NULL: a caller who is gone. */
uint64_t frame_op(const struct activation *a);

/* Puts M into the registers of A, which will leave by SYSRET. */
void message_put(struct activation *a, const struct message *m);

/* --- items.c --- */

enum fetch {
    FETCH_WHOLE,   /* in one go */
    FETCH_REQUEST, /* for a visit that has not begun: maybe in several */
    FETCH_FAULT,   /* likewise; items go where the sender says, not into a window */
};

/*
 * Fetches the memory words and items of a message with TAG that FROM sends to TO, which is resident.
 * ROUND_AGAIN: to be asked again after the current round. On another error of FETCH_WHOLE nothing has been
 * transferred.
 */
enum l4_error message_fetch(struct activation *from, struct activation *to, uint64_t tag,
                            enum fetch how) MUST_CHECK;

#endif
