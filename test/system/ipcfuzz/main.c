// SPDX-License-Identifier: BSD-2-Clause
// Random system calls from all threads and visitors of a space that this program pages, while this program
// takes memory, threads and gates away from under them. The kernel neither panics nor hangs, and when the
// space is destroyed everything is as it was. Arguments: seed, rounds.
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>
#include "books.h"
#include "fuzz.h"

#define ROUNDS      12
#define SEED        1
#define THREADS     5
#define PRIORITY    30
#define QUOTA       (320u << 10)
#define SPARE_PAGES 48
#define CALLS       4000 // of a round
#define ROUND_NS    1500000000ull

static l4_handle_t pager_gate, queue, space, threads[THREADS];
static char *memory;          // page 0: the shared struct; then UTCB pages, stacks, spare pages
static uint64_t random_state; // visitors use it too: which of two takes a number first does not matter

static struct shared *shared(void)
{
    return (struct shared *)(void *)memory;
}

static uint64_t page_at(uint64_t number)
{
    return (uint64_t)(uintptr_t)memory + number * L4_PAGE_SIZE;
}
#define STACK_PAGE (1 + INDICES / 4)
#define SPARE_PAGE (STACK_PAGE + INDICES)
#define PAGES      (SPARE_PAGE + SPARE_PAGES)

static unsigned answer_switch(const struct l4_msg *m)
{
    uint64_t index = m->w[0];
    if (index >= INDICES)
        return 0;
    l4_msg_put_map(0, page_at(1 + index / 4), UTCB_BASE + index / 4 * L4_PAGE_SIZE, 12, L4_READ | L4_WRITE);
    l4_msg_put_map(2, page_at(STACK_PAGE + index), STACK_BASE + (index + 1) * STRIDE - L4_PAGE_SIZE, 12,
                   L4_READ | L4_WRITE);
    return 2;
}

static unsigned answer_page(const struct l4_msg *m)
{
    uint64_t page = l4_page_down(m->w[0]);
    uint64_t spare = (page - SPARE) / L4_PAGE_SIZE;
    uint64_t index = (page - STACK_BASE) / STRIDE;
    if (page >= L4_PROGRAM_BASE && page < l4_page_up((uint64_t)(uintptr_t)child_thread) + (1 << 20)) {
        (void)*(const volatile char *)(uintptr_t)page; // only what is here can be mapped
        l4_msg_put_map(0, page, page, 12, L4_READ | L4_EXEC);
    } else if (page == DATA) {
        l4_msg_put_map(0, page_at(0), page, 12, L4_READ | L4_WRITE);
    } else if (page >= SPARE && spare < SPARE_PAGES) {
        l4_msg_put_map(0, page_at(SPARE_PAGE + spare), page, 12, L4_READ | L4_WRITE);
    } else if (page >= STACK_BASE && index < INDICES &&
               page + L4_PAGE_SIZE == STACK_BASE + (index + 1) * STRIDE) {
        l4_msg_put_map(0, page_at(STACK_PAGE + index), page, 12, L4_READ | L4_WRITE);
    } else if (page >= UTCB_BASE && (page - UTCB_BASE) / L4_PAGE_SIZE < INDICES / 4) {
        l4_msg_put_map(0, page_at(1) + page - UTCB_BASE, page, 12, L4_READ | L4_WRITE);
    } else {
        return 0;
    }
    return 1;
}

// Three of four that ran into something start again, wherever they are.
static void answer_exception(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t index = m->w[6] & UINT32_MAX;
    if (fuzz_next(&random_state) % 4 == 0 || index >= INDICES) {
        l4_answer(m, L4_EXC_ABORT, 0, 0);
        return;
    }
    utcb->words[L4_WORDS_REGS + L4_REG_RIP] = (uint64_t)(uintptr_t)child_thread;
    utcb->words[L4_WORDS_REGS + L4_REG_RSP] = STACK_BASE + (index + 1) * STRIDE;
    l4_answer(m, L4_EXC_RESUME_REGS, L4_REG_COUNT, 0);
}

static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned items;
    if (l4_tag_op(m->tag) != L4_OP_FAULT) {
        l4_answer(m, L4_ERR_ARG, 0, 0);
        return;
    }
    if (l4_msg_label(m) == L4_FAULT_EXCEPTION) {
        answer_exception(m, utcb);
        return;
    }
    items = l4_msg_label(m) == L4_FAULT_SWITCH ? answer_switch(m) : answer_page(m);
    l4_answer(m, items ? L4_OK : L4_ERR_RANGE, 2 * items, items);
}

L4_ENTRY_FAULT(fault_entry, handle_fault);

// A capability of the child's on an object of mine, which it may know from now on.
static int give(unsigned kind, unsigned n, l4_handle_t handle)
{
    return l4_cap_copy(space, handle, L4_SLOT_ANY, L4_RIGHT_ALL, &shared()->handles[kind][n % HANDLES]);
}

// A gate or an event in the child's space, which only the child keeps.
static int give_new(unsigned kind, unsigned n)
{
    struct l4_gate_options options = {.mode = L4_GATE_ITEMS | (n & 1 ? L4_GATE_QUEUE : L4_GATE_ENTRY),
                                      .entry = (uint64_t)(uintptr_t)child_visitor,
                                      .pool = n & 1 ? 0 : 1 + n / 8,
                                      .rights = L4_RIGHT_ALL};
    l4_handle_t handle = L4_HANDLE_NONE;
    int error = kind == L4_KIND_GATE ? l4_gate_create(space, &options, &handle, NULL)
                                     : l4_event_create(space, &handle, NULL);
    if (error)
        return error;
    error = give(kind, n, handle);
    return l4_cap_delete(L4_CAP_SPACE, handle) ? L4_ERR_CAP : error;
}

// The child's own space and threads, a gate of mine, gates of its own.
static int furnish(void)
{
    int error = L4_OK;
    for (unsigned i = 0; i < HANDLES && !error; i += 5)
        error = give(L4_KIND_SPACE, i, space);
    for (unsigned i = 0; i < THREADS && !error; i++)
        error = give(L4_KIND_THREAD, i, threads[i]);
    for (unsigned i = 1; i < HANDLES && !error; i += 2)
        error = give_new(i % 4 == 1 ? L4_KIND_GATE : L4_KIND_EVENT, i + i % 3);
    return error ? error : give(L4_KIND_GATE, 0, queue);
}

static int make_space(void)
{
    static const struct l4_space_area area = {UTCB_BASE, STACK_BASE, STRIDE, INDICES, WINDOW, 0x10000, 64, 4};
    int error = l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, 60, L4_RIGHT_ALL, &space, NULL);
    memset(memory, 0, (size_t)PAGES * L4_PAGE_SIZE);
    shared()->seed = (unsigned)fuzz_next(&random_state);
    if (!error)
        error = l4_space_set_area(space, &area);
    for (enum l4_space_gate g = L4_GATE_PAGER; g <= L4_GATE_EXCEPTION && !error; g++)
        error = l4_space_set_gate(space, g, pager_gate);
    for (unsigned pool = 0; pool < 3 && !error; pool++)
        error = l4_activations_add(space, pool, pool * 8, 8);
    for (unsigned i = 0; i < THREADS && !error; i++)
        error = l4_space_thread(space, L4_RIGHT_ALL, L4_SLOT_ANY, PRIORITY + i % 2, &threads[i], NULL);
    return error ? error : furnish();
}

// Something is taken away from under the child.
static void interfere(void)
{
    uint64_t r = fuzz_next(&random_state);
    l4_handle_t fresh, *at;
    int error = L4_OK;
    switch (r & 7) {
    case 0:
        error = l4_space_unmap(L4_CAP_SPACE, page_at(1 + (r >> 8) % (PAGES - 1)), L4_PAGE_SIZE,
                               L4_UNMAP_DERIVED, 0, NULL);
        break;
    case 1:
        error = l4_thread_suspend(threads[(r >> 8) % THREADS]);
        break;
    case 2:
        error = l4_thread_resume(threads[(r >> 8) % THREADS]);
        break;
    case 3:
        error = r & 0x300 ? L4_OK : l4_thread_destroy(threads[(r >> 12) % THREADS]);
        break;
    case 4:
        error = l4_space_wake(space, (r >> 8) % INDICES, 1 + (r >> 16));
        break;
    case 5: // what the child has done to its pager, and lost
        error = l4_space_set_gate(space, r & 8 ? L4_GATE_PAGER : L4_GATE_EXCEPTION, pager_gate);
        if (!error)
            error = give(L4_KIND_SPACE, 5 * (r >> 4 & 3), space);
        if (!error)
            error = give_new(r & 0x100 ? L4_KIND_GATE : L4_KIND_EVENT, r >> 16 & 15);
        break;
    default: // threads that ended are replaced
        at = &threads[(r >> 8) % THREADS];
        error = l4_space_thread(space, L4_RIGHT_ALL, L4_SLOT_ANY, PRIORITY, &fresh, NULL);
        if (error)
            break;
        (void)!l4_thread_destroy(*at);
        error = l4_cap_delete(L4_CAP_SPACE, *at);
        *at = fresh;
        if (!error)
            error = l4_thread_start_at(fresh, (uint64_t)(uintptr_t)child_thread, 0, 0);
        break;
    }
    (void)error; // the child may have destroyed any of it
}

static uint64_t play(void)
{
    uint64_t end = l4_clock() + ROUND_NS;
    for (unsigned i = 0; i < THREADS; i++) {
        int error = l4_thread_start_at(threads[i], (uint64_t)(uintptr_t)child_thread, 0, 0);
        (void)error; // an earlier one may have destroyed it
    }
    while (l4_clock() < end && atomic_load(&shared()->calls) < CALLS) {
        l4_sleep_until(l4_clock() + 1000000);
        interfere();
    }
    return atomic_load(&shared()->calls);
}

// What the child may have destroyed before.
static void check_end(int error, const char *what)
{
    if (error != L4_OK && error != L4_ERR_DEAD)
        tap_error(error, L4_OK, what);
}

// Everything of a round, in one order or the other.
static void end_round(bool queue_first)
{
    if (queue_first)
        check_end(l4_gate_destroy(queue), "the queue gate is destroyed");
    check_end(l4_space_destroy(space), "the space is destroyed");
    if (!queue_first)
        check_end(l4_gate_destroy(queue), "the queue gate is destroyed after it");
    check_end(l4_cap_delete(L4_CAP_SPACE, queue), "the gate's handle is deleted");
    check_end(l4_cap_delete(L4_CAP_SPACE, space), "and the space's");
    for (unsigned i = 0; i < THREADS; i++)
        check_end(l4_cap_delete(L4_CAP_SPACE, threads[i]), "and a thread's");
}

static uint64_t number(const char *text)
{
    uint64_t n = 0;
    while (*text >= '0' && *text <= '9')
        n = 10 * n + (uint64_t)(*text++ - '0');
    return n;
}

// A fault of a thread that was destroyed is still being answered here until its handler has had its turn.
static void let_orphans_end(void)
{
    l4_sleep_until(l4_clock() + 200000000);
}

static uint64_t one_round(void)
{
    uint64_t calls;
    int error = l4_gate_create_queue(L4_CAP_SPACE, true, &queue);
    if (!error)
        error = make_space();
    if (error) {
        tap_error(error, L4_OK, "a space to play in");
        return 0;
    }
    calls = play();
    end_round(fuzz_next(&random_state) & 1);
    return calls;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? number(argv[1]) : SEED;
    uint64_t rounds = argc > 2 ? number(argv[2]) : ROUNDS;
    uint64_t calls = 0;
    struct books before;
    struct books after;
    void *pages;
    random_state = seed * 0x9e3779b97f4a7c15ull + 1;
    tap_error(l4_memory_alloc(PAGES * L4_PAGE_SIZE, &pages), L4_OK, "memory");
    memory = pages;
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, fault_entry, L4_POOL_VISITORS, false, &pager_gate), L4_OK,
              "a pager gate");
    (void)one_round(); /* everything was used once */
    let_orphans_end();
    before = books_count();
    before = books_count();
    for (uint64_t i = 0; i < rounds; i++)
        calls += one_round();
    let_orphans_end();
    after = books_count();
    books_compare(&before, &after);
    tap_note("seed %lu: %lu calls in %lu rounds", seed, calls, rounds);
    tap_ok(calls >= 500 * rounds, "the child made enough calls");
    return tap_end();
}
