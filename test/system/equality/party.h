// SPDX-License-Identifier: BSD-2-Clause
// What runs in the spaces of a world. Its code is this program's, mapped there; it writes no variables but
// those of world.h. What a party does follows from the words of the request it serves.
#ifndef PARTY_H
#define PARTY_H

#include <l4/abi/tag.h>
#include <l4/base.h>
#include "world.h"

struct party {
    uint64_t random;
    unsigned space, thread, level;
    unsigned deep; // go on to this level, one call in the other; 0: anything
    bool crossed;  // somebody below waits at a queue gate for this thread
    bool home;
};

// Words of a request: 0 what to do next, 1 the fields of the party that serves it, 2-7 anything.
#define W1_LEVEL   0 // 8 bits each
#define W1_CROSSED 8
#define W1_DEEP    16
#define W1_THREAD  24

#define DEEP_NEVER 200 // deeper than any chain

// Parties mark what they leave in registers that carry nothing: the upper 16 bits.
#define POISON 0x5eedull

// stubs.asm
void raw_call(const struct regs *in);
void raw_back(void); // it goes on here
void raw_partner(const struct regs *in);
void raw_partner_back(void);
void thread_start(void); // a thread begins here: rdi = enum thread
extern const uint64_t entry_table[ENTRIES];

// see.c: what came back, or what an entry gate was entered with, goes into the log.
void see_answer(const struct party *p, const struct regs *in, const struct regs *out);
void see_entry(const struct party *p, unsigned number, const struct regs *r);
void see_foreign(const struct party *p, const struct regs *in, const struct regs *out);
void see_event(const struct party *p, const struct regs *in, const struct regs *out, struct pair *pair);
uint64_t *register_word(struct regs *r, unsigned n);

// act.c
void fill(struct party *p, struct regs *in, uint64_t tag, uint64_t handle);
uint64_t ask(struct party *p, const struct regs *in, struct regs *out); // the system call: tag of the answer
uint64_t ask_event(struct party *p, const struct regs *in, struct regs *out);
void count(unsigned op, uint64_t answer);
uint64_t ask_gate(struct party *p, unsigned gate, const struct regs *in, struct regs *out); // through it
uint64_t some_tag(struct party *p, unsigned op);
uint64_t some_handle(struct party *p, unsigned *gate);
bool would_wait(const struct party *p, unsigned gate);
uint64_t forge(struct party *p, uint64_t handle);
void act(struct party *p);

// misuse.c
void misuse(struct party *p);
void call_object(struct party *p);
void call_foreign(struct party *p);
void take_page(struct party *p);

// signal.c
void event_operation(struct party *p);
void meet_partners(struct party *p);
void partner(struct party *p, unsigned number);

static inline uint64_t choose(struct party *p, uint64_t n)
{
    return next_random(&p->random) % n;
}

#endif
