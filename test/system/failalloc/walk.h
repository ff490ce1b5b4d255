// SPDX-License-Identifier: BSD-2-Clause
// The walk: an operation is tried with its first allocation failing, then with its second, and so on, until
// none is left to fail. What must hold after each failure is checked in walk.c.
#ifndef TEST_FAILALLOC_WALK_H
#define TEST_FAILALLOC_WALK_H

#include <l4/base.h>
#include <l4/ipc.h>
#include <l4/abi/ops.h>

#define QUOTA (512u << 10)

// What a failure may leave: nothing; page tables and pages of slots, which stay with the space they are
// charged to; or also the items of a fault's answer before the one that failed.
enum keeps { KEEPS_NOTHING, KEEPS_TABLES, KEEPS_ITEMS };

// In which modes there is something to fail; in the others 1 is reached.
enum allocates { NEVER, IN_MEMORY = 1, IN_QUOTA = 2, IN_BOTH = 3 };

struct operation {
    const char *name;
    int (*begin)(void); // before the walk; NULL: nothing
    int (*act)(void);   // once for each n; the walk ends with its success
    int (*end)(void);   // after it; NULL: nothing
    enum keeps keeps;
    enum allocates allocates;
};

extern l4_handle_t pool, info;
extern l4_handle_t child; // a space whose counters are compared as well, or L4_HANDLE_NONE

void walk(const struct operation *operation);
// The same in pieces, where the operation is not a call: open; before each try; after a failed one (false: it
// failed for another reason); close after success.
void walk_open(const struct operation *operation, enum l4_fail_mode mode);
void walk_before(void);
bool walk_after(int error);
void walk_close(int error);
void walk_report(void);

// An operation on a kernel object: the kernel's error and word 0 of what came back.
int operate(l4_handle_t on, uint32_t label, const uint64_t w[static L4_WORDS_REGS], uint64_t *result);
int child_begin(void); // a space with areas and without anything in it
int child_end(void);
int drop(l4_handle_t handle); // deletes it in the own table
uint64_t new_slot(void);      // the first of a page of slots that was never used
uint64_t page_here(void);     // address of a page of the own memory

// The child's pager, which is this program: opened once.
void pager_open(void);
int child_with_pager(void); // child_begin, and an activation for its thread and one for a visitor
int child_start(void (*function)(void), uint64_t argument); // its thread
bool child_waits(uint64_t depth); // whether that comes to wait, so many visits away from home
extern l4_handle_t child_thread;
#define CHILD_SLOT 9    // of its table: for what the test gives it
void child_touch(void); // child.asm
void child_call(void);
void child_reply(void);
void child_serve(void);
extern const char child_page[];

void walk_objects(void);
void walk_memory(void);
void walk_messages(void);
void walk_faults(void);

#endif
