// SPDX-License-Identifier: BSD-2-Clause
// Parts of this test: the thread that watches (watch.c) and spaces full of threads (kids.c).
#ifndef BOUNDS_H
#define BOUNDS_H

#include <stdatomic.h>
#include <l4/base.h>
#include <l4/abi/handle.h>

#define MS       1000000ull
#define PRIORITY 90 // of threads in kids; the program's first thread has 100, the watcher 254

// --- watch.c: a thread of the highest priority that waits on a timer event, over and over.
int watch_init(unsigned priority);
// From now on: each time after about PERIOD ns, or at every multiple of it if EXACT.
void watch_begin(uint64_t period, bool exact);
// Until now: the longest time from the moment the timer was set for to the first look at the clock.
uint64_t watch_end(void);
uint64_t watch_times(void); // how often it woke

// --- kids.c: spaces without a pager. All UTCBs are one page, there are no stacks.
struct kid_data {
    _Atomic uint64_t done;  // threads that are over
    _Atomic uint64_t began; // threads that have started
    uint64_t depth;         // what kid_call tells the gate
    l4_handle_t next;
    uint64_t tag;    // of its calls
    uint64_t answer; // the tag of kid_answer
};
struct kid {
    l4_handle_t space;
    volatile struct kid_data *data;
};
struct kid_size {
    unsigned home, visitors; // activations
    uint64_t quota, window;  // bytes; of the window of each activation
    unsigned spare;          // indices beyond those
    unsigned slot, slots;    // its first window slot and how many each activation has
};
int kid_new(struct kid *k, const struct kid_size *size);
int kid_end(struct kid *k); // destroys it, and forgets the handle
// COUNT threads, started with ARGUMENT at FUNCTION unless that is NULL; waits until they have all begun.
// Their handles go to OUT, or are deleted if that is NULL.
int kid_threads(struct kid *k, unsigned count, void (*function)(void), uint64_t argument, l4_handle_t *out);
// Waits until so many are over: false = not in time.
bool kid_done(const struct kid *k, uint64_t count);
// Item I of COUNT of what the kids' threads send.
void kid_item(unsigned i, uint64_t word0, uint64_t word1);

#define KID_WINDOW 0x680000000000ull
#define KID_DATA   0x50000000ull
void kid_sleep(void), kid_event(void), kid_call(void), kid_visit(void), kid_answer(void), kid_touch(void);
extern char kid_page[];

// --- main.c
extern struct sizes {
    unsigned threads, caps, waiters, visitors, window_pages, unmap_pages, places, item_pages;
    uint64_t quota, little; // kernel memory of spaces with many threads and others
    uint64_t window;        // bytes of a receive window
    bool measure, tick;
} sizes;
extern char *arena; // pages of this program with something in them
#define ARENA_BYTES (1u << 20)
#define HANDLES     65536
extern l4_handle_t handles[HANDLES]; // of threads
// Around what is measured. The result is checked, and the gap, if that is what this run is for.
void bound_begin(void);
void bound_end(const char *what, int error);
struct kid_size kid_sized(unsigned home, unsigned visitors);

// --- chains.c
enum goes { GOES_THREAD, GOES_HOST, GOES_GATE, GOES_WINDOW, GOES_WINDOWS };
void chain_goes(unsigned what);
void memory_goes(unsigned with_space);
enum places { PLACES_UNMAPPED, PLACES_SOURCE, PLACES_SPACE, PLACES_DEVICE };
void places_go(unsigned how);
int many_pages(l4_handle_t space, uint64_t at, unsigned pages);

// --- steps.c
void references_go(unsigned unused);
void orphan_stays(unsigned watched);
void area_is_set(unsigned unused);
void indices_come(unsigned unused);
void page_is_split(unsigned unused);

// --- items.c
enum items { ITEMS_MEMORY, ITEMS_CAPS, ITEMS_FAULT };
void items_come(unsigned what);

#endif
