// SPDX-License-Identifier: BSD-2-Clause
// For test programs: do something that may fault and hear what came of it, instead of ending. probe_init
// makes the program the handler of its own space's exceptions; a fault of a probe is answered by going on
// behind it. Faults of other code end the program as they would otherwise. One probe at a time.
#ifndef L4_PROBE_H
#define L4_PROBE_H

#include <l4/base.h>

struct probe {
    bool faulted;
    uint64_t vector, error_code, address; // as in the exception message
    uint64_t reason;                      // the pager's refusal, or an l4_error
};

L4_MUST_CHECK int probe_init(void);
struct probe probe_read(uint64_t address);
struct probe probe_write(uint64_t address, uint8_t value);
struct probe probe_execute(uint64_t address); // of a ret instruction, if it does not fault

#endif
