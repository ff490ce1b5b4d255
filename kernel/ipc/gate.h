/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gate: the door through which IPC enters a space. Entry gate: the caller's thread walks in. Queue gate:
 * threads of the space wait on it and callers queue by priority.
 */
#ifndef QUIRE_IPC_GATE_H
#define QUIRE_IPC_GATE_H

#include <stdatomic.h>

#include "kernel/space/record.h"
#include "kernel/space/space.h"

struct gate {
    struct object object;
    struct space *space;
    struct list in_space;
    struct list refs; /* fault gates of spaces that name it */
    uint64_t entry;   /* entry mode: address */
    uint8_t mode;     /* enum l4_gate_mode */
    uint8_t pool;     /* entry mode: activations of visitors */
    uint8_t floor;    /* priority of visitors is at least this */
    bool takes_items;
    int32_t record;          /* what its capabilities name: of its pool, or its own on its home CPU */
    uint8_t cpu;             /* queue mode: the one that everything below belongs to */
    _Atomic uint32_t inside; /* entry mode: visits through it, and waits for one */
    struct ending ending;    /* entry mode */
    uint32_t told;           /* entry mode: indices whose visitors know of its end */
    bool buried;             /* entry mode, on its end: no capability names it any more */
    bool gone;               /* nobody is left; its memory waits for rounds */
    bool alone;              /* it dies, but not with its space */
    struct heap callers;     /* queue mode: threads in WAIT_SEND */
    struct list receivers;   /* queue mode: threads in WAIT_RECEIVE (receiver node), newest first */
    struct list served; /* (receiver node) queue mode: threads in WAIT_REPLY, in a server's hands; entry mode:
                           in WAIT_POOL, under the space's lock */
};

/* Bytes a gate is charged with: with a record of its own, in queue mode. */
#define GATE_CHARGE (sizeof(struct gate) + sizeof(struct record))

struct gate_config {
    enum l4_gate_mode mode;
    bool takes_items;
    uint64_t entry;
    uint64_t pool; /* queue mode: CPU */
    uint64_t floor;
};

enum l4_error gate_create(struct space *s, const struct gate_config *c, struct gate **out) MUST_CHECK;

/* Frees the memory of a gate nobody is inside of, waits on or queues at. */
void gate_free(struct gate *g);

/* Makes REF name G with BADGE; NULL clears it. DEAD when G is dying. */
enum l4_error gate_ref_set(struct gate_ref *ref, struct gate *g, uint64_t badge);

/* What REF names; the badge belongs to it. On any CPU. */
struct gate *gate_ref_get(struct gate_ref *ref, uint64_t *badge);

/* A step after which fewer references name G, which dies: no new one does. True when none is left. */
bool gate_refs_clear(struct gate *g) MUST_CHECK;

/* G or its space has begun to die: nobody goes in any more. */
static inline bool gate_dies(const struct gate *g)
{
    return g->object.dying || g->space->object.dying;
}

/* A visit through G begins or ends. */
static inline void gate_enter(struct gate *g)
{
    /* relaxed: a count; who waits for 0 comes after a round and is told by gate_leave */
    atomic_fetch_add_explicit(&g->inside, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&g->space->visitors, 1, memory_order_relaxed);
}
void gate_leave(struct gate *g);

/* So does a thread's wait to enter G. */
static inline void gate_wait_begin(struct gate *g)
{
    /* relaxed: as above */
    atomic_fetch_add_explicit(&g->inside, 1, memory_order_relaxed);
}
void gate_wait_end(struct gate *g);

uint64_t gate_count(void);

#endif
