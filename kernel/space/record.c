/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where records lie. The window's first page stays null. Then come those of spaces, by the number of their
 * capability table; then those of queue gates, a page of them for one CPU at a time. Pages are kept: what is
 * given back serves the next. Lock: record_lock.
 */
#include "kernel/space/record.h"

#include <l4/abi/layout.h>

#include "kernel/arch/pte.h"
#include "kernel/base/assert.h"
#include "kernel/base/spinlock.h"
#include "kernel/cap/cap.h"
#include "kernel/smp/cpus.h"

#define PER_PAGE   (PAGE_SIZE / sizeof(struct record))
#define SPACES_AT  (RECORD_NULL_AT + PAGE_SIZE)
#define GATES_AT   (SPACES_AT + CAP_TABLES_MAX * RECORD_SPACE_BYTES)
#define GATE_PAGES ((RECORD_NULL_AT + RECORDS_BYTES - GATES_AT) / PAGE_SIZE)

_Static_assert(RECORD_SPACE_BYTES == L4_POOL_COUNT * sizeof(struct record), "one for each pool");

const struct activation null_activation = {.cost = COST_UNUSABLE};

static struct spinlock record_lock = SPINLOCK_INIT(RANK_RECORD);
static int32_t unused[CPUS_MAX]; /* of gates of each CPU, linked; 0: none */
static uint64_t gate_pages;

void records_clear(void *page)
{
    struct record *r = page;

    for (unsigned i = 0; i < PER_PAGE; i++)
        r[i].free = NULL_ACTIVATION;
}

static vaddr_t address_of(int32_t id)
{
    return vaddr((uint64_t)(int64_t)id);
}

int32_t record_of_space(uint32_t id)
{
    return (int32_t)(SPACES_AT + id * RECORD_SPACE_BYTES);
}

struct record *record_on(unsigned cpu, int32_t id)
{
    return records_at(cpu, address_of(id));
}

struct record *record_here(int32_t id)
{
    struct record *r = record_on(cpu_number(), id);

    if (r && !r->seen) {
        tlb_flush_page(address_of(id).v);
        r->seen = 1;
    }
    return r;
}

void record_make(unsigned cpu, int32_t id, void *owner)
{
    bool made;

    spin_lock(&record_lock);
    made = records_page_make(cpu, vaddr(align_down(address_of(id).v, PAGE_SIZE)));
    spin_unlock(&record_lock);
    if (made && !record_on(cpu, id)->owner)
        list_init(&record_on(cpu, id)->receivers);
    if (made)
        record_on(cpu, id)->owner = owner;
}

/* A page of records of gates, for CPU. */
static void page_for_gates(unsigned cpu)
{
    uint64_t at = GATES_AT + gate_pages * PAGE_SIZE;

    if (gate_pages == GATE_PAGES || !records_page_make(cpu, vaddr(at)))
        return;
    gate_pages++;
    for (uint64_t i = PER_PAGE; i > 0; i--) {
        int32_t id = (int32_t)(at + (i - 1) * sizeof(struct record));

        record_on(cpu, id)->next = unused[cpu];
        unused[cpu] = id;
    }
}

int32_t record_take(unsigned cpu)
{
    int32_t id;

    spin_lock(&record_lock);
    if (!unused[cpu])
        page_for_gates(cpu);
    id = unused[cpu];
    if (id)
        unused[cpu] = record_on(cpu, id)->next;
    spin_unlock(&record_lock);
    return id;
}

void record_give_back(unsigned cpu, int32_t id)
{
    spin_lock(&record_lock);
    record_on(cpu, id)->next = unused[cpu];
    unused[cpu] = id;
    spin_unlock(&record_lock);
}
