/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What area.c and area_add.c share; nobody else includes it.
 */
#ifndef QUIRE_SPACE_AREA_PARTS_H
#define QUIRE_SPACE_AREA_PARTS_H

#include "kernel/space/space.h"

#define AREA_PAGE UINT64_C(512) /* pointers to a page of the index */
#define AREA_DIR  (AREA_PAGE * AREA_PAGE)

/* Where the pointer to activation INDEX stands; NULL when its page is not there. */
struct activation **area_place(struct space *s, uint64_t index);

/* A zeroed activation, charged to S, in no list; NULL when quota or memory is short. And back. */
struct activation *area_activation(struct space *s);
void area_activation_drop(struct activation *a);

#endif
