// SPDX-License-Identifier: BSD-2-Clause
// The window of records on the host: pages of memory for each CPU, found by their address.
#include <stdlib.h>

#include "kernel/arch/records.h"

enum { PAGES = 0x9000 }; // those of spaces and some of gates

static char *pages[64][PAGES];

static uint64_t number(vaddr_t at)
{
    uint64_t i = (at.v - RECORD_NULL_AT) / PAGE_SIZE;

    if (i >= PAGES)
        abort();
    return i;
}

bool records_page_make(unsigned cpu, vaddr_t at)
{
    char **page = &pages[cpu][number(at)];

    if (*page)
        return true;
    *page = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
    for (size_t i = 0; i < PAGE_SIZE; i++)
        (*page)[i] = 0;
    records_clear(*page);
    return true;
}

void *records_at(unsigned cpu, vaddr_t at)
{
    char *page = pages[cpu][number(at)];

    return page ? page + at.v % PAGE_SIZE : NULL;
}
