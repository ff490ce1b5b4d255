/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability tables. A table is a window of 4 MiB: 2 MiB of hot slots (what a call reads) and 2 MiB of cold
 * ones (derivation). A handle is valid when its slot holds exactly it: one mask, one load, one compare. Pages
 * without slots in use are one shared page of null slots, whose handles match nothing.
 *
 * All slots that name one object are one list of brackets (object.caps): each slot has an opening and a
 * closing one, and what was derived from it lies between them. So any slot leaves the list in one step,
 * whatever was derived from it.
 *
 * Lock: cap_lock (cap.c) for cold slots, for lists and for writing hot ones. Hot slots are read without it:
 * who found a handle in its slot may go on reading badge, entry, rights and object until its next quiescent
 * point, because an emptied slot keeps them and is filled again only after a round. The kind may become NONE
 * or DEAD meanwhile: it is read once, and the object is not used when it says so.
 */
#ifndef QUIRE_CAP_CAP_H
#define QUIRE_CAP_CAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <l4/abi/errors.h>
#include <l4/abi/handle.h>
#include <l4/abi/ops.h>

#include "kernel/arch/records.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "kernel/map/vspace.h"
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

struct cap_cold;
struct thread;

/* What every kernel object begins with. */
struct object {
    struct cap_cold *caps; /* first slot that names it */
    uint64_t id;           /* never reused */
    struct list watchers;  /* death bindings (event.c) */
    uint32_t kind;         /* enum l4_kind */
    _Atomic uint32_t
        dying; /* nothing new is done to it; set before cap_bury: nobody derives from it any more */
    struct cap_cold *revoking; /* slot whose descendants are being deleted: see cap_revoke */
    struct mail mail;
    struct thread *ender; /* waits until it is gone (ipc_end.c) */
    struct object *limbo; /* on its way out: the next one (ipc_end.c) */
    uint64_t round;       /* that must be over before its memory is free */
    uint32_t stage;       /* rounds it has waited for since nobody finds it any more */
    uint16_t returns;     /* after the round the reaper goes on with it */
    uint16_t resting;     /* it is in the limbo: nobody goes on with it before the round */
};

/* The hot slot: NASM and FASTPATH.md know the offsets. */
struct cap {
    _Atomic uint64_t handle; /* 0   written last when filled, first when emptied: see cap_handle */
    uint64_t badge;          /* 8   gates: badge; system kinds: first << 32 | count */
    union {
        struct {
            uint64_t entry;       /* 16  entry gates: entry address */
            int32_t record;       /* 24  low half of the record's address; RECORD_NULL for what is no gate */
            uint16_t slot;        /* 28  its own number */
            uint8_t rights;       /* 30  enum l4_right */
            _Atomic uint8_t kind; /* 31  enum l4_kind */
        };
        struct map_node node; /* physical memory: cap_phys.c */
    };
};
_Static_assert(sizeof(struct cap) == L4_SLOT_SIZE, "hot slot");

/* Which of a slot's brackets a link leads to. */
enum cap_bracket { CAP_OPEN, CAP_CLOSE };

/*
 * Links lead to a bracket of a slot in any table: table << 17 | slot << 1 | enum cap_bracket; 0 is the end
 * (slot 0 of a table is never in use).
 */
struct cap_cold {
    struct object *object; /* kept until the slot is filled again; not to be used when the kind is DEAD */
    uint32_t next[2]; /* behind its brackets; [0] in a list of empty slots; [1] COLD_PENDING: round, low */
    uint32_t prev[2]; /* before its brackets; likewise; [1] round, high */
    uint32_t generation;
    _Atomic uint32_t state; /* enum cold_state */
};
_Static_assert(sizeof(struct cap_cold) == L4_SLOT_SIZE, "cold slot");

/* A link to a bracket, and back. */
uint32_t cap_link(const struct cap_cold *cold, enum cap_bracket which);
struct cap_cold *cap_of_link(uint32_t link);

enum cold_state {
    COLD_EMPTY,   /* of a receive window, slot 0, or retired */
    COLD_FREE,    /* on the table's free list */
    COLD_PENDING, /* emptied, waits for a round; on the table's pending list */
    COLD_WAITING, /* the same, of a receive window: on no list */
    COLD_USED,
};

/* Empty slots, linked through next[0] and prev[0]. */
struct cap_list {
    uint32_t first;
    uint32_t last;
};

struct cap_table {
    struct cap *hot; /* the window; the cold half lies CAP_COLD_OFFSET behind */
    struct quota *quota;
    struct cap_list free;
    struct cap_list pending;                                     /* oldest first */
    _Atomic uint64_t pages[L4_SLOT_COUNT / CAP_PAGE_SLOTS / 64]; /* bit: the page pair is there */
    uint32_t id;
    uint32_t in_use;
    uint32_t window_first; /* slots [first, end) are receive windows: never given out as "any" */
    uint32_t window_end;
    uint32_t fini_at;     /* the end: slots, then pages done */
    uint32_t fini_frames; /* frames taken out, a list through their notes */
    uint32_t frames;      /* pages and page tables it holds */
    bool closing;         /* nothing is put into it any more */
    bool closed;          /* no address leads to it any more */
};

/* The table with its first page; charged to QUOTA. */
enum l4_error cap_table_init(struct cap_table *t, struct quota *quota) MUST_CHECK;

/*
 * Deletes what is left in it and frees it, about *BUDGET slots at a time. True when done; its frames may
 * still be in limbo, charged to its quota.
 */
bool cap_table_fini_step(struct cap_table *t, unsigned *budget);

/* Keeps slots [FIRST, END) for receive windows. */
void cap_table_reserve_window(struct cap_table *t, uint32_t first, uint32_t end);

/* Enum l4_kind, NONE when the slot has been emptied since it was looked up. To be read once. */
static inline unsigned cap_kind(const struct cap *c)
{
    /* relaxed: the object it speaks of stays until this CPU's quiescent point, whatever it says */
    return atomic_load_explicit((_Atomic uint8_t *)(uintptr_t)&c->kind, memory_order_relaxed);
}

/*
 * The handle that names C, which is in use. It is what the slot says; but a slot for physical memory, which
 * has no place for a record, says the handle of its neighbour: so no fast path takes it for a gate's.
 */
static inline l4_handle_t cap_handle(const struct cap *c)
{
    /* relaxed: as in cap_kind */
    uint64_t handle = atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)&c->handle, memory_order_relaxed);

    return cap_kind(c) == L4_KIND_PHYS ? handle ^ L4_SLOT_SIZE : handle;
}

/* HANDLE is not in its slot C as this CPU sees it: looks again past a stale translation. C or NULL. */
struct cap *cap_lookup_again(struct cap *c, l4_handle_t handle);

/* The slot HANDLE names, or NULL. */
static inline struct cap *cap_lookup(const struct cap_table *t, l4_handle_t handle)
{
    struct cap *c = (struct cap *)((char *)t->hot + ((uint32_t)handle & L4_SLOT_MASK));

    /* acquire: what the filler wrote before it */
    return atomic_load_explicit(&c->handle, memory_order_acquire) == handle ? c : cap_lookup_again(c, handle);
}

static inline struct cap_cold *cap_cold_of(const struct cap *c)
{
    return (struct cap_cold *)((uint64_t)(uintptr_t)c + CAP_COLD_OFFSET);
}

static inline struct object *cap_object(const struct cap *c)
{
    return cap_cold_of(c)->object;
}

/* What C names is gone, or goes: its slots are told one after the other. */
static inline bool cap_is_dead(const struct cap *c)
{
    unsigned kind = cap_kind(c);

    /* the object of a slot that says DEAD is not looked at: its memory may be somebody else's */
    return kind == L4_KIND_DEAD || (kind != L4_KIND_NONE && cap_object(c)->dying);
}

struct cap_fill {
    struct object *object;
    struct cap *parent; /* derived from, or NULL for the first */
    l4_handle_t parent_handle;
    uint64_t badge;
    uint64_t entry;
    int32_t record;
    uint8_t rights;
    uint8_t kind;
};

/* What a copy of HANDLE's slot in T says; CAP or DEAD when there is nothing to copy. */
enum l4_error cap_fill_from(const struct cap_table *t, l4_handle_t handle, struct cap_fill *out) MUST_CHECK;

/*
 * Fills slot INDEX (L4_SLOT_ANY: a free one) and returns it in *out. EXISTS when the slot is in use, QUOTA
 * for the page it may need, LIMIT when the table is full, RANGE beyond it; CAP or DEAD when the parent, the
 * object or the table has gone meanwhile; BUSY while what was derived from the parent is being revoked;
 * ROUND_AGAIN (round.h) when the slot was emptied a moment ago.
 */
enum l4_error cap_create(struct cap_table *t, uint64_t index, const struct cap_fill *fill,
                         struct cap **out) MUST_CHECK;

/* The same in one step with emptying the parent, whose place the new slot takes with all that was derived. */
enum l4_error cap_move(struct cap_table *t, uint64_t index, const struct cap_fill *fill,
                       struct cap **out) MUST_CHECK;

/* What cap_create there would fail with now, but for memory; makes nothing. ROUND_AGAIN as above. */
enum l4_error cap_check(struct cap_table *t, uint64_t index) MUST_CHECK;

/*
 * Empties C, which this kernel entry looked up or made; what was derived from it stays, one step nearer to
 * the root. False when somebody else has emptied it meanwhile: of many who delete one slot, one hears true.
 */
bool cap_delete(struct cap *c);

/* The node from which hangs what is mapped through C, a capability for physical memory (map_physical). */
struct map_node *cap_node(const struct cap *c);

/*
 * Before C, which this kernel entry looked up, is deleted: nothing is mapped through it any more. A step;
 * true when done. Nothing comes new after the first. Deleting would do it in one piece.
 */
bool cap_unmap(struct cap *c);

/* Empties OLD; FRESH, which was derived from it just now, takes its place: what was derived from OLD now is
 * derived from FRESH. */
void cap_replace(struct cap *old, struct cap *fresh);

/*
 * Deletes all that was derived from C, in every table; at most *BUDGET slots. True when done.
 *
 * It ends although others keep deriving: the object remembers the slot, deriving from the slot itself is
 * refused (BUSY), and whoever derives from another slot of the object deletes several descendants first. That
 * also finishes what a revoker left undone who is gone, so the mark never stays.
 */
bool cap_revoke(struct cap *c, unsigned *budget);

/*
 * Slots that name FROM name TO from now on, or are dead if that is NULL. For deferred callers only: one slot
 * names each of those, and maybe one derived from it that is about to take its place.
 */
void cap_reply_rename(struct object *from, struct object *to);

/* Told when the last capability to a deferred caller is deleted. Called without a lock. */
extern void (*cap_reply_deleted)(struct object *o);

/* Told when slots with capabilities for interrupts have been emptied, before their table goes. Called without
 * a lock. */
extern void (*cap_irq_deleted)(void);

/*
 * The object is gone: every slot that names it answers L4_ERR_DEAD until its holder deletes it. At most
 * *BUDGET brackets; true when done. Where more than one slot may name it, it is marked as dying before.
 */
bool cap_bury(struct object *object, unsigned *budget);

/* For the receive windows: a step of cap_unmap for slot INDEX; and empties it, if it is in use. */
bool cap_unmap_index(struct cap_table *t, uint64_t index) MUST_CHECK;
void cap_clear_index(struct cap_table *t, uint64_t index);

uint64_t cap_count(void);

void object_init(struct object *o, enum l4_kind kind);

#endif
