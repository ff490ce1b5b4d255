// SPDX-License-Identifier: BSD-2-Clause
// Entry gates and what callers do behind them: see kit.h. The handler finds its struct visit in word 0.
#include "kit.h"

static void handle_visit(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct visit *v = (struct visit *)(uintptr_t)m->w[0];
    (void)utcb;
    v->error = v->again = NOT_YET;
    v->cpu = l4_cpu();
    atomic_fetch_add(&v->inside, 1);
    v->body(v);
    atomic_fetch_add(&v->over, 1);
    l4_answer(m, (uint32_t)v->error, 0, 0);
}
L4_ENTRY_GATE(visit_entry, handle_visit);

// Of a gate that holds: no answer until the event comes, then none that helps.
__attribute__((target("general-regs-only"))) static void handle_holding(struct l4_msg *m,
                                                                        struct l4_utcb *utcb)
{
    uint64_t taken;
    int error = l4_event_wait(never, 1, L4_DEADLINE_NEVER, &taken);
    (void)utcb;
    l4_answer(m, error ? (uint32_t)error : L4_ERR_FAULT, 0, 0);
}
L4_ENTRY_FAULT(holding_entry, handle_holding);

static int wait_bit(l4_handle_t event, uint64_t flags)
{
    struct l4_msg m;
    l4_msg_init(&m, event, L4_EVENT_WAIT);
    m.w[0] = 1;
    m.tag |= L4_OP_CALL | flags;
    l4_ipc_kernel(&m);
    return (int)l4_msg_label(&m);
}

void visit_event(struct visit *v)
{
    v->error = wait_bit(v->on, v->flags);
    if (v->arg)
        v->again = wait_bit(v->on, 0);
}

void visit_pending(struct visit *v)
{
    uint64_t taken;
    v->arg = l4_utcb()->index;
    v->error = l4_pending_wait(1, L4_DEADLINE_NEVER, &taken);
}

void visit_call(struct visit *v)
{
    struct l4_msg m;
    l4_msg_init(&m, v->on, 7);
    m.w[0] = (uint64_t)(uintptr_t)v->next;
    v->error = l4_call(&m);
    if (v->arg)
        v->again = wait_bit(v->arg, v->flags);
}

void visit_nothing(struct visit *v)
{
    v->error = L4_OK;
}

void visit_touch(struct visit *v)
{
    if (v->on && wait_bit(v->on, v->flags))
        return;
    *(volatile char *)(uintptr_t)v->arg = 1;
    v->error = L4_OK;
}

void visit_operate(struct visit *v)
{
    uint64_t w[L4_WORDS_REGS] = {0};
    v->error = l4_object(v->on, (uint32_t)v->arg, w);
}

void visit_spin(struct visit *v)
{
    while (!*(volatile uint64_t *)&v->arg)
        ;
    v->error = L4_OK;
}

static l4_handle_t gate_new(const struct kid *k, const struct l4_gate_options *options)
{
    l4_handle_t gate = L4_HANDLE_NONE;
    want_error(l4_gate_create(k ? k->space : L4_CAP_SPACE, options, &gate, NULL), L4_OK, "a gate");
    return keep(gate);
}

l4_handle_t gate_items(const struct kid *k, uint64_t mode, unsigned pool)
{
    bool entry = mode == L4_GATE_ENTRY;
    struct l4_gate_options options = {.mode = mode | L4_GATE_ITEMS,
                                      .entry = entry ? (uint64_t)(uintptr_t)visit_entry : 0,
                                      .pool = pool,
                                      .rights = L4_RIGHT_ALL};
    return gate_new(k, &options);
}

l4_handle_t gate_entry(const struct kid *k, unsigned pool)
{
    struct l4_gate_options options = {.mode = L4_GATE_ENTRY,
                                      .entry = (uint64_t)(uintptr_t)visit_entry,
                                      .pool = pool,
                                      .rights = L4_RIGHT_ALL};
    return gate_new(k, &options);
}

// The pool of an entry gate is the home CPU of a queue gate.
l4_handle_t gate_queue(const struct kid *k, unsigned cpu)
{
    struct l4_gate_options options = {.mode = L4_GATE_QUEUE, .pool = cpu, .rights = L4_RIGHT_ALL};
    return gate_new(k, &options);
}

l4_handle_t gate_faults(void (*entry)(void))
{
    struct l4_gate_options options = {.mode = L4_GATE_ENTRY,
                                      .entry = (uint64_t)(uintptr_t)entry,
                                      .pool = L4_POOL_VISITORS,
                                      .rights = L4_RIGHT_ALL};
    return gate_new(NULL, &options);
}

l4_handle_t gate_holding(void)
{
    return gate_faults(holding_entry);
}

bool visit_inside(const struct visit *v)
{
    return reached(&v->inside, 1);
}

bool visit_over(const struct visit *v)
{
    return reached(&v->over, 1);
}
