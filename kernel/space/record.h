/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records: what the fast paths (arch/x86_64/entry/fast.asm) know of a pool of a space or of a queue gate on
 * the CPU they run on. A record has one address (struct cap names its low half) and other memory on each CPU,
 * so nobody but its CPU touches it, and neither a lock nor the CPU's number is needed. Where a CPU has none,
 * the address reads as a null record, which says "go the slow way".
 *
 * Of a pool: activations that are free and resident, which may be entered on this CPU at once: a cache of the
 * space's own lists (pool.c). Of a queue gate: the newest receiver, if it can run at once (ipc/fast.c).
 *
 * Lock: record_lock for making them; the space's for the lists of a pool, but for the fast paths, which are
 * alone on their CPU.
 */
#ifndef QUIRE_SPACE_RECORD_H
#define QUIRE_SPACE_RECORD_H

#include "kernel/arch/records.h"
#include "kernel/base/list.h"
#include "kernel/smp/mail.h"
#include "kernel/thread/activation.h"

struct record {
    struct activation *free; /* 0   first of a list through their links; NULL_ACTIVATION ends it */
    uint64_t seen;           /* 8   its CPU has dropped the translation to the null record */
    struct mail mail;        /* 16  first of a space: to its CPU, MAIL_SPILL */
    struct list receivers;   /* 32  first of a space: its receivers that are in a record on this CPU */
    void *owner;             /* 48  first of a space: that space */
    int32_t next;            /* 56  of an unused one of a gate: another */
    uint32_t padding;
};
_Static_assert(sizeof(struct record) == 64, "a cache line each");

/* Records of the pools of the space with table ID: this one and those behind it, for L4_POOL_COUNT pools. */
int32_t record_of_space(uint32_t id);

/* A record for a queue gate whose home is CPU; 0 when memory is short. And back. */
int32_t record_take(unsigned cpu) MUST_CHECK;
void record_give_back(unsigned cpu, int32_t id);

/* Makes those of space OWNER on CPU, unless memory is short. */
void record_make(unsigned cpu, int32_t id, void *owner);

/* Record ID of CPU, NULL when it has none. */
struct record *record_on(unsigned cpu, int32_t id);

/* Record ID of this CPU, about to be filled: from now on the fast paths see it. */
struct record *record_here(int32_t id);

/* Bytes of a space's records on one CPU, and of a gate's: what they are charged with. */
#define RECORD_SPACE_BYTES (sizeof(struct record) * 8)

#endif
