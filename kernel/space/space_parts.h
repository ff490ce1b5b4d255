/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of kernel/space share; nobody else includes it.
 */
#ifndef QUIRE_SPACE_SPACE_PARTS_H
#define QUIRE_SPACE_SPACE_PARTS_H

#include "kernel/space/space.h"

/* Makes the pages in which the pointer to activation INDEX lies. The space's lock is held. */
bool index_reserve(struct space *s, uint64_t index) MUST_CHECK;

/* A is to be found at INDEX, whose pages are there. */
void index_set(struct space *s, uint64_t index, struct activation *a);

/* Frees the pages of the index, at most *BUDGET; true when done. Nobody is left who looks. */
bool index_free_step(struct space *s, unsigned *budget);

/* Somebody has left S, which dies. */
void space_tell_reaper(struct space *s);

#endif
