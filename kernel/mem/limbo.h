/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limbo: frames that nobody finds any more, but that another CPU may still read, by a pointer or a
 * translation it holds. They stay charged and go back to the pool when a round is over.
 */
#ifndef QUIRE_MEM_LIMBO_H
#define QUIRE_MEM_LIMBO_H

#include <stdbool.h>

#include "kernel/base/types.h"
#include "kernel/mem/quota.h"

/*
 * P, charged to QUOTA, goes back after the next round. Before: the last entry that leads to it is gone, and
 * the CPUs with translations through it have been told to drop them (round_flush).
 */
void frame_retire(paddr_t p, struct quota *quota);

/*
 * RANGE (frame.h) is opened after a round that begins now, whose number this returns, and QUOTA, the root,
 * raised by its size. Before: the CPUs with translations have been told to drop them. One quota for all
 * ranges.
 */
uint64_t frame_range_retire(unsigned range, struct quota *quota);

/* Opens ranges and gives back frames whose round is over, of these at most BUDGET. True when none of
 * those is left. */
bool frame_reclaim(unsigned budget);

/* The round after which everything that is in there now can go back; ROUND_NONE when nothing is. */
uint64_t frame_retired(void);

/* True when this CPU has retired something that is not free yet; maybe also when another has. */
bool frame_retired_here(void);

/* Bytes in there that are charged to QUOTA, counted one by one: for recounts. */
uint64_t frame_retired_bytes(const struct quota *quota);

#endif
