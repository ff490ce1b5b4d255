// SPDX-License-Identifier: BSD-2-Clause
// The x86-64 instructions behind a general-protection fault, as far as FAULT lines name them. Pure.
#ifndef ROOTTASK_FAULT_DECODE_H
#define ROOTTASK_FAULT_DECODE_H

#include <stdbool.h>

#include "roottask/fault_name.h"

enum decoded_kind {
    DECODED_OTHER,
    DECODED_CLI,
    DECODED_STI,
    DECODED_HLT,
    DECODED_IN,
    DECODED_OUT,
    DECODED_JUMP,       // jump or call through a register, return: to `operand`
    DECODED_PRIVILEGED, // control and model-specific registers, tables, …
};

struct decoded {
    enum decoded_kind kind;
    uint64_t operand; // port or target
};

void fault_decode(const struct fault *fault, struct decoded *decoded);
bool fault_canonical(uint64_t address);
// The address of the call instruction that ends where fault->before ends; `back` - 1 if it is not known.
uint64_t fault_call_before(const struct fault *fault);

#endif
