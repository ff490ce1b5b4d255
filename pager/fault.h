// SPDX-License-Identifier: BSD-2-Clause
// The pager's two gates. Both are served by visitors of pool 1.
#ifndef PAGER_FAULT_H
#define PAGER_FAULT_H

#include <l4/gate.h>

// Faults of tasks: badge = task id.
L4_MUST_CHECK int fault_open(l4_handle_t *gate);
uint64_t fault_count(void); // with the books locked
// Requests: badge = task id and L4_BADGE bits.
L4_MUST_CHECK int service_open(l4_handle_t *gate);

#endif
