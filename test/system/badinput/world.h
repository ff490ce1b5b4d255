// SPDX-License-Identifier: BSD-2-Clause
// What the rows of the tables speak of: objects in every state, and addresses. A word of a row may name one.
#ifndef TEST_BADINPUT_WORLD_H
#define TEST_BADINPUT_WORLD_H

#include <l4/base.h>
#include <l4/abi/handle.h>

#define BOX_INDICES 64
#define BOX_MAX     10            // maximum priority of BOX and BARE
#define TAKEN       0x50000000ull // mapped in BOX
#define FREE        0x58000000ull // not mapped there
#define BARE_MAPPED 0x30000000ull // mapped in BARE

enum thing {
    NOTHING, // handle 0
    OWN,     // the own space
    BOX,     // a space with an area and index 0
    BARE,    // one without an area, with a page at BARE_MAPPED
    THREAD,  // never started, of BOX
    SELF,    // the own thread
    EVENT,
    ENTRY,     // entry gate without items
    ITEMS,     // entry gate with items
    QUEUE,     // queue gate, this thread's CPU is its home
    ELSEWHERE, // queue gate whose home is CPU 1, where there is one
    INFO,
    IRQ,
    PORTS,
    PHYS,
    POOL,
    CPUS,
    LOG,
    POWER,
    EVENT_NO_CALL,
    EVENT_NO_GIVE,
    QUEUE_NO_CALL,
    QUEUE_NO_WAIT,
    QUEUE_NO_MANAGE,
    STALE,  // deleted
    EMPTY,  // the handle that a slot never used would have
    BEYOND, // slot 65,536
    DEAD,   // a destroyed event
    DEAD_GATE,
    REPLY_CAP, // of a caller who waits until world_end
    PAGE,      // address of a page of the own space
    OTHER,     // of another
    READONLY,  // of one that cannot be written
    INDEX,     // the own activation index
    THINGS
};

// A word that stands for a thing, or for so much behind it.
#define T_AT(thing, offset) (0xb10c000000000000ull | (uint64_t)(offset) << 8 | (thing))
#define T(thing)            T_AT(thing, 0)

extern uint64_t things[THINGS];

bool world_make(void (*entry)(void));
int world_end(void);                // what the caller behind REPLY_CAP is told when that is deleted
uint64_t world_word(uint64_t word); // what a word of a row means

// Whatever refused input must leave as it was.
struct snapshot {
    uint64_t own[16], box[16], bare[16];
    uint64_t thread[8];
    uint64_t identities[THINGS];
    uint64_t page[2]; // first words of PAGE and OTHER
};
void world_look(struct snapshot *out);
// Is it as it was, within some milliseconds? (What a refused item left in the window goes soon after.)
bool world_same(const struct snapshot *before);

#endif
