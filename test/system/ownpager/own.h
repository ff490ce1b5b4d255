// SPDX-License-Identifier: BSD-2-Clause
// The space this test makes, and the test as its pager (own.c).
#ifndef TEST_OWNPAGER_OWN_H
#define TEST_OWNPAGER_OWN_H

#include <stdatomic.h>
#include <l4/ipc.h>

#define UTCB_BASE  0x10000000ull
#define STACK_BASE 0x20000000ull
#define STRIDE     0x4000ull
#define INDICES    16
#define DATA       0x30000000ull // where child_touch writes
#define PRIORITY   40
#define WAIT_NS    3000000000ull
#define DELAY_NS   100000000ull

void child_touch(void);
void child_wait(void);
extern const char child_page[];

enum behaviour { ANSWER, ANSWER_NOTHING, ANSWER_READ_ONLY, ANSWER_TWICE_SAME, ANSWER_LATE, REFUSE };
extern enum behaviour behaviour;
extern bool adds_indices; // what is done about a request for more of them
extern uint64_t next_index;

extern l4_handle_t space;
extern char *memory; // page 0: data, then a page for each UTCB page, then one for each stack
extern struct l4_msg last_switch, last_exception;
extern atomic_uint switches, pages, exceptions;

L4_MUST_CHECK int open_pager_gate(void);
uint64_t page_at(uint64_t number); // page of `memory`
// A space with this program as pager (and as handler of exceptions), indices 0 to 3 in its home pool.
L4_MUST_CHECK int make_space(void);
// Destroys the space and deletes the handles, its own and the thread's.
L4_MUST_CHECK int end_space(l4_handle_t thread);
L4_MUST_CHECK int start_thread(void (*function)(void), l4_handle_t *thread);
// Waits until the thread is in this state; what it was in at last.
uint64_t wait_for_state(l4_handle_t thread, uint64_t state);
uint64_t count_of(l4_handle_t of, unsigned which);
uint64_t space_count(unsigned which);
const volatile uint64_t *data(void); // what child_touch writes

#endif
