// SPDX-License-Identifier: BSD-2-Clause
// UTCB and stack areas: see areas.h.
#include "pager/areas.h"
#include <l4/base.h>
#include <l4/abi/layout.h>
#include <l4/abi/utcb.h>

enum stack_touch areas_stack(const struct areas *areas, uint64_t address, struct stack_place *place)
{
    if (address < areas->stack_base)
        return STACK_ELSEWHERE;
    uint64_t index = (address - areas->stack_base) / areas->stride;
    if (index >= areas->indices)
        return STACK_ELSEWHERE;
    uint64_t bottom = areas->stack_base + index * areas->stride;
    *place = (struct stack_place){
        .index = (uint32_t)index,
        .limit = bottom + L4_PAGE_SIZE,
        .top = bottom + areas->stride,
    };
    return address < place->limit ? STACK_OVERFLOW : STACK_GROWS;
}

bool areas_utcb(const struct areas *areas, uint64_t address, uint32_t *first)
{
    if (address < areas->utcb_base)
        return false;
    uint64_t page = (address - areas->utcb_base) / L4_PAGE_SIZE;
    if (page * L4_UTCB_PER_PAGE >= areas->indices)
        return false;
    *first = (uint32_t)page * L4_UTCB_PER_PAGE;
    return true;
}

uint64_t areas_utcb_page(const struct areas *areas, uint32_t index)
{
    return areas->utcb_base + (uint64_t)(index / L4_UTCB_PER_PAGE) * L4_PAGE_SIZE;
}

uint64_t areas_stack_first(const struct areas *areas, uint32_t index)
{
    return areas->stack_base + ((uint64_t)index + 1) * areas->stride - L4_PAGE_SIZE;
}
