// SPDX-License-Identifier: BSD-2-Clause
// What a fault is called: the kind, address and place of the FAULT line. Pure: all it looks at is in the
// struct; what could not be read of the program is simply not there.
#ifndef ROOTTASK_FAULT_NAME_H
#define ROOTTASK_FAULT_NAME_H

#include <stdint.h>

#include <l4/abi/fault.h>
#include <l4/proto/pager.h>

#define FAULT_CODE 16 // bytes at an address
#define FAULT_KIND 25 // text with its NUL; an l4_abort has at most 24 bytes

struct fault_code {
    uint8_t byte[FAULT_CODE];
    unsigned count;
};

struct fault {
    uint64_t vector, ip, sp, error_code, reason, address; // as in the exception message
    uint64_t registers[L4_REG_COUNT];
    enum l4_region_kind region;    // in which `address` lies
    enum l4_region_kind ip_region; // in which ip lies
    struct fault_code code;        // at ip
    uint64_t back;                 // the word at sp: where a function just called returns to
    enum l4_region_kind back_region;
    struct fault_code before; // the 16 bytes before `back`
};

struct fault_name {
    char kind[FAULT_KIND];
    uint64_t address;
    uint64_t ip; // the instruction that did it; for a call that led astray, that call
};

void fault_name(const struct fault *fault, struct fault_name *name);

#endif
