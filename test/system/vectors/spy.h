// SPDX-License-Identifier: BSD-2-Clause
// Both sides of a call that leave secrets in registers and look at what the other side left there (spy.asm).
#ifndef SPY_H
#define SPY_H

#include <stdbool.h>
#include <stdint.h>
#include <l4/short.h>

#define SECRET 0x5ec2e75e00000000ull // and a number: what a register of this program holds

// What was in all registers: spy.asm knows the offsets.
struct spy {
    uint64_t general[16];                               // 0    rax rbx rcx rdx rsi rdi rbp rsp r8 - r15
    uint8_t legacy[512] __attribute__((aligned(64)));   // 128  as FXSAVE stores them
    uint8_t upper[16][16] __attribute__((aligned(64))); // 640  of the ymm registers, 0 without AVX
};
_Static_assert(sizeof(struct spy) == 896, "offsets in spy.asm");
_Static_assert(offsetof(struct spy, legacy) == 128, "offsets in spy.asm");
_Static_assert(offsetof(struct spy, upper) == 640, "offsets in spy.asm");

// What a call of spy_call left to its caller.
struct spy_kept {
    uint64_t lost;  // 0   callee-saved registers that are not what they were
    uint32_t mxcsr; // 8
    uint16_t fcw;   // 12
    uint8_t tags;   // 14  FXSAVE's: 0 = the x87 stack is empty
    uint8_t unused;
};
#define SPY_MXCSR 0x3f80 // of the caller: rounds down
#define SPY_FCW   0x77f

extern bool spy_avx;   // set by spy_init: there are ymm registers
extern struct spy spy; // what the other side saw
extern struct spy_kept spy_kept;

#define OWN_PRIORITY 60 // of the program's first thread

void check_kernel(void); // kernel.c

void spy_init(void);
void spy_fill(void);  // secrets into vector, x87 and caller-saved registers
void spy_spoil(void); // into vector and x87 registers, and controls as a hostile program leaves them
// Calls function(a, b, c, d, e) with secrets in all registers that are not arguments.
struct l4_short spy_call(void (*function)(void), uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
// Calls a gate with MXCSR and x87 as a hostile client has them, and stores what comes back.
struct l4_short spy_ask(l4_handle_t gate, uint64_t tag, uint64_t w0);
// An entry gate that stores what it sees, and answers with MXCSR and x87 as a hostile server leaves them.
void spy_entry(void);
// MXCSR in the low half, x87 control word above it.
uint64_t spy_controls(void);

#endif
