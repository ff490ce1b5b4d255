// SPDX-License-Identifier: BSD-2-Clause
// Making a world: three spaces with this program's text, pages of their own and a block that they share.
#include "setup.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include "party.h"

#define QUOTA        (1ull << 20)
#define MAX_PRIORITY 100
#define STRIDE       0x4000ull
#define STACK_PAGES  2
#define HOME         4
#define INDICES      (UTCB_PAGES * L4_UTCB_PER_PAGE)
#define ADD_MAX      16
#define SHARED_PAGES ((sizeof(struct world) + L4_PAGE_SIZE - 1) / L4_PAGE_SIZE)
#define PAGES        (SHARED_PAGES + SPACES * (INDICES * STACK_PAGES + UTCB_PAGES + 1))

extern char __text_start[], __text_end[], __data_start[];

volatile struct accident accident;

static const struct setup *world[2];
static unsigned worlds;

const struct gate_plan gate_plans[GATES] = {
    [E_FIRST] = {FIRST, 1, 36, 0}, [E_SECOND] = {SECOND, 1, 36, 0}, [E_SINGLE] = {SECOND, 2, 1, 0},
    [E_FLOOR] = {FIRST, 2, 4, 60}, [E_BACK] = {CLIENT, 1, 12, 0},   [E_CHURN] = {FIRST, 3, 4, 0},
    [Q_ONE] = {FIRST, 0, 0, 0},    [Q_TWO] = {SECOND, 0, 0, 0},     [Q_LOW] = {FIRST, 0, 0, 0},
    [Q_OTHER] = {SECOND, 0, 0, 0},
};

// Servers below and above the client, and no two alike but partners: who runs never depends on the clock
// (see struct pair). Partners of the client are made better and worse at times.
static const struct {
    uint8_t space, priority;
} thread_plans[THREADS] = {
    [T_CLIENT] = {CLIENT, 30},     [SERVE_ONE] = {FIRST, 44},       [SERVE_TWO] = {SECOND, 46},
    [SERVE_BOTH] = {SECOND, 47},   [SERVE_LOW] = {FIRST, 20},       [PARTNER_SAME] = {CLIENT, 30},
    [PARTNER_OTHER] = {FIRST, 30}, [PARTNER_SERVER] = {SECOND, 46},
};

// A UTCB page that was taken is given back.
static bool give_back(const struct l4_msg *m)
{
    uint64_t address = l4_page_down(l4_msg_label(m) == L4_FAULT_SWITCH ? m->w[1] : m->w[0]);
    if (address < L4_UTCB_BASE || address >= L4_UTCB_BASE + UTCB_PAGES * L4_PAGE_SIZE)
        return false;
    for (unsigned i = 0; i < worlds * SPACES; i++) {
        const struct setup *s = world[i / SPACES];
        if (s->id[i % SPACES] != m->w[5])
            continue;
        l4_msg_put_map(0, (uint64_t)(uintptr_t)s->utcbs[i % SPACES] + address - L4_UTCB_BASE, address, 12,
                       L4_READ | L4_WRITE);
        return true;
    }
    return false;
}

static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    bool exception = l4_msg_label(m) == L4_FAULT_EXCEPTION;
    (void)utcb;
    if (exception && m->w[0] == 256) {
        l4_answer(m, L4_EXC_RESUME, 0, 0);
        return;
    }
    if (!exception && give_back(m)) {
        l4_answer(m, L4_OK, 2, 1);
        return;
    }
    if (!accident.kind) {
        accident.kind = l4_msg_label(m);
        accident.number = m->w[0];
        accident.ip = m->w[1];
        accident.address = m->w[7];
    }
    l4_answer(m, exception ? L4_EXC_ABORT : L4_ERR_RANGE, 0, 0);
}
L4_ENTRY_FAULT(fault_entry, handle_fault);

// The next of its pages become visible at TARGET.
static int show(l4_handle_t space, char **page, uint64_t target, uint64_t count)
{
    int error = L4_OK;
    for (; count > 0 && !error; count--, *page += L4_PAGE_SIZE, target += L4_PAGE_SIZE)
        error =
            l4_space_map(space, (uint64_t)(uintptr_t)*page, target, L4_PAGE_SIZE, L4_READ | L4_WRITE, NULL);
    return error;
}

static int show_text(l4_handle_t space, uint64_t from, uint64_t to, unsigned access)
{
    uint64_t done = 0;
    int error = L4_OK;
    for (uint64_t at = from; at < to && !error; at += done) {
        (void)*(const volatile char *)(uintptr_t)at; // only what is here can be mapped
        error = l4_space_map(space, at, at, L4_PAGE_SIZE, access, &done);
    }
    return error;
}

static int fill_space(struct setup *s, unsigned space, char **page)
{
    l4_handle_t handle = s->space[space];
    uint64_t text_end = l4_page_up((uint64_t)(uintptr_t)__text_end);
    char *shared = (char *)s->shared;
    int error = show_text(handle, (uint64_t)(uintptr_t)__text_start, text_end, L4_READ | L4_EXEC);
    if (!error)
        error = show_text(handle, text_end, (uint64_t)(uintptr_t)__data_start, L4_READ);
    for (uint64_t i = 0; i < INDICES && !error; i++)
        error =
            show(handle, page, L4_STACK_BASE + (i + 1) * STRIDE - STACK_PAGES * L4_PAGE_SIZE, STACK_PAGES);
    s->utcbs[space] = *page;
    if (!error)
        error = show(handle, page, L4_UTCB_BASE, UTCB_PAGES);
    ((struct private *)(void *)*page)->space = space;
    if (!error)
        error = show(handle, page, (uint64_t)(uintptr_t)PRIVATE, 1);
    return error ? error : show(handle, &shared, (uint64_t)(uintptr_t)WORLD, SHARED_PAGES);
}

static int deal(l4_handle_t space, unsigned pool, uint64_t *index, uint64_t count)
{
    int error = L4_OK;
    while (count > 0 && !error) {
        uint64_t n = count < ADD_MAX ? count : ADD_MAX;
        error = l4_activations_add(space, pool, *index, n);
        *index += n;
        count -= n;
    }
    return error;
}

static int make_space(struct setup *s, unsigned space, char **page)
{
    static const struct l4_space_area area = {L4_UTCB_BASE, L4_STACK_BASE, STRIDE, INDICES, 0, 0, 0, 0};
    static l4_handle_t faults;
    l4_handle_t *made = &s->space[space];
    uint64_t index = 0;
    int error = L4_OK;
    if (!faults)
        error = l4_gate_create_entry(L4_CAP_SPACE, fault_entry, L4_POOL_VISITORS, false, &faults);
    if (!error)
        error =
            l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, MAX_PRIORITY, L4_RIGHT_ALL, made, &s->id[space]);
    if (!error)
        error = l4_space_set_area(*made, &area);
    for (enum l4_space_gate g = L4_GATE_PAGER; g <= L4_GATE_EXCEPTION && !error; g++)
        error = l4_space_set_gate(*made, g, faults);
    if (!error)
        error = deal(*made, L4_POOL_HOME, &index, HOME);
    for (unsigned g = 0; g < ENTRIES && !error; g++) {
        if (gate_plans[g].space == space)
            error = deal(*made, gate_plans[g].pool, &index, gate_plans[g].count);
    }
    return error ? error : fill_space(s, space, page);
}

int setup_make(struct setup *s, bool timed)
{
    void *pages;
    char *page;
    int error = l4_memory_alloc(PAGES * L4_PAGE_SIZE, &pages);
    if (error)
        return error;
    memset(pages, 0, PAGES * L4_PAGE_SIZE);
    world[worlds++] = s;
    s->shared = pages;
    s->shared->timed = timed;
    page = (char *)pages + SHARED_PAGES * L4_PAGE_SIZE;
    for (unsigned space = 0; space < SPACES && !error; space++)
        error = make_space(s, space, &page);
    if (!error)
        error = l4_event_create(L4_CAP_SPACE, &s->event, NULL);
    return error ? error : targets_make(s);
}

// Servers first: they wait when the client begins, and every thread has run until it waits when this one goes
// on.
int setup_start(struct setup *s)
{
    int error = L4_OK;
    for (unsigned i = THREADS; i-- > 0 && !error;) {
        l4_handle_t *thread = &s->threads[i];
        error = l4_space_thread(s->space[thread_plans[i].space], L4_RIGHT_ALL, L4_SLOT_ANY,
                                thread_plans[i].priority, thread, NULL);
        if (!error)
            error = l4_thread_start_at(*thread, (uint64_t)(uintptr_t)thread_start, i, 0);
    }
    return error;
}

// A page of UTCBs goes, if it is there, and comes back.
static int change_page(struct setup *s, unsigned space, uint64_t page)
{
    uint64_t offset = page * L4_PAGE_SIZE, here = (uint64_t)(uintptr_t)s->utcbs[space] + offset;
    int error = l4_space_unmap(s->space[space], L4_UTCB_BASE + offset, L4_PAGE_SIZE, L4_UNMAP_OWN, 0, NULL);
    if (!error)
        error = l4_space_map(s->space[space], here, L4_UTCB_BASE + offset, L4_PAGE_SIZE, L4_READ | L4_WRITE,
                             NULL);
    return error;
}

int setup_restore(struct setup *s)
{
    int error = L4_OK;
    for (unsigned space = 0; space < SPACES; space++) {
        for (; s->shared->taken[space] && !error; s->shared->taken[space] &= s->shared->taken[space] - 1)
            error = change_page(s, space, (uint64_t)__builtin_ctzll(s->shared->taken[space]));
    }
    return error;
}

static int change_partner(struct setup *s, uint64_t random)
{
    unsigned priority = thread_plans[T_CLIENT].priority;
    if ((random >> 8 & 3) < 2)
        priority = priority - 1 + 2 * (random >> 8 & 1);
    return l4_thread_priority(s->threads[random >> 16 & 1 ? PARTNER_SAME : PARTNER_OTHER], priority);
}

static int cancel(struct setup *s, bool on)
{
    s->cancelled = on;
    s->shared->cancelled = on;
    return l4_thread_cancel(s->threads[T_CLIENT], on);
}

int setup_change(struct setup *s, uint64_t random)
{
    switch (random & 15) {
    case 0:
    case 1:
        return change_page(s, (unsigned)(random >> 8) % SPACES, (random >> 16) % UTCB_PAGES);
    case 2:
        return targets_churn(s);
    case 3:
        return cancel(s, !s->cancelled);
    case 4:
    case 5:
    case 6:
        return change_partner(s, random);
    case 7:
        return events_churn(s);
    default:
        return s->cancelled ? cancel(s, false) : L4_OK;
    }
}
