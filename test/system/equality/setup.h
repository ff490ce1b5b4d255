// SPDX-License-Identifier: BSD-2-Clause
// Making a world, and what is done to it between two steps.
#ifndef SETUP_H
#define SETUP_H

#include "world.h"

struct setup {
    struct world *shared;
    l4_handle_t space[SPACES], event, threads[THREADS], gates[GATES], events[EVENTS];
    uint64_t id[SPACES];
    char *utcbs[SPACES];   // their pages, here
    unsigned stale;        // target that was E_CHURN's before
    unsigned event_target; // the one that leads to CHURNED
    bool churned;          // E_CHURN is destroyed
    bool event_churned;    // CHURNED is
    bool cancelled;        // the client is
};

struct gate_plan {
    uint8_t space, pool, count, floor; // of an entry gate: pool and its activations
};
extern const struct gate_plan gate_plans[GATES];

// The first fault in a world, or exception, that is not a foreign system call: it fails the test.
struct accident {
    uint64_t kind, number, ip, address;
};
extern volatile struct accident accident;

// setup.c
int setup_make(struct setup *s, bool timed);
int setup_start(struct setup *s);                   // its threads, which wait then
int setup_change(struct setup *s, uint64_t random); // the same is to be done to both worlds
int setup_restore(struct setup *s);                 // what was taken in the last step

// targets.c
int targets_make(struct setup *s);
int targets_churn(struct setup *s); // destroys E_CHURN, or makes it anew
int target_copy(struct setup *s, unsigned n, l4_handle_t what, unsigned rights);
uint64_t target_slot(unsigned space, unsigned target);

// events.c
int events_make(struct setup *s, l4_handle_t idle);
int events_churn(struct setup *s); // the same with CHURNED

#endif
