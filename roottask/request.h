// SPDX-License-Identifier: BSD-2-Clause
// What requests to the root task carry behind their words. The client is not believed about its size.
#ifndef ROOTTASK_REQUEST_H
#define ROOTTASK_REQUEST_H

#include <l4/ipc.h>
#include <l4/string.h>

// Copies the bytes word 0 counts, before they are looked at, and puts a NUL behind them. false: they do not
// fit, or are more than the message has besides its items.
static inline bool request_bytes(const struct l4_msg *m, const struct l4_utcb *utcb, char *to, size_t room)
{
    unsigned words = l4_tag_words(m->tag), items = 2 * l4_tag_items(m->tag);

    if (items > words || m->w[0] >= room || m->w[0] > 8 * (uint64_t)(words - items))
        return false;
    memcpy(to, &utcb->words[L4_WORDS_REGS], m->w[0]);
    to[m->w[0]] = 0;
    return true;
}

#endif
