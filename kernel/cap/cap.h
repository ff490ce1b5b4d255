/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability tables. A table is a window of 4 MiB: 2 MiB of hot slots (what a call reads) and 2 MiB of cold
 * ones (derivation). A handle is valid when its slot holds exactly it: one mask, one load, one compare. Pages
 * without slots in use are one shared page of null slots, whose handles match nothing.
 *
 * All slots that name one object are one preorder list (object.caps): a slot's descendants are those behind
 * it with greater depth. Lock: cap_lock (cap.c) for cold slots and for filling; hot slots are read without
 * it.
 */
#ifndef QUIRE_CAP_CAP_H
#define QUIRE_CAP_CAP_H

#include <stdbool.h>
#include <stdint.h>

#include <l4/abi/errors.h>
#include <l4/abi/handle.h>
#include <l4/abi/ops.h>

#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "kernel/mem/quota.h"
#include "kernel/smp/mail.h"

#if __STDC_HOSTED__
extern uint64_t host_cap_window;
#define CAP_WINDOW host_cap_window
#else
#define CAP_WINDOW UINT64_C(0xfffffe0000000000)
#endif
#define CAP_WINDOW_EACH UINT64_C(0x400000)
#define CAP_COLD_OFFSET UINT64_C(0x200000)
#define CAP_TABLES_MAX  32768
#define CAP_PAGE_SLOTS  128
#define CAP_DEPTH_MAX   60000

struct cap_cold;
struct thread;

/* What every kernel object begins with. */
struct object {
    struct cap_cold *caps; /* first slot that names it */
    uint64_t id;           /* never reused */
    struct list watchers;  /* death bindings (event.c) */
    uint32_t kind;         /* enum l4_kind */
    uint32_t dying;        /* nothing new is done to it */
    struct mail mail;
    struct thread *ender;  /* waits until it is gone (ipc_end.c) */
    struct object *limbo;  /* on its way out: the next one (ipc_end.c) */
    uint64_t round;        /* that must be over before its memory is free */
    uint32_t stage;        /* rounds it has waited for since nobody finds it any more */
    uint32_t returns;      /* after the round the reaper goes on with it */
};

/* The hot slot: NASM and FASTPATH.md know the offsets. */
struct cap {
    uint64_t handle; /* 0 */
    uint64_t badge;  /* 8   gates: badge; system kinds: first << 32 | count */
    uint64_t entry;  /* 16  entry gates: entry address */
    int32_t record;  /* 24  low half of the record's address */
    uint16_t gate;   /* 28  which gate of its space */
    uint8_t rights;  /* 30  enum l4_right */
    uint8_t kind;    /* 31  enum l4_kind */
};
_Static_assert(sizeof(struct cap) == L4_SLOT_SIZE, "hot slot");

struct cap_cold {
    struct object *object;
    struct cap_cold *next; /* in use: preorder list; free: next free slot */
    struct cap_cold *prev;
    uint32_t generation;
    uint16_t depth;
    uint16_t listed; /* on the table's free list */
};
_Static_assert(sizeof(struct cap_cold) == L4_SLOT_SIZE, "cold slot");

struct cap_table {
    struct cap *hot; /* the window; the cold half lies CAP_COLD_OFFSET behind */
    struct quota *quota;
    struct cap_cold *free;
    uint32_t id;
    uint32_t in_use;
    uint32_t window_first; /* slots [first, end) are receive windows: never given out as "any" */
    uint32_t window_end;
};

/* The table with its first page; charged to QUOTA. */
enum l4_error cap_table_init(struct cap_table *t, struct quota *quota) MUST_CHECK;

/* Deletes what is left in it and frees it. */
void cap_table_fini(struct cap_table *t);

/* Keeps slots [FIRST, END) for receive windows. */
void cap_table_reserve_window(struct cap_table *t, uint32_t first, uint32_t end);

/* The slot HANDLE names, or NULL. */
static inline struct cap *cap_lookup(const struct cap_table *t, l4_handle_t handle)
{
    struct cap *c = (struct cap *)((char *)t->hot + ((uint32_t)handle & L4_SLOT_MASK));

    return c->handle == handle ? c : NULL;
}

static inline struct cap_cold *cap_cold_of(const struct cap *c)
{
    return (struct cap_cold *)((uint64_t)(uintptr_t)c + CAP_COLD_OFFSET);
}

static inline struct object *cap_object(const struct cap *c)
{
    return cap_cold_of(c)->object;
}

struct cap_fill {
    struct object *object;
    struct cap *parent; /* derived from, or NULL for the first */
    uint64_t badge;
    uint64_t entry;
    int32_t record;
    uint16_t gate;
    uint8_t rights;
    uint8_t kind;
};

/*
 * Fills slot INDEX (L4_SLOT_ANY: a free one) and returns it in *out. EXISTS when the slot is in use, QUOTA
 * for the page it may need, LIMIT when the table is full, RANGE beyond it.
 */
enum l4_error cap_create(struct cap_table *t, uint64_t index, const struct cap_fill *fill,
                         struct cap **out) MUST_CHECK;

/* Makes the page of slot INDEX, so that cap_create there needs no memory. */
enum l4_error cap_reserve(struct cap_table *t, uint64_t index) MUST_CHECK;

/* Empties C; what was derived from it stays, one step nearer to the root. */
void cap_delete(struct cap_table *t, struct cap *c);

/* Empties OLD; FRESH, which was derived from it just now, takes its place: what was derived from OLD now is
 * derived from FRESH. */
void cap_replace(struct cap_table *t, struct cap *old, struct cap *fresh);

/* Deletes all that was derived from C, in every table; at most *BUDGET slots. True when done. */
bool cap_revoke(struct cap *c, unsigned *budget);

/* Slots that name FROM name TO from now on. */
void cap_move_object(struct object *from, struct object *to);

/* Told when the last capability to a deferred caller is deleted. */
extern void (*cap_reply_deleted)(struct object *o);

/* The object is gone: every slot that names it answers L4_ERR_DEAD until its holder deletes it. */
void cap_bury(struct object *object);

/* Slot C in use in table T? For the receive windows: empties slot INDEX if it is. */
void cap_clear_index(struct cap_table *t, uint64_t index);

uint64_t cap_count(void);

void object_init(struct object *o, enum l4_kind kind);

#endif
