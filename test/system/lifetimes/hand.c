// SPDX-License-Identifier: BSD-2-Clause
// Threads of this space and of kids: see kit.h. They begin in assembly, because a thread has nothing to
// return to, and end by waiting for ever: whoever made them destroys them.
#include "kit.h"

#include <l4/abi/tag.h>

void hand_begin(void);
void hand_main(struct hand *h);

_Static_assert(sizeof(void *) == 8, "a call pushes eight bytes");
__asm__(".pushsection .text.hand,\"ax\",@progbits\n"
        ".globl hand_begin\n"
        "hand_begin:\n    xor %ebp, %ebp\n    call hand_main\n    ud2\n"
        ".popsection\n");

void hand_main(struct hand *h)
{
    struct l4_msg m;
    h->index = l4_utcb()->index;
    atomic_store(&h->step, STEP_RUNS);
    h->body(h);
    atomic_store(&h->step, STEP_OVER);
    for (;;) { // shielded: who was cancelled would not wait
        l4_msg_init(&m, L4_HANDLE_NONE, 0);
        m.tag |= L4_OP_WAIT | L4_FLAG_SHIELD;
        l4_ipc_kernel(&m);
    }
}

void hand_make(struct hand *h)
{
    l4_handle_t space = h->kid ? h->kid->space : L4_CAP_SPACE;
    atomic_store(&h->step, 0);
    h->error = h->again = NOT_YET;
    h->thread = L4_HANDLE_NONE;
    want_error(l4_space_thread(space, L4_RIGHT_ALL, L4_SLOT_ANY, h->priority ? h->priority : HAND_PRIORITY,
                               &h->thread, NULL),
               L4_OK, "a thread");
    keep(h->thread);
}

void start_on(struct hand *h, unsigned cpu)
{
    want_error(l4_thread_start_at(h->thread, (uint64_t)(uintptr_t)hand_begin, (uint64_t)(uintptr_t)h, cpu),
               L4_OK, "which is started");
}

void hand_run(struct hand *h, unsigned cpu)
{
    hand_make(h);
    start_on(h, cpu);
}

void hand_waits(struct hand *h, unsigned cpu)
{
    hand_run(h, cpu);
    want(hand_blocked(h, 0), "the thread waits");
}

uint64_t hand_state(const struct hand *h)
{
    struct l4_thread_info info = {0};
    return l4_thread_state(h->thread, &info) ? ~0ull : info.state;
}

// Twice the same, and in its body: it may have waited for its pager before.
bool hand_blocked(const struct hand *h, unsigned depth)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    unsigned seen = 0;
    while (seen < 2 && l4_clock() < end) {
        struct l4_thread_info info = {0};
        if (l4_thread_state(h->thread, &info))
            return false;
        seen = atomic_load(&h->step) && info.state == L4_THREAD_BLOCKED && info.depth == depth ? seen + 1 : 0;
        pause_ms(1);
    }
    return seen == 2 && atomic_load(&h->step) != STEP_OVER;
}

bool hand_in_state(const struct hand *h, uint64_t state)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    while (hand_state(h) != state && l4_clock() < end)
        pause_ms(1);
    return hand_state(h) == state;
}

int hand_result(struct hand *h)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    while (atomic_load(&h->step) != STEP_OVER && l4_clock() < end)
        pause_ms(1);
    return atomic_load(&h->step) == STEP_OVER ? h->error : NOT_YET;
}

void hand_destroy(struct hand *h)
{
    want_error(l4_thread_destroy(h->thread), L4_OK, "the thread is destroyed");
}

void hand_wake(const struct hand *h, uint64_t bits)
{
    want_error(l4_space_wake(h->kid ? h->kid->space : L4_CAP_SPACE, h->index, bits), L4_OK, "a wake-up");
}

static void request(struct hand *h)
{
    l4_msg_init(&h->m, h->on, 7);
    h->m.w[0] = (uint64_t)(uintptr_t)h->visit;
    h->m.tag |= h->flags;
    h->m.deadline = h->arg;
}

void hand_call(struct hand *h)
{
    request(h);
    h->error = l4_call(&h->m);
    h->w[0] = l4_cpu();
}

void hand_call_twice(struct hand *h)
{
    hand_call(h);
    atomic_store(&h->step, STEP_FIRST);
    request(h);
    h->again = l4_call(&h->m);
}

void hand_send(struct hand *h)
{
    request(h);
    h->error = l4_send(&h->m);
}

void hand_wait(struct hand *h)
{
    l4_msg_init(&h->m, h->on, 0);
    h->error = l4_wait(&h->m);
}

void hand_event(struct hand *h)
{
    uint64_t taken;
    h->error = l4_event_wait(h->on, 1, L4_DEADLINE_NEVER, &taken);
    if (h->arg)
        h->again = l4_event_wait(h->on, 1, L4_DEADLINE_NEVER, &taken);
}

void hand_pending(struct hand *h)
{
    uint64_t taken;
    h->error = l4_pending_wait(1, L4_DEADLINE_NEVER, &taken);
}

void hand_spin(struct hand *h)
{
    while (!*(volatile uint64_t *)&h->arg)
        ;
    h->error = L4_OK;
}

void hand_operate(struct hand *h)
{
    h->error = l4_object(h->on, h->operation, h->w);
}

// In a loop, so that the code behind the wait has been fetched before it.
void hand_touch(struct hand *h)
{
    uint64_t taken, at = (uint64_t)(uintptr_t)h->w;
    for (unsigned i = 0; i < 2; i++) {
        *(volatile char *)(uintptr_t)at = 1;
        at = h->arg;
        if (i == 0 && l4_pending_wait(1, L4_DEADLINE_NEVER, &taken))
            l4_abort("touch");
    }
    h->error = L4_OK;
}

void hand_count(struct hand *h)
{
    while (!*(volatile uint64_t *)&h->arg)
        ++*(volatile uint64_t *)&h->w[0];
    h->error = L4_OK;
}

void hand_serve(struct hand *h)
{
    uint64_t taken;
    hand_wait(h);
    if (h->error)
        return;
    atomic_store(&h->step, STEP_FIRST);
    if (l4_pending_wait(1, L4_DEADLINE_NEVER, &taken))
        return;
    l4_answer(&h->m, 0, 0, 0);
    if (!h->arg) {
        h->error = l4_reply(&h->m);
        return;
    }
    h->m.handle = h->on;
    atomic_store(&h->step, STEP_FIRST + 1);
    h->again = l4_reply_wait(&h->m);
    l4_answer(&h->m, 0, 0, 0);
    h->error = l4_reply(&h->m);
}

void hand_defer(struct hand *h)
{
    hand_wait(h);
    if (!h->error)
        h->error = l4_defer_caller((unsigned)h->also, &h->arg);
    atomic_store(&h->step, STEP_FIRST);
    l4_sleep_until(L4_DEADLINE_NEVER);
}

// Of the first thread of this program.
int call_now(l4_handle_t gate)
{
    struct l4_msg m;
    l4_msg_init(&m, gate, 7);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    return l4_call(&m);
}

int wait_now(l4_handle_t gate)
{
    struct l4_msg m;
    l4_msg_init(&m, gate, 0);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    return l4_wait(&m);
}

int send_now(l4_handle_t reply)
{
    struct l4_msg m;
    l4_msg_init(&m, reply, 0);
    return l4_send(&m);
}
