/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recount: what the books say against what is really there. In builds with QUIRE_CHECK=1 every N-th system
 * call and fault (boot argument recount=N, 0: none of these), and every one after which there are fewer
 * objects than before, ends with a walk over all spaces; the first difference is a panic. Reads only.
 */
#ifndef QUIRE_SYS_RECOUNT_H
#define QUIRE_SYS_RECOUNT_H

#include "kernel/space/space.h"

#ifndef QUIRE_CHECK
#define QUIRE_CHECK 0
#endif

/* Sums over all spaces, for the totals. */
struct recount {
    struct space *space; /* the one that is counted */
    uint64_t spaces;
    uint64_t threads;
    uint64_t gates;
    uint64_t events;
    uint64_t caps;
    uint64_t leaves;   /* present entries */
    uint64_t listed;   /* nodes reached from roots */
    uint64_t hanging;  /* roots that hang from capabilities */
    uint64_t held;     /* the same, counted from the capabilities */
    uint64_t mapped;   /* pages of this space */
    uint64_t visitors; /* of this space */
    uint64_t activations;
    uint64_t utcb_pages;
    uint64_t stack_pages;
    uint32_t cpu_uses[CPUS_MAX]; /* of this space */
};

/* Reads recount=; says so when this build has no recounts. At boot. */
void recount_init(void);

/* At the end of a system call or a fault. */
void recount_step(void);

/* At a quiescent point: stands still while another CPU recounts. */
void recount_park(void);

/* The other CPUs stand still at their quiescent points, until recount_go_on. False when one of them recounts
 * already. */
bool recount_stop_others(void);
void recount_go_on(void);

/* Panics unless both are equal. */
void recount_expect(const struct recount *r, const char *what, uint64_t expected, uint64_t found);

/* Panics unless OK; VALUE helps to find it. */
void recount_require(const struct recount *r, const char *what, bool ok, uint64_t value);

/* The bytes of r->space that go to page tables and nodes; to slots; to activations and their index. */
uint64_t recount_memory(struct recount *r);
uint64_t recount_caps(struct recount *r);
uint64_t recount_activations(struct recount *r);

/* What was mapped through the capability in slot INDEX of r->space, whose node is VIA, and not derived from
 * that. */
uint64_t recount_hanging(const struct recount *r, const struct map_node *via, uint64_t index);

/* The threads the space pays for. */
uint64_t recount_threads(struct recount *r);

#endif
