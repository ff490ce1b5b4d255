// SPDX-License-Identifier: BSD-2-Clause
// Open addressing; a place whose round has passed is free.
#include "test/bench/plugin/lines.h"

void lines_clear(struct lines *set)
{
    set->now++; // 0 is the round of places that were never taken
    set->count = 0;
}

static void add_line(struct lines *set, uint64_t line)
{
    unsigned place = (unsigned)(line * 0x9e3779b97f4a7c15ull >> 32) % LINES_PLACES;
    while (set->round[place] == set->now) {
        if (set->line[place] == line)
            return;
        place = (place + 1) % LINES_PLACES;
    }
    if (set->count == LINES_PLACES / 2) {
        set->full = true;
        return;
    }
    set->line[place] = line;
    set->round[place] = set->now;
    set->count++;
}

void lines_add(struct lines *set, uint64_t address, unsigned size)
{
    uint64_t last = (address + size - 1) >> LINE_SHIFT;
    for (uint64_t line = address >> LINE_SHIFT; line <= last; line++)
        add_line(set, line);
}

bool lines_at(const struct lines *set, unsigned place, uint64_t *address)
{
    *address = set->line[place] << LINE_SHIFT;
    return set->now && set->round[place] == set->now;
}
