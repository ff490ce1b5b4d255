// SPDX-License-Identifier: BSD-2-Clause
// Pages of a task: bringing one in when it is touched, taking them away. With the books locked, unless
// stated.
#ifndef PAGER_PAGES_H
#define PAGER_PAGES_H

#include "pager/task.h"

// The page at this page-aligned address, made if it is not there: zero-filled, or with the bytes of the
// region's file (region NULL: zero-filled). *source: where the pager sees it. L4_ERR_QUOTA.
L4_MUST_CHECK int pages_bring(struct task *task, uint64_t address, const struct region *region,
                              uint64_t *source);
// Where the pager sees the page of an address; 0: not there.
uint64_t pages_source(const struct task *task, uint64_t address);

// Takes the pages of [start, end) away, everywhere they are mapped, and frees them. Works in pieces; locks by
// itself, so that nothing may be brought in there meanwhile (the region is gone, or the task is dying).
void pages_drop(uint64_t id, struct task *dying, uint64_t start, uint64_t end);
// Frees the frames of the map's nodes and the slot map: the last step of a dying task.
void pages_drop_books(struct task *dying);

#endif
