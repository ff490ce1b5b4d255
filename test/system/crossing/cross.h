// SPDX-License-Identifier: BSD-2-Clause
// Parts of this test: the sides of a crossing and their spaces (sides.c), what a side may see (look.c), and
// the cases. Everything in struct side_data lies in the side's own space too; the assembly has the same
// numbers.
#ifndef CROSS_H
#define CROSS_H

#include <stddef.h>
#include <l4/base.h>
#include <l4/abi/fault.h>
#include <l4/abi/handle.h>
#include <l4/abi/tag.h>
#include <l4/utcb.h>

#define PRIORITY   100 // of the client and the servers
#define MS         1000000ull
#define CROSS_DATA 0x50000000ull

// Who is who. CLIENT is this program; the others are spaces of their own.
enum side { CLIENT, SERVER, SECOND, STRANGER, SIDES };
#define SIDE(side) (1u << (side))

// How a block leaves (cross.inc).
enum how { HOW_PLAIN, HOW_IRET, HOW_STEP, HOW_MOVSS, HOW_INT3, HOW_UD2, HOW_TOUCH, HOW_SPIN };

#define GENERAL 15 // rax to r15 without rsp, in the order of enum l4_reg

// All registers of one moment.
struct block {
    uint64_t r[GENERAL];
    uint64_t rip, cs, flags, rsp, ss; // the frame of iretq
    uint64_t fs, gs, how;
    uint16_t segment[4]; // ds es fs gs
    uint64_t return_address;
    uint64_t scratch[7];
    uint16_t fcw, fsw;
    uint8_t ftw, unused0;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint64_t st[8][2];
    uint64_t xmm[16][2];
    uint64_t unused[12];
    uint64_t ymm[16][2]; // the upper halves
};
_Static_assert(offsetof(struct block, return_address) == 8 * 24, "layout of cross.inc");
_Static_assert(offsetof(struct block, fcw) == 256, "layout of cross.inc");
_Static_assert(offsetof(struct block, ymm) == 768, "layout of cross.inc");
_Static_assert(sizeof(struct block) == 1024, "layout of cross.inc");

struct side_data {
    // what came in; the call or answer; an attempt before it, and what came of that; a thread's first wait,
    // and later a second attempt; what a thread starts with, and what came of that
    struct block in, out, try, err, wait, start;
    volatile uint64_t has_avx, has_bases, count, trying, stack, skip;
    uint64_t rest[250];
};
_Static_assert(offsetof(struct side_data, has_avx) == 6144, "layout of cross.inc");
_Static_assert(sizeof(struct side_data) == 8192, "whole pages");

// --- cross.asm
extern const char cross_code[], cross_code_end[];
void cross_main(void);
unsigned cross_features(void);
void cross_entry(void), cross_queue(void), cross_stranger(void), cross_spinner(void);

// --- sides.c
extern struct side_data data[SIDES];
extern l4_handle_t space[SIDES];
#define KID_UTCB    0x600000000000ull
#define KID_STACK   0x610000000000ull
#define KID_STRIDE  0x10000ull
#define KID_WINDOW  0x680000000000ull
#define KID_INDICES 8
#define BADGE       0xffff8abc12345678ull // of the capabilities that the client calls through
// Handles of the same gates in the spaces of SERVER and SECOND
#define SLOT_SECOND 32
#define SLOT_QUEUE  33 // and so on, one for each CPU
#define SLOT_OWN    40 // SERVER's own space
#define SLOT_ENTRY  41 // its entry gate, and its first queue gate, to destroy them
#define SLOT_FIRST  42
L4_MUST_CHECK int sides_make(void);
L4_MUST_CHECK int queues_make(void); // as many as there are CPUs, at most 4
L4_MUST_CHECK int sides_end(void);
// The client's capabilities: entry gates of SERVER and SECOND, queue gates of SERVER with a server on each
// CPU.
extern l4_handle_t entry_gate, second_gate, queue_gate[64];
extern struct block queue_start[4];  // what the server of each found when it began
extern struct block queue_before[4]; // and what it did last
extern struct block visit_before;    // what a visit of SERVER did last
// Waits until the server of this CPU waits, in its system call LAST.
bool queue_idle(unsigned cpu, const volatile struct block *last);
// What its thread starts with is checked by the caller, in data[side].start.
L4_MUST_CHECK int side_thread(enum side side, void (*function)(void), uint64_t argument, unsigned priority,
                              uint64_t cpu, l4_handle_t *thread);
bool side_counts(enum side side, uint64_t count); // waits until data[side].count is that
unsigned cpus(void);
struct l4_utcb *kid_utcb(enum side side, unsigned index);

// --- look.c
// Fills a block with values that only this side and this round have; odd rounds: those that look like
// addresses of the kernel.
void fill(struct block *b, enum side side, unsigned round, uint64_t tag, uint64_t rdi);
void case_begin(const char *name);
void case_end(void);
// A finding about the case in hand: VALUE should not be what it is.
void wrong(const char *what, uint64_t value, uint64_t expected);
// IN came into the kernel's door and out of it again while PARTNER was the other side (NULL: nobody). OWN:
// what this side had before, NULL when it had nothing.
struct sight {
    const struct block *in, *own, *partner;
    uint64_t tag, rdi; // of the message
    bool badge;        // rdi is exactly that; otherwise it is anybody's or 0
    bool words;        // the partner's words; otherwise the own ones or 0
    uint64_t rip, rsp, utcb;
    unsigned sides; // whose vector registers may be seen
};
void look(const struct sight *s);
// The kernel's own answer: a tag, and nothing of anybody else's.
void look_error(const struct block *in, const struct block *own, int error, uint64_t utcb, unsigned sides);
void look_same(const struct block *in, const struct block *own); // after a fault: nothing has changed
void look_vectors(const struct block *in, unsigned sides);
void look_segments(const struct block *in);
void look_general_same(const struct block *in, const struct block *own); // rax to r15
void look_vectors_same(const struct block *in, const struct block *own);

// --- the cases
void check_errors(void);        // errors.c
void check_server_errors(void); //
void check_faults(void);        // faults.c
void check_strangers(void);     // strangers.c
void check_events(void);        // events.c
void check_forward(void);       // forward.c
void check_words(void);         // words.c
void check_deferred(void);      // late.c
void check_dead(void);          //

// --- main.c: one call of the client through GATE, all of it looked at. mode: the server answers by reply or
// by reply_wait on its gate of this CPU.
struct call_case {
    uint64_t flags; // of both sides
    enum how client, server;
    uint64_t rsp; // of the client, 0: some address
    unsigned round;
};
void call_entry(const struct call_case *c);
void call_queue(const struct call_case *c, unsigned cpu);

#endif
