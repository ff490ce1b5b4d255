/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of kernel/space share; nobody else includes it.
 */
#ifndef QUIRE_SPACE_SPACE_PARTS_H
#define QUIRE_SPACE_SPACE_PARTS_H

#include "kernel/space/space.h"

#define INDEX_PAGE UINT64_C(512) /* pointers to a page of the index */
#define INDEX_DIR  (INDEX_PAGE * INDEX_PAGE)

/* The place for the pointer to activation INDEX, NULL when its pages are not there. */
index_entry *index_place(struct space *s, uint64_t index);

/* Frees a page of the index to which no pointer leads. */
void index_page_free(struct space *s, void *page);

/* An activation charged to S, for its INDEX, in no list; NULL when quota or memory is short. And back. */
struct activation *activation_alloc(struct space *s, uint64_t index);
void activation_release(struct activation *a);

/* A is to be found at INDEX, whose pages are there. */
void index_set(struct space *s, uint64_t index, struct activation *a);

/* Frees the pages of the index, at most *BUDGET; true when done. Nobody is left who looks. */
bool index_free_step(struct space *s, unsigned *budget);

/* Below: the space's lock is held. */

/* The first free activation of POOL in the record of this CPU, NULL when there is none. */
struct activation *record_pop(struct space *s, unsigned pool);

/* A, free, into the record of this CPU; false when it belongs in the lists of its space. */
bool record_push(struct space *s, struct activation *a) MUST_CHECK;

/* There it goes. */
void activation_put_free(struct space *s, struct activation *a);

/*
 * Records of S on CPUS: they are paid for until S has no memory any more, and made where the pool has memory
 * for them; where not, calls there go the slow way.
 */
enum l4_error space_records_charge(struct space *s, uint64_t cpus) MUST_CHECK;
void space_records_make(struct space *s, uint64_t cpus);
void space_records_refund(struct space *s, uint64_t keep); /* but for those of KEEP */

/* Somebody has left S, which dies. */
void space_tell_reaper(struct space *s);

#endif
