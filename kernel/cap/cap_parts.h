/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What cap.c and cap_table.c share; nobody else includes it.
 */
#ifndef QUIRE_CAP_CAP_PARTS_H
#define QUIRE_CAP_CAP_PARTS_H

#include "kernel/cap/cap.h"

/* Whose table a slot lies in. */
struct cap_table *cap_table_of(const struct cap *c);

/* The handle an empty slot holds: it names the neighbour, so looking it up never ends here. */
uint64_t cap_null_handle(uint64_t index);

/* Slots of receive windows are on no list: only their index gives them out. */
void cap_list_add(struct cap_table *t, struct cap_cold *c);
void cap_list_remove(struct cap_table *t, struct cap_cold *c);

/* True when the page pair of slot INDEX is there. */
bool cap_page_present(const struct cap_table *t, uint64_t index);

#endif
