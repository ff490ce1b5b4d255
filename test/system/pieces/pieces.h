// SPDX-License-Identifier: BSD-2-Clause
// Two gates of this program that take items, what their handler does, and what it writes down.
#ifndef PIECES_H
#define PIECES_H

#include <stdint.h>
#include <l4/ipc.h>
#include <l4/abi/handle.h>

enum label {
    TAKE = 1, // looks at what arrived: struct seen
    GIVE,     // answers with what `give` says
    WORDS,    // the memory words come back, each one more; word 0: poison for those that were not sent
};

enum mode { ENTRY, QUEUE, MODES };
extern l4_handle_t piece_gate[MODES];
extern const char *const mode_name[MODES];

#define PAGES 4 // of the piece that is sent, which is aligned to all of them
extern unsigned char piece[PAGES * 4096];

// What is sent: bytes in the memory words, and perhaps an item behind them.
struct sent {
    const unsigned char *bytes;
    unsigned count;
    bool mapped;
    uint64_t item[2];
};
extern struct sent give;
// Into the own UTCB; the tag for it. Word 0 is to be the number of bytes.
uint64_t sent_put(const struct sent *s, uint32_t label);

// What the receiver finds; own window and UTCB.
struct seen {
    bool bytes_right;                 // as many as word 0 says, and those of the piece
    bool bytes_own;                   // the sender's store afterwards does not show in them
    bool map_there, map_same;         // a first byte in the window; the sender's store shows there
    bool map_written, map_write_back; // a store there went through, and the sender's page has it
};
struct seen seen_look(const struct l4_msg *m);
extern struct seen seen; // of the last TAKE

void check_truth_table(void); // table.c
void check_lengths(void);     // lengths.c
void check_servers(void);
int check_archive(void);

#endif
