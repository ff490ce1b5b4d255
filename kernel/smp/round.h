/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The round: after it every CPU has been at a quiescent point, where it holds no pointer to an object and has
 * dropped the translations it was told to. Rounds are numbered; a CPU acknowledges all up to a number.
 *
 * Whoever needs one takes a number and goes on with something else: nobody spins, no lock is held across it.
 * With one CPU every round is done at once.
 */
#ifndef QUIRE_SMP_ROUND_H
#define QUIRE_SMP_ROUND_H

#include <stdbool.h>
#include <stdint.h>

#include <l4/abi/errors.h>

#define ROUND_NONE UINT64_C(0)

/*
 * What functions answer instead of an enum l4_error when they would reuse what a round must free first. They
 * have begun the round and changed nothing: wait for it, then ask again. Never seen by user code.
 */
#define ROUND_AGAIN ((enum l4_error)0x100)

/* Starts a round of all CPUs and returns its number; what was written before is seen by every CPU after it.
 */
uint64_t round_begin(void);

/* The number of a round that has not begun yet: what is taken out of use now may be used again after it. */
uint64_t round_next(void);

/* True when round NUMBER is over. Not before the entry into the kernel in which it begins has ended. */
bool round_done(uint64_t number);

/* True when NUMBER has begun and this CPU itself has not acknowledged it yet. */
bool round_behind(uint64_t number);

/* Makes sure that round NUMBER has begun. */
void round_start(uint64_t number);

/* True when there is no other CPU. */
bool round_alone(void);

/* The CPUs of MASK drop the translations of user memory before they acknowledge the next round. */
void round_flush(uint64_t mask);

/* The round that began last. */
uint64_t round_current(void);

/*
 * At a quiescent point of this CPU, all mail done that was in the box when NUMBER was the current one:
 * acknowledges up to NUMBER and pokes those who wait for it.
 */
void round_acknowledge(uint64_t number);

/* Around sleeping: between the two this CPU counts as having acknowledged everything. */
void round_idle_begin(void);
void round_idle_end(void);

/* Somebody on this CPU waits (or nobody any more): whoever completes a round pokes it. */
void round_wait_begin(void);
void round_wait_end(void);

#endif
