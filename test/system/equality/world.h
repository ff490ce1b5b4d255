// SPDX-License-Identifier: BSD-2-Clause
// What the spaces of a world share, and what of it the program that compares two worlds looks at. A world is
// a client's space and two servers' spaces. Both worlds have everything at the same addresses and in the same
// slots, so that whatever a party may see is the same in both.
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <l4/abi/errors.h>
#include <l4/abi/handle.h>
#include <l4/abi/tag.h>

enum space { CLIENT, FIRST, SECOND, SPACES };

// The registers after a system call or at an entry, in the private page of each space: stubs.asm knows the
// offsets.
struct regs {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;    // 0
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15; // 56
    uint64_t rflags, rsp;                          // 120
    uint64_t word;                                 // 136: what l4_utcb() reads
};
_Static_assert(offsetof(struct regs, r8) == 56 && offsetof(struct regs, rflags) == 120,
               "offsets of the stubs");
_Static_assert(offsetof(struct regs, word) == 136 && sizeof(struct regs) == 144, "offsets of the stubs");

struct private
{
    struct regs seen;
    uint64_t entry; // 144: number of the entry that was taken last
    uint64_t space; // enum space
};
_Static_assert(offsetof(struct private, entry) == 144, "offsets of the stubs");
#define PRIVATE ((struct private *)0x52000000)

// Gates. The entry gates come first: gate i leads to entry i.
enum gate {
    E_FIRST,
    E_SECOND,
    E_SINGLE,
    E_FLOOR,
    E_BACK,
    E_CHURN,
    ENTRIES,
    Q_ONE = ENTRIES,
    Q_TWO,
    Q_LOW,
    Q_OTHER,
    GATES
};
#define NO_GATE 0xff

// Threads: the client, then the servers of queue gates. SERVE_BOTH serves Q_TWO or Q_OTHER.
enum thread { T_CLIENT, SERVE_ONE, SERVE_TWO, SERVE_BOTH, SERVE_LOW, THREADS };

// What a handle leads to, as each space has it.
struct target {
    uint64_t handle[SPACES];
    uint8_t gate; // enum gate; NO_GATE: anything else, or nothing
    uint8_t rights;
    uint8_t padding[6];
};
#define TARGETS 48

#define UTCB_PAGES 12 // of each space

// What a party saw. All of it is promised, so it is the same in both worlds.
struct entry {
    uint64_t who;   // see WHO_
    uint64_t asked; // tag without the deadline's flag; 0 at an entry
    uint64_t handle;
    uint64_t rax, rdi, rbx, rsp;
    uint64_t flags;         // RFLAGS and, in the upper half, r11
    uint64_t words, memory; // hashes: word registers, memory words of the UTCB
};
#define WHO_SPACE  0  // 8 bits each
#define WHO_THREAD 8  // enum thread
#define WHO_ENTRY  16 // 1 + number of the entry; 0: a system call came back
#define WHO_LEVEL  24
#define WHO_BAD    32 // enum bad
enum bad { BAD_WORD = 1, BAD_RCX = 2, BAD_R11 = 4, BAD_STRANGE = 8, BAD_FOREIGN = 16, BAD_FLAGS = 32 };

#define LOG_MAX   2048
#define RECENT    8
#define CALLS_MAX 8 // operations that are counted by name; others by 0

struct world {
    uint64_t timed;            // 1: every system call is timed, with a deadline that never comes
    uint64_t seed, operations; // of this step
    uint64_t shallow;          // no deep chains in it: pages of UTCBs may go, and a pager has to be called
    uint64_t taken[SPACES];    // bit n: page n of UTCBs has gone
    uint64_t idle;             // the client has done its step
    uint64_t steps;            // it has done
    uint64_t deepest;          // level that was reached
    uint64_t handed_on;        // a visit may just have ended by a forward: see let_clean
    uint64_t logged;
    uint64_t event;          // handle of the client
    uint64_t free[GATES];    // queue gates: receivers that have nobody in hand
    uint64_t calling[GATES]; // queue gates: callers who have not been taken yet
    uint64_t inside[GATES];  // entry gates: visits
    uint64_t pool[GATES];    // and how many there may be
    uint64_t recent[RECENT]; // what parties had in rdi
    uint64_t recently;
    uint64_t spaces[SPACES][SPACES]; // handles each space has for all of them
    uint64_t targets;
    struct target target[TARGETS];
    uint64_t receive[THREADS][2]; // handles of servers for their gates: two with WAIT, of one gate
    uint64_t receive_other[2];    // of SERVE_BOTH for Q_OTHER
    uint64_t asked[CALLS_MAX];
    uint64_t errors[CALLS_MAX][L4_ERR_COUNT];
    struct entry log[LOG_MAX];
};
#define WORLD ((struct world *)0x50000000)

static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

#endif
