// SPDX-License-Identifier: BSD-2-Clause
// See child.h. What runs in a child is this program's code, mapped read-only: it writes the shared page only.
#include "child.h"

#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>

#define PRIORITY 20
#define PAGES    (1 + PAGED / 4 + PAGED)
#define LIMIT_NS 2000000000ull

static l4_handle_t pager_gate; // badge = address of struct child

uint64_t child_page(const struct child *c, uint64_t utcb_page)
{
    return (uint64_t)(uintptr_t)c->memory + (1 + utcb_page) * L4_PAGE_SIZE;
}

struct job *child_job(const struct child *c, unsigned index)
{
    return (struct job *)(void *)c->memory + index;
}

static unsigned answer_switch(const struct child *c, const struct l4_msg *m)
{
    uint64_t index = m->w[0];
    if (index >= PAGED)
        return 0;
    l4_msg_put_map(0, child_page(c, index / 4), UTCB_BASE + index / 4 * L4_PAGE_SIZE, 12, L4_READ | L4_WRITE);
    l4_msg_put_map(2, child_page(c, PAGED / 4 + index), STACK_BASE + (index + 1) * STRIDE - L4_PAGE_SIZE, 12,
                   L4_READ | L4_WRITE);
    return 2;
}

static unsigned answer_page(const struct child *c, const struct l4_msg *m)
{
    uint64_t page = l4_page_down(m->w[0]), index = (page - STACK_BASE) / STRIDE;
    if (page == DATA) {
        l4_msg_put_map(0, (uint64_t)(uintptr_t)c->memory, page, 12, L4_READ | L4_WRITE);
    } else if (page >= STACK_BASE && index < PAGED) {
        l4_msg_put_map(0, child_page(c, PAGED / 4 + index), page, 12, L4_READ | L4_WRITE);
    } else if (page >= L4_PROGRAM_BASE && page < UTCB_BASE) {
        (void)*(const volatile char *)(uintptr_t)page; // only what is here can be mapped
        l4_msg_put_map(0, page, page, 12, L4_READ | L4_EXEC);
    } else {
        return 0;
    }
    return 1;
}

static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    const struct child *c = (const struct child *)(uintptr_t)m->handle;
    unsigned items = 0;
    (void)utcb;
    if (l4_msg_label(m) == L4_FAULT_SWITCH)
        items = answer_switch(c, m);
    else if (l4_msg_label(m) == L4_FAULT_PAGE)
        items = answer_page(c, m);
    l4_answer(m, items ? L4_OK : L4_ERR_RANGE, 2 * items, items);
}
L4_ENTRY_FAULT(fault_entry, handle_fault);

static int set_pager(struct child *c)
{
    l4_handle_t badged;
    int error = pager_gate
                    ? L4_OK
                    : l4_gate_create_entry(L4_CAP_SPACE, fault_entry, L4_POOL_VISITORS, false, &pager_gate);
    if (!error)
        error = l4_cap_mint(L4_CAP_SPACE, pager_gate, L4_SLOT_ANY, L4_RIGHT_CALL, (uint64_t)(uintptr_t)c,
                            &badged);
    if (!error)
        error = l4_space_set_gate(c->space, L4_GATE_PAGER, badged);
    return error ? error : l4_cap_delete(L4_CAP_SPACE, badged);
}

int child_make(struct child *c, uint64_t quota)
{
    static const struct l4_space_area area = {UTCB_BASE, STACK_BASE,   STRIDE, INDICES,
                                              WINDOW,    WINDOW_BYTES, 64,     4};
    void *memory = c->memory;
    int error = memory ? L4_OK : l4_memory_alloc(PAGES * L4_PAGE_SIZE, &memory);
    *c = (struct child){.memory = memory};
    if (error)
        return error;
    memset(memory, 0, PAGES * L4_PAGE_SIZE);
    error = l4_space_create(L4_CAP_SPACE, quota, L4_CPU_ALL, 60, L4_RIGHT_ALL, &c->space, NULL);
    if (!error)
        error = l4_space_set_area(c->space, &area);
    return error ? error : set_pager(c);
}

int child_end(struct child *c)
{
    int error = l4_space_destroy(c->space);
    if (!error || error == L4_ERR_DEAD)
        error = l4_cap_delete(L4_CAP_SPACE, c->space);
    for (unsigned i = 0; i < PAGED && !error; i++) {
        if (c->threads[i])
            error = l4_cap_delete(L4_CAP_SPACE, c->threads[i]);
    }
    return error;
}

int child_start(struct child *c, unsigned index, const struct l4_msg *m)
{
    int error = l4_activations_add(c->space, L4_POOL_HOME, index, 1);
    child_job(c, index)->m = *m;
    if (!error)
        error = l4_space_thread(c->space, L4_RIGHT_ALL, L4_SLOT_ANY, PRIORITY, &c->threads[index], NULL);
    if (!error)
        error = l4_thread_start_at(c->threads[index], (uint64_t)(uintptr_t)child_main,
                                   DATA + index * sizeof(struct job), 0);
    settle();
    return error;
}

int child_result(const struct child *c, unsigned index)
{
    const struct job *job = child_job(c, index);
    uint64_t end = l4_clock() + LIMIT_NS;
    while (!atomic_load(&job->done) && l4_clock() < end)
        settle();
    if (!atomic_load(&job->done))
        return -1;
    return l4_msg_from_kernel(&job->m) ? (int)l4_msg_label(&job->m) : -2;
}

int child_give(const struct child *c, l4_handle_t handle, unsigned rights, l4_handle_t *theirs)
{
    return l4_cap_copy(c->space, handle, L4_SLOT_ANY, rights, theirs);
}

l4_handle_t gate_in(l4_handle_t space, unsigned mode, unsigned pool)
{
    struct l4_gate_options options = {
        .mode = mode, .entry = (uint64_t)(uintptr_t)child_visits, .pool = pool, .rights = L4_RIGHT_ALL};
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(l4_gate_create(space, &options, &gate, NULL), L4_OK, "a gate");
    return gate;
}

void settle(void)
{
    l4_sleep_until(l4_clock() + 100000000);
}

void child_work(struct job *job);
void child_work(struct job *job)
{
    struct l4_msg m = job->m;
    l4_ipc_kernel(&m);
    job->m = m;
    atomic_store(&job->done, 1);
    for (;;)
        l4_sleep_until(L4_DEADLINE_NEVER);
}

void child_sleep(void);
void child_sleep(void)
{
    for (;;)
        l4_sleep_until(L4_DEADLINE_NEVER);
}

// A thread begins with rsp at the top of its stack and the address of its job in rdi; neither it nor a
// visitor has anything to return to. In assembly for that reason.
_Static_assert(sizeof(void *) == 8, "a call pushes eight bytes");
__asm__(".pushsection .text.child,\"ax\",@progbits\n"
        ".globl child_main, child_visits\n"
        "child_main:\n    xor %ebp, %ebp\n    call child_work\n    ud2\n"
        "child_visits:\n    xor %ebp, %ebp\n    call child_sleep\n    ud2\n"
        ".popsection\n");
