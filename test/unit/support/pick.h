// SPDX-License-Identifier: BSD-2-Clause
// What programs name in their random calls: capabilities, which are mostly alive and of use.
#ifndef TEST_UNIT_SUPPORT_PICK_H
#define TEST_UNIT_SUPPORT_PICK_H

#include "kernel/ipc/gate.h"
#include "kernel/space/space.h"

// A capability of KIND in the table of S, or any if KIND is 0; NULL when a few tries find none.
struct cap *pick(struct space *s, unsigned kind);

// The handle of such a one, or some number.
uint64_t handle_of(struct space *s, unsigned kind);

// A gate T can wait on, if a few tries find one.
uint64_t queue_of(const struct thread *t);

// A gate where somebody waits for callers, if a few tries find one.
uint64_t served_gate(struct space *s);

// A thread that waits for callers, if one is found soon.
uint64_t server_of(struct space *s);

#endif
