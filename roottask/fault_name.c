// SPDX-License-Identifier: BSD-2-Clause
// What a fault is called. See fault_name.h.
#include "roottask/fault_name.h"

#include <l4/abi/errors.h>
#include <l4/abi/layout.h>
#include <l4/program.h>
#include <l4/slice.h>

#include "roottask/fault_decode.h"

#define NULL_END     0x10000ull // addresses below count as null pointers with an offset
#define ERROR_WRITE  2ull       // page-fault error code
#define ERROR_FETCH  16ull
#define VECTOR_PAGE  14
#define VECTOR_GP    13
#define VECTOR_STACK 12
#define VECTOR_UD    6

static const char *const vector_names[32] = {
    [0] = "divide-error",
    [1] = "debug",
    [2] = "nmi",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound",
    [VECTOR_UD] = "invalid-opcode",
    [7] = "no-fpu",
    [8] = "double-fault",
    [10] = "invalid-tss",
    [11] = "segment-missing",
    [VECTOR_STACK] = "stack-segment",
    [VECTOR_GP] = "general-protection",
    [VECTOR_PAGE] = "page-fault",
    [16] = "x87-error",
    [17] = "alignment-check",
    [18] = "machine-check",
    [19] = "simd-error",
};

static void set_kind(struct fault_name *name, const char *kind)
{
    l4_slice_copy(name->kind, sizeof(name->kind), l4_slice_z(kind));
}

static const char *kind_of_kernel_address(const struct fault *fault)
{
    if (fault->error_code & ERROR_FETCH)
        return "kernel-exec";
    return fault->error_code & ERROR_WRITE ? "kernel-write" : "kernel-read";
}

static const char *kind_of_fetch(const struct fault *fault)
{
    if (fault->region == L4_REGION_STACK)
        return "exec-stack";
    return fault->region == L4_REGION_NONE ? "page-exec" : "exec-data";
}

static const char *kind_of_write(const struct fault *fault)
{
    if (fault->region == L4_REGION_TEXT)
        return "text-write";
    return fault->region == L4_REGION_RODATA ? "rodata-write" : "page-write";
}

static const char *kind_of_page_fault(const struct fault *fault)
{
    if (fault->address < NULL_END)
        return "null";
    if (fault->address >= L4_USER_END)
        return kind_of_kernel_address(fault);
    if (fault->region == L4_REGION_GUARD || fault->reason == L4_ERR_LIMIT)
        return "stack-overflow";
    if (fault->reason == L4_ERR_QUOTA)
        return "out-of-memory";
    if (fault->error_code & ERROR_FETCH)
        return kind_of_fetch(fault);
    return fault->error_code & ERROR_WRITE ? kind_of_write(fault) : "page-read";
}

static const char *kind_of_instruction(const struct fault *fault, struct fault_name *name)
{
    struct decoded decoded;

    fault_decode(fault, &decoded);
    switch (decoded.kind) {
    case DECODED_CLI:
        return "cli";
    case DECODED_STI:
        return "sti";
    case DECODED_HLT:
        return "hlt";
    case DECODED_IN:
        name->address = decoded.operand;
        return "in-port";
    case DECODED_OUT:
        name->address = decoded.operand;
        return "out-port";
    case DECODED_JUMP:
        if (fault_canonical(decoded.operand))
            break;
        name->address = decoded.operand;
        return "noncanonical-jump";
    case DECODED_PRIVILEGED:
        return "privileged-instruction";
    case DECODED_OTHER:
        break;
    }
    return fault->vector == VECTOR_STACK ? "stack-segment" : "general-protection";
}

// Some processors report a jump into the hole at the jump, others at its target.
static const char *kind_of_protection_fault(const struct fault *fault, struct fault_name *name)
{
    if (fault_canonical(fault->ip))
        return kind_of_instruction(fault, name);
    name->address = fault->ip;
    return "noncanonical-jump";
}

// l4_abort: a word of the program's own, in rdx, r8 and r9. Foreign bytes: only what is fit for a line is
// taken.
static const char *kind_of_abort(const struct fault *fault, struct fault_name *name)
{
    static const uint8_t order[3] = {L4_REG_RDX, L4_REG_R8, L4_REG_R9};
    unsigned length = 0;

    for (unsigned i = 0; i < L4_ABORT_TEXT; i++) {
        char c = (char)(fault->registers[order[i / 8]] >> i % 8 * 8);

        if (c <= ' ' || c >= 0x7f)
            break;
        name->kind[length++] = c;
    }
    name->kind[length] = 0;
    return length > 0 ? name->kind : "abort";
}

static const char *kind_of(const struct fault *fault, struct fault_name *name)
{
    if (fault->vector == VECTOR_PAGE) {
        name->address = fault->address;
        return kind_of_page_fault(fault);
    }
    if (fault->vector == VECTOR_GP || fault->vector == VECTOR_STACK)
        return kind_of_protection_fault(fault, name);
    if (fault->vector == VECTOR_UD && fault->registers[L4_REG_RAX] == L4_ABORT_MAGIC)
        return kind_of_abort(fault, name);
    if (fault->vector < 32 && vector_names[fault->vector] != NULL)
        return vector_names[fault->vector];
    return "exception";
}

void fault_name(const struct fault *fault, struct fault_name *name)
{
    const char *kind;

    name->address = 0;
    name->ip = fault->ip;
    kind = kind_of(fault, name);
    if (kind != name->kind)
        set_kind(name, kind);
    // A call that led out of the text: its return address still lies on the stack.
    if (fault->ip_region != L4_REGION_TEXT && fault->back_region == L4_REGION_TEXT)
        name->ip = fault_call_before(fault);
}
