// SPDX-License-Identifier: BSD-2-Clause
// Between the parts of the test: the handler's entry (entry.asm), Linux (linux.c), the checks (main.c).
#ifndef TEST_FOREIGN_H
#define TEST_FOREIGN_H

#include <stddef.h>
#include <stdint.h>
#include <l4/base.h>

// Registers at the call, as entry.asm pushes them.
struct frame {
    uint64_t fs, rbp, rbx, r9, r8, r10, rdx, rsi, rdi, rax, rcx, r11;
};
_Static_assert(sizeof(struct frame) == 96 && offsetof(struct frame, rax) == 72, "entry.asm");

extern struct frame foreign_last; // of the last probe
extern char linux_written[];      // what the program has written
extern size_t linux_written_bytes;
extern unsigned linux_unknown;                // calls that nobody knows
extern unsigned foreign_wrong, foreign_calls; // whose words in the UTCB were not right; all

void foreign_entry(void);
uint64_t foreign_probe(uint64_t registers[static 16]);
int64_t foreign_handle(struct frame *f); // the result; from entry.asm
int linux_run(const void *entry, uint64_t *sp);
L4_NORETURN void linux_leave(int status);

#endif
