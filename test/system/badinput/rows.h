// SPDX-License-Identifier: BSD-2-Clause
// The rows of the list: what is asked, and the error that the manual names for it.
#ifndef TEST_BADINPUT_ROWS_H
#define TEST_BADINPUT_ROWS_H

#include "world.h"
#include <l4/abi/item.h>
#include <l4/abi/tag.h>

#define PHYSICAL       0xd0200000ull // the capability "phys" of this program
#define PHYSICAL_BYTES 0x200000ull

// An operation with bad words.
struct words_row {
    uint32_t operation;
    enum thing object;
    int error;
    const char *text;
    uint64_t w[L4_WORDS_REGS];
    bool timed;
    uint64_t deadline;
};
extern const struct words_row space_rows[], more_rows[];
extern const unsigned space_count, more_count;

// A word of which only the bits ALLOWED mean something: any other is ARG.
struct bits_row {
    uint32_t operation;
    enum thing object;
    const char *text;
    unsigned word;
    uint64_t allowed;
    uint64_t w[L4_WORDS_REGS]; // refused by nothing else
};
extern const struct bits_row bits_rows[];
extern const unsigned bits_count;

// A system call with a bad tag, handle or time.
struct call_row {
    enum l4_op call;
    enum thing object;
    int error;
    const char *text;
    uint64_t tag; // label, words, items and flags
    uint64_t deadline;
};
extern const struct call_row call_rows[], visit_rows[]; // at home; in a visit through ENTRY
extern const unsigned call_count, visit_count;

// A call through ITEMS with bad items.
#define ITEM_ROW_MAX 5
struct item_row {
    int error;
    const char *text;
    uint64_t items[2 * ITEM_ROW_MAX]; // up to the first that is 0, 0
};
extern const struct item_row item_rows[];
extern const unsigned item_count;

void rows_touch(void); // reads all rows, so that they are mapped

#endif
