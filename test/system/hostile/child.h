// SPDX-License-Identifier: BSD-2-Clause
// Spaces that the test makes, pages and destroys, and threads in them that make one system call.
#ifndef CHILD_H
#define CHILD_H

#include <stdatomic.h>
#include <l4/ipc.h>
#include <l4/space.h>

#define UTCB_BASE    0x10000000ull
#define STACK_BASE   0x20000000ull
#define STRIDE       0x4000ull
#define INDICES      80
#define WINDOW       0x40000000ull
#define WINDOW_BYTES 0x10000ull
#define DATA         0x30000000ull // struct job of each thread, by activation index
#define QUOTA        (200u << 10)  // kernel memory of a child that is not short of it
#define PAGED        40            // indices whose UTCB and stack this program pages

struct job {
    struct l4_msg m; // the call, then what came back
    atomic_int done;
};

struct child {
    l4_handle_t space;
    l4_handle_t threads[PAGED];
    char *memory; // a page of jobs, UTCB pages, stacks
};

// A space that this program pages; no activations.
int child_make(struct child *c, uint64_t quota);
int child_end(struct child *c);
uint64_t child_page(const struct child *c, uint64_t utcb_page); // where in this program the UTCB page lies
struct job *child_job(const struct child *c, unsigned index);
// A thread on activation `index` that makes the call. The index is handed out now.
int child_start(struct child *c, unsigned index, const struct l4_msg *m);
// Waits until its call is answered: the kernel's error, -1 = not yet, -2 = a partner answered.
int child_result(const struct child *c, unsigned index);
// A copy with these rights in the child's table.
int child_give(const struct child *c, l4_handle_t handle, unsigned rights, l4_handle_t *theirs);
// A gate of that space, its entry child_visits.
l4_handle_t gate_in(l4_handle_t space, unsigned mode, unsigned pool);
// Lets all threads run that can.
void settle(void);

void child_main(void);   // a thread of a child begins here
void child_visits(void); // an entry gate in a child: waits for ever

void check_call_backs(void); // callback.c
// orphans.c; the event is one whose bit 0 nobody sets
void check_orphans(l4_handle_t event);

#endif
