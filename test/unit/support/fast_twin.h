// SPDX-License-Identifier: BSD-2-Clause
// The fast paths (arch/x86_64/entry/fast.asm, fast_event.asm) in C, step by step the same, for the kernel
// core on the host. What the assembly needs no check for is asserted here.
#ifndef TEST_UNIT_SUPPORT_FAST_TWIN_H
#define TEST_UNIT_SUPPORT_FAST_TWIN_H

#include <stdbool.h>
#include <stdint.h>

struct fast_twin_counts {
    uint64_t entry_calls, entry_replies, queue_calls, reply_waits, words, refused;
    uint64_t signals, wakes, takes, switches, interrupts; // of events
};
extern struct fast_twin_counts fast_twin_counts;

// The system call TAG on HANDLE by whoever runs on this CPU (cpu_local()->current). False when the slow path
// is to do it, and nothing has changed.
bool fast_twin(uint64_t tag, uint64_t handle);

// The same for the operations L4_EVENT_SIGNAL and L4_EVENT_WAIT, with BITS, not 0.
bool fast_event_twin(uint64_t label, uint64_t handle, uint64_t bits);

// An interrupt that is bound to BITS of E. False: it takes the slow path.
struct event;
bool fast_irq_twin(struct event *e, uint64_t bits);

#endif
