// SPDX-License-Identifier: BSD-2-Clause
// A set of cache lines of 64 bytes, emptied in no time for each round.
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stdint.h>

#define LINE_SHIFT   6
#define LINES_PLACES 16384 // a power of two; it takes half as many lines

struct lines {
    uint64_t line[LINES_PLACES];  // address >> LINE_SHIFT
    uint32_t round[LINES_PLACES]; // place is taken where this is .now
    uint32_t now;
    unsigned count;
    bool full; // something did not fit, since the program began
};

void lines_clear(struct lines *set);
// All lines that the bytes from address lie in; size is not 0.
void lines_add(struct lines *set, uint64_t address, unsigned size);
// The address of the line in a place, or false where none is.
bool lines_at(const struct lines *set, unsigned place, uint64_t *address);

#endif
