// SPDX-License-Identifier: BSD-2-Clause
// What the cells are made of: spaces of this program's own (kids), threads here and in them (hands), visits
// through entry gates, and checks. Kids map this program's memory at the same addresses, so that a hand runs
// any function of it wherever it lives, and what it leaves in its struct can be read here. Handles differ:
// each belongs to the table of one space. All that is made through this header is destroyed by kit_clean,
// which runs after each cell; a cell need not tidy up. Times are bounded: what does not come within LIMIT_NS
// counts as not coming.
#ifndef KIT_H
#define KIT_H

#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define MS       1000000ull
#define LIMIT_NS (10000 * MS)
#define NOT_YET  (-1) // error of a hand or visit that has not ended

#define KIDS          6
#define KID_INDICES   16
#define KID_QUOTA     (600u << 10) // kernel memory of a kid that is not short of it
#define POOL_ONE      2            // a pool of this program with few activations
#define HAND_PRIORITY 80
#define BAD_ADDRESS   0x300000000000ull // nobody answers a fault there

// The CPUs of this run: of those who are destroyed, cancelled and so on, and of those they deal with. Who
// does it to them is this program's first thread.
extern unsigned victim_cpu, partner_cpu;
extern l4_handle_t never; // an event whose bit 0 nobody sets

// --- kit.c: checks. A failed one is a line of diagnosis, and the cell fails.
extern bool cell_failed;
void want(bool good, const char *what);
void want_error(int got, int expected, const char *what);
void want_equal(uint64_t got, uint64_t expected, const char *what);
// Waits until the word has at least this value.
bool reached(const atomic_int *word, int value);
void pause_ms(unsigned ms);
// From now on destroyed (space, thread, gate, event) and deleted after the cell. Answers the handle.
l4_handle_t keep(l4_handle_t handle);
void kit_clean(void);

l4_handle_t event_new(void);
// What is pending of these bits, taken; 0 = nothing.
uint64_t event_poll(l4_handle_t event, uint64_t bits);
// Waits for one of the bits.
uint64_t event_await(l4_handle_t event, uint64_t bits);
// Waits for all of the bits; what came, others among them.
uint64_t event_gather(l4_handle_t event, uint64_t bits);

// --- kid.c: spaces
struct kid {
    l4_handle_t space; // here
    l4_handle_t own;   // the same, in its table
    unsigned number;   // of its memory
    atomic_int faults; // page and switch faults answered
};
// A space with home indices 0-3, visitors 4-7 in pool 1, and this program as its pager.
struct kid *kid_new(void);
struct kid *kid_with(l4_handle_t funder, uint64_t quota);
void kids_forget(void); // of kit_clean: their memory is free again
void kid_pool(const struct kid *k, unsigned pool, unsigned first, unsigned count);
l4_handle_t give(const struct kid *k, l4_handle_t handle, unsigned rights); // the handle in its table
void kid_destroy(const struct kid *k);
uint64_t kid_utcb_page(const struct kid *k, unsigned index); // where its page lies here
uint64_t kid_stack_page(const struct kid *k, unsigned index);
uint64_t count_of(l4_handle_t space, unsigned counter); // enum l4_space_counter
uint64_t threads_in(const struct kid *k);               // NULL: this space
// Checks that wait: what one CPU has done another may see a little later.
void want_count(l4_handle_t space, unsigned counter, uint64_t expected, const char *what);
void want_threads(const struct kid *k, uint64_t expected, const char *what);
// Spends its kernel memory, but for less than an event.
void exhaust(const struct kid *k);

// --- hand.c: threads
struct hand {
    struct kid *kid; // NULL: this space
    void (*body)(struct hand *);
    l4_handle_t on, also; // handles of its own space
    uint64_t arg;
    struct visit *visit; // goes along in word 0 of what it calls
    uint32_t operation;  // hand_operate: on `on`, with w
    uint64_t w[L4_WORDS_REGS];
    uint64_t flags;    // of its calls: L4_FLAG_SHIELD, L4_FLAG_TIMED
    unsigned priority; // 0: HAND_PRIORITY
    // filled in
    l4_handle_t thread; // here
    struct l4_msg m;
    uint64_t index;
    int error, again;
    atomic_int step; // 1: runs, 2: its body is over; bodies count on from 10
};
enum { STEP_RUNS = 1, STEP_OVER = 2, STEP_FIRST = 10 };

void hand_make(struct hand *h);                          // created only
void hand_run(struct hand *h, unsigned cpu);             // created and started
void start_on(struct hand *h, unsigned cpu);             // started
void hand_waits(struct hand *h, unsigned cpu);           // run, and blocked at home in its body by now
bool hand_blocked(const struct hand *h, unsigned depth); // waits until it is; false: not in time
bool hand_in_state(const struct hand *h, uint64_t state);
uint64_t hand_state(const struct hand *h); // ~0: dead
int hand_result(struct hand *h);           // waits until its body is over: its error, or NOT_YET
void hand_destroy(struct hand *h);
void hand_wake(const struct hand *h, uint64_t bits); // its pending word

// Bodies; error = what the call returned.
void hand_call(struct hand *h);       // w[0] = the CPU it comes back on
void hand_call_twice(struct hand *h); // again = that of the second
void hand_send(struct hand *h);
void hand_wait(struct hand *h);    // on a queue gate
void hand_event(struct hand *h);   // bit 0 of `on`; again = a second such wait, if arg
void hand_pending(struct hand *h); // bit 0 of its pending word
void hand_spin(struct hand *h);    // until arg is set from outside
void hand_operate(struct hand *h);
void hand_touch(struct hand *h); // waits for its pending bit 0, then writes to address arg
void hand_count(struct hand *h); // counts in w[0] until arg is set
// Waits on `on`, keeps the caller in hand until its pending bit 0, replies: error; then, if arg, reply_waits
// (again, m) and answers that.
void hand_serve(struct hand *h);
// Waits on `on`, defers the caller to slot `also` as handle arg, goes on to wait on its pending word.
void hand_defer(struct hand *h);

// By this program's first thread, without waiting: a call and a wait on a gate; an answer through a reply
// capability.
int call_now(l4_handle_t gate);
int wait_now(l4_handle_t gate);
int send_now(l4_handle_t reply);

// --- visit.c: what a caller does in the space it visits
struct visit {
    void (*body)(struct visit *);
    l4_handle_t on; // of the visited space
    struct visit *next;
    uint64_t arg, flags;
    int error, again;
    atomic_int inside, over; // times
    uint64_t cpu;
};
void visit_event(
    struct visit *v); // waits for bit 0 of `on` with flags; again = a second wait without, if arg
void visit_pending(struct visit *v); // waits on its activation's pending word; arg = its index
void visit_call(struct visit *v);    // calls `on`, there: next; then waits for event arg, if any, with flags
void visit_nothing(struct visit *v);
void visit_touch(struct visit *v);   // waits for event `on`, if any, with flags; writes to address arg
void visit_operate(struct visit *v); // operation arg on `on`
void visit_spin(struct visit *v);    // until arg is set
l4_handle_t gate_entry(const struct kid *k, unsigned pool); // NULL: in this space
l4_handle_t gate_queue(const struct kid *k, unsigned cpu);
l4_handle_t gate_items(const struct kid *k, uint64_t mode, unsigned pool); // either, and it takes items
l4_handle_t gate_faults(void (*entry)(void));                              // an entry gate here
// An entry gate that serves nobody: pager or exception handler that holds whoever comes until event `never`.
l4_handle_t gate_holding(void);
bool visit_inside(const struct visit *v); // waits until somebody is
bool visit_over(const struct visit *v);   // waits until somebody has come to the end of it

#endif
