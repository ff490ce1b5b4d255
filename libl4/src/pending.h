// SPDX-License-Identifier: BSD-2-Clause
// Inner interface between pending.c and mutex.c.
#ifndef L4_SRC_PENDING_H
#define L4_SRC_PENDING_H

#include <l4/base.h>

// flags: L4_FLAG_TIMED (deadline counts), L4_FLAG_SHIELD
L4_MUST_CHECK int l4_pending_wait_flags(uint64_t bits, uint64_t deadline, uint64_t flags, uint64_t *taken);

#endif
