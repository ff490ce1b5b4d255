// SPDX-License-Identifier: BSD-2-Clause
// The spaces that call each other: each has this program's text, a copy of its data as it is when the space
// is made, and pages of its own that are mapped nowhere else. All that it needs is there from the start: no
// fault while something is measured.
#ifndef PARTY_H
#define PARTY_H

#include <l4/abi/handle.h>
#include <stdbool.h>
#include <stdint.h>

#define SAMPLES 10000 // of a row; the warm-up comes before them
#define WARM_UP 200

// What the stubs work on: stubs.asm knows the offsets. In the private memory of each party, at the same
// address.
struct block {
    uint64_t handle;    // 0: gate, or object
    uint64_t event;     // 8: signalled at the end
    uint64_t rounds;    // 16: still to go
    uint64_t tag;       // 24: of the request
    uint64_t begin;     // 32: the first time stamp
    uint64_t answer[3]; // 40: tag, word 0, word 7
    uint64_t next;      // 64: where the next sample goes
    uint64_t wrong;     // 72: answers that were not those of their requests
    uint64_t other;     // 80: handle for a second gate or event
    uint64_t word;      // 88: word of the request
    uint64_t scratch[4];
    uint64_t sample[WARM_UP + SAMPLES];
};
#define BLOCK ((struct block *)0x50000000)

struct party {
    l4_handle_t space;
    struct block *block; // where its block lies here
    char *pages;         // its memory
    uint64_t secret;     // address of a page that only it has
};

// Errors leave nothing behind.
int party_new(struct party *p);
void party_end(struct party *p);
// A thread of it that runs `function`, at once.
int party_thread(const struct party *p, void (*function)(void), unsigned priority, l4_handle_t *thread);
// The handle, in its table.
l4_handle_t party_give(const struct party *p, l4_handle_t handle, unsigned rights);
// Whether a thread of p is kept from reading address.
bool party_cannot_read(const struct party *p, uint64_t address);

// 1,000 spaces with ten threads each that do nothing, for the whole run. Aborts when there is no memory for
// them.
void crowd_make(void);

#endif
