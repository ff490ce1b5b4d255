// SPDX-License-Identifier: BSD-2-Clause
// The UTCB and stack areas of a space: from an address to an index and back, and what a touch in the stack
// area means. Pure. Slot i of the stack area is [stack_base + i * stride, + stride): its lowest page is never
// mapped, the stack starts at its end and grows down page by page.
#ifndef PAGER_AREAS_H
#define PAGER_AREAS_H

#include <stdbool.h>
#include <stdint.h>

struct areas {
    uint64_t utcb_base, stack_base, stride;
    uint32_t indices; // whole area
};

enum stack_touch {
    STACK_ELSEWHERE, // not in the area
    STACK_GROWS,     // a page the stack of this index may have
    STACK_OVERFLOW,  // the page under it
};

struct stack_place {
    uint32_t index;
    uint64_t limit, top; // the stack may lie in [limit, top)
};

enum stack_touch areas_stack(const struct areas *areas, uint64_t address, struct stack_place *place);
// True if the address lies in the UTCB area; *first: first of the four indices of its page.
bool areas_utcb(const struct areas *areas, uint64_t address, uint32_t *first);
uint64_t areas_utcb_page(const struct areas *areas, uint32_t index);   // page of its UTCB
uint64_t areas_stack_first(const struct areas *areas, uint32_t index); // first page of its stack

#endif
