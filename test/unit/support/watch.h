// SPDX-License-Identifier: BSD-2-Clause
// What threads do between CPUs, counted by looking at all of them after each step.
#ifndef TEST_UNIT_SUPPORT_WATCH_H
#define TEST_UNIT_SUPPORT_WATCH_H

#include <stdint.h>

struct watch {
    uint64_t travels; // changes of custody
    uint64_t queued;  // lent threads that queued at a gate of another CPU
    uint64_t served;  // and came into the hands of a server there
    uint64_t waiting; // lent threads that waited for events of another CPU
    uint64_t granted; // activations reserved for threads of another CPU
    uint64_t moved;   // threads that got another CPU to run on
    uint64_t rounds;  // threads that waited for a round
    uint64_t ends;    // threads that waited for what they destroyed
    uint64_t limbo;   // objects seen between their two rounds
    uint64_t orphans;
    uint64_t forwards;  // threads seen while what they hand on, with memory words, is not taken yet
    uint64_t handed_on; // deferred callers that queue at another gate
    uint64_t bound;     // threads to which an event was bound
    uint64_t told;      // receivers whose wait ended because of its bits
    uint64_t windows;   // receive windows seen while they are cleaned
};

extern struct watch watch;

// Looks; the steps in between are one thing that happened.
void watch_look(void);

#endif
