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
    uint64_t free[108];
    struct regs partner_seen; // 1024
};
_Static_assert(offsetof(struct private, entry) == 144 && offsetof(struct private, partner_seen) == 1024,
               "offsets of the stubs");
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

// Events on which nobody waits for long; what is pending there is known (world.pending). CHURNED is made anew
// at times, a thread that never runs is bound to BOUND.
enum event { PLAIN_ONE, PLAIN_TWO, CHURNED, BOUND, EVENTS };
#define NO_EVENT 0xff

// Threads: the client, then the servers of queue gates. SERVE_BOTH serves Q_TWO or Q_OTHER. Then partners:
// two of the client, in its space and in another, and one of SERVE_TWO. One at most in a space.
enum thread {
    T_CLIENT,
    SERVE_ONE,
    SERVE_TWO,
    SERVE_BOTH,
    SERVE_LOW,
    PARTNER_SAME,
    PARTNER_OTHER,
    PARTNER_SERVER,
    THREADS
};
#define PAIRS (THREADS - PARTNER_SAME)

// What a handle leads to, as each space has it.
struct target {
    uint64_t handle[SPACES];
    uint8_t gate; // enum gate; NO_GATE: anything else, or nothing
    uint8_t rights;
    uint8_t event; // enum event; EVENTS: a dead one; NO_EVENT: anything else, or nothing
    uint8_t padding[5];
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
#define COUNTED   (CALLS_MAX + 2)
enum { COUNT_SIGNAL = CALLS_MAX, COUNT_EVENT_WAIT };

// A thread that is as good as a partner of its meets it at two events: it signals `asked` and waits for
// `answered`, the partner does it the other way round. Which of them runs in between may depend on the clock,
// since slices end. So there is one signal of those that a wait is for, in each direction; all others lie
// beside the masks, which each of them says before it lets the other one go on. Then what is taken does not
// depend on it.
#define PAIR_GO  1ull // in the mask of every wait, and in every signal that ends one
#define PAIR_LOG 128
struct pair {
    uint64_t asked[SPACES], answered[SPACES]; // handles
    uint64_t mask, want;                      // what the partner waits for, and what the other one will
    uint64_t answer;                          // bits of the partner's last signals
    uint64_t asked_pending, answered_pending; // as the other one knows them
    uint64_t busy;                            // the partner has been asked
    uint64_t logged;
    struct entry log[PAIR_LOG];
};

struct world {
    uint64_t timed;            // 1: every system call is timed, with a deadline that never comes
    uint64_t seed, operations; // of this step
    uint64_t shallow;          // no deep chains in it: pages of UTCBs may go, and a pager has to be called
    uint64_t taken[SPACES];    // bit n: page n of UTCBs has gone
    uint64_t idle;             // the client has done its step
    uint64_t steps;            // it has done
    uint64_t deepest;          // level that was reached
    uint64_t behind;           // entries after which the pools are what they will be: see let_clean
    uint64_t pool_wait;        // the next call may wait for an activation
    uint64_t logged;
    uint64_t event;          // handle of the client
    uint64_t free[GATES];    // queue gates: receivers that have nobody in hand
    uint64_t calling[GATES]; // queue gates: callers who have not been taken yet
    uint64_t serving;        // servers that do not wait for their next caller
    uint64_t inside[GATES];  // entry gates: visits
    uint64_t pool[GATES];    // and how many there may be
    uint64_t recent[RECENT]; // what parties had in rdi
    uint64_t recently;
    uint64_t spaces[SPACES][SPACES]; // handles each space has for all of them
    uint64_t targets;
    struct target target[TARGETS];
    uint64_t receive[THREADS][2]; // handles of servers for their gates: two with WAIT, of one gate
    uint64_t receive_other[2];    // of SERVE_BOTH for Q_OTHER
    uint64_t pending[EVENTS];     // bits
    uint64_t cancelled;           // the client is
    struct pair pair[PAIRS];
    uint64_t asked[COUNTED];
    uint64_t errors[COUNTED][L4_ERR_COUNT];
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
