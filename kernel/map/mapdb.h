/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mapping database: who derived which mapping from whom, and the operations on ranges of memory.
 * Lock: map_lock, taken by every function below.
 *
 * What is taken away may still be used by other CPUs until the round that map_flush_finish names; whoever
 * asked hears of the end of his operation then. Model: test/models/round.pml.
 */
#ifndef QUIRE_MAP_MAPDB_H
#define QUIRE_MAP_MAPDB_H

#include "kernel/map/vspace.h"

#define MAP_DEPTH_MAX 15

/* Entries one call handles at most; the caller of a system call repeats it for the rest. */
#define MAP_BATCH 24

/* Entries that go in one step of the end of a space, and of a capability for physical memory: a system call
 * does two such steps before interrupts are let in, the first by itself and the second when it starts over.
 */
#define END_BATCH 16
#define VIA_BATCH 12

struct l4_utcb;

struct map_request {
    struct vspace *from;
    uint64_t source;
    struct vspace *to;
    uint64_t target;
    uint64_t bytes;
    unsigned rights; /* enum l4_access */
    bool grant;
};

/*
 * What one operation or several together may do: an entry mapped, a derived mapping that goes on the way and
 * a frame for tables or nodes are one each; a split is alone in a budget.
 */
struct map_budget {
    unsigned left;
    unsigned whole; /* it began with */
    bool lasting;   /* something was done that need not be done again when what was mapped is taken back */
};

/*
 * Maps or grants part of one space's memory into another (or the same). Stops at the first error, at a hole
 * in the source or when the budget is used up (BUSY, if nothing was mapped); *done says how many bytes were
 * mapped. Both ranges are page-aligned and below L4_USER_END. Who pays: TO for its tables, FROM for a split.
 */
enum l4_error map_range_within(const struct map_request *r, struct map_budget *budget,
                               uint64_t *done) MUST_CHECK;

/* The same with a budget of MAP_BATCH. */
MUST_CHECK static inline enum l4_error map_range(const struct map_request *r, uint64_t *done)
{
    struct map_budget budget = {.left = MAP_BATCH, .whole = MAP_BATCH};

    return map_range_within(r, &budget, done);
}

/*
 * Maps physical memory that nobody derived from: with VIA NULL RAM, at boot; else device memory, which hangs
 * from VIA, the node of a capability (L4_ERR_CAP when that is closed). RAM may be mapped on as executable
 * even where it is not executable itself: the root pager never runs what it hands out.
 */
enum l4_error map_physical(struct vspace *to, uint64_t target, paddr_t from, uint64_t bytes, unsigned rights,
                           unsigned cache, struct map_node *via, uint64_t *done) MUST_CHECK;

/* Closes VIA for good and removes what hangs from it, at most VIA_BATCH entries; true when nothing is left.
 */
bool unmap_via(struct map_node *via);

/* What hangs from OLD hangs from FRESH as well, behind what has been mapped through that already; OLD is
 * closed. */
void map_via_move(struct map_node *old, struct map_node *fresh);

/*
 * Takes memory out of VS for the page pool: RAM that VS can write, derived from nothing, from which nothing
 * was derived, side by side in physical memory. Stops where that ends, or after MAP_BATCH entries; *done says
 * how many bytes went, *range is that of frame_range_add: open it after a round that begins from now on.
 */
enum l4_error map_to_pool(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned *range,
                          uint64_t *done) MUST_CHECK;

/*
 * Removes (rights 0) or narrows mappings of a range: the space's own, those derived from it, or both (enum
 * l4_unmap). Never allocates, never fails; *done says how far it came in at most BUDGET entries, and the
 * answer is true when the range is finished.
 */
bool unmap_within(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned which, unsigned remain,
                  unsigned budget, uint64_t *done);

/* The same with a budget of MAP_BATCH. */
static inline bool unmap_range(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned which,
                               unsigned remain, uint64_t *done)
{
    return unmap_within(vs, va, bytes, which, remain, MAP_BATCH, done);
}

/* One such step through all of a space that dies. True when nothing is left. */
bool unmap_all_step(struct vspace *vs);

struct vspace_range {
    uint64_t begin;
    uint64_t end;
};

/* Sets the watcher for what lies between the first and the last of COUNT ranges. False when something is
 * mapped in one of them, for the watcher counts what comes and goes, or when what was mapped there left so
 * many tables that this would be long to find out. */
bool vspace_watch_set(struct vspace *vs, const struct vspace_range *ranges, unsigned count,
                      vspace_watch_fn watch) MUST_CHECK;

/* True when VA is mapped with RIGHTS (enum l4_access) now. */
bool vspace_access(struct vspace *vs, uint64_t va, unsigned rights);

/*
 * The kernel's address of VA, when that is in writable write-back RAM, in a page of its own size; NULL
 * otherwise. Also written to *OUT, under the lock: a watcher clears it there.
 */
struct l4_utcb *vspace_pin(struct vspace *vs, uint64_t va, struct l4_utcb **out);

/* A watcher has taken away a kernel address: any CPU may be using it until the operation's round. */
void map_flush_all(void);

/*
 * At the end of an operation: the round that must be over before the operation counts as done; ROUND_NONE
 * when no other CPU is concerned. Interrupts off since the operation.
 */
uint64_t map_flush_finish(void);

#endif
