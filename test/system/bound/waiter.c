// SPDX-License-Identifier: BSD-2-Clause
// See waiter.h.
#include "waiter.h"

#include <l4/program.h>
#include <l4/tap.h>
#include <l4/proto/root.h>

struct waiter waiter;

// Shielded: who was cancelled would not wait.
static void wait_for_orders(void)
{
    struct l4_msg m;
    l4_msg_init(&m, L4_HANDLE_NONE, 0);
    m.tag |= L4_OP_WAIT | L4_FLAG_SHIELD;
    l4_ipc_kernel(&m);
}

// Until all deaths so far are seen: then the root task keeps the visitor.
static int visit(void)
{
    struct l4_msg m;
    uint64_t seen = 0;
    int error;
    do {
        l4_msg_init(&m, L4_CAP_ROOT, ROOT_DEATH);
        m.w[0] = seen;
        error = l4_call(&m);
        seen = m.w[0];
    } while (!error);
    return error;
}

static int wait_once(struct waiter *w)
{
    struct l4_msg m;
    l4_msg_init(&m, w->on, 0);
    m.tag |= w->flags;
    m.deadline = w->deadline;
    int error = l4_wait(&m);
    w->bits = !error && l4_msg_is_signal(&m) ? m.w[0] : 0;
    return error;
}

static void waiter_main(void *argument)
{
    struct waiter *w = argument;
    w->index = l4_utcb()->index;
    atomic_store(&w->step, STEP_READY);
    for (;;) {
        wait_for_orders();
        atomic_store(&w->step, STEP_BEGUN);
        w->error = w->visit ? visit() : wait_once(w);
        w->cpu = l4_cpu();
        atomic_store(&w->step, STEP_OVER);
    }
}

static bool has_come_to(enum step step)
{
    uint64_t end = l4_clock() + LIMIT;
    while (atomic_load(&waiter.step) != (int)step && l4_clock() < end)
        l4_sleep_until(l4_clock() + MS);
    return atomic_load(&waiter.step) == (int)step;
}

void waiter_new(void)
{
    waiter = (struct waiter){0};
    tap_error(l4_thread_create(&waiter.thread, PRIORITY), L4_OK, "a thread");
    tap_error(l4_event_bind_thread(bound_event, waiter.thread.handle), L4_OK, "is bound");
    tap_error(l4_thread_start(&waiter.thread, waiter_main, &waiter, cpu), L4_OK, "and starts");
    tap_ok(has_come_to(STEP_READY), "  it has started");
}

void tells(void)
{
    atomic_store(&waiter.step, STEP_READY);
    if (l4_pending_wake(waiter.index, 1))
        l4_abort("wake");
}

// It is blocked in what it was told, at a depth; twice seen, since it may have waited for its pager before.
bool blocks_at(uint64_t depth)
{
    uint64_t end = l4_clock() + LIMIT;
    unsigned seen = 0;
    while (seen < 2 && l4_clock() < end) {
        struct l4_thread_info info = {0};
        if (l4_thread_state(waiter.thread.handle, &info))
            return false;
        bool blocked = info.state == L4_THREAD_BLOCKED && info.depth == depth;
        seen = atomic_load(&waiter.step) == STEP_BEGUN && blocked ? seen + 1 : 0;
        l4_sleep_until(l4_clock() + MS);
    }
    return seen == 2;
}

void begins(l4_handle_t on, uint64_t flags)
{
    waiter.on = on;
    waiter.flags = flags;
    tells();
}

void waits(l4_handle_t on, uint64_t flags)
{
    begins(on, flags);
    tap_ok(blocks_at(0), "it waits for requests and bits");
}

void signals(uint64_t bits)
{
    tap_error(l4_event_signal(bound_event, bits), L4_OK, "signalled");
}

void has(uint64_t bits, uint64_t on_cpu, const char *what)
{
    tap_ok(has_come_to(STEP_OVER), "its wait ends");
    tap_error(waiter.error, L4_OK, what);
    tap_equal(waiter.bits, bits, "  with the bits");
    tap_equal(waiter.cpu, on_cpu, "  on the right CPU");
}

void fails(int error, const char *what)
{
    tap_ok(has_come_to(STEP_OVER), "its wait ends");
    tap_error(waiter.error, error, what);
}

// Waits in a visit are no receives: no bit ends them (event_bind_thread.md).
void visits(void)
{
    waiter.visit = true;
    tells();
    tap_ok(blocks_at(1), "it visits another space");
    signals(1);
    tap_ok(blocks_at(1), "and no bit ends that");
    waiter.visit = false;
}
