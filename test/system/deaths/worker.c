// SPDX-License-Identifier: BSD-2-Clause
// See worker.h.
#include "worker.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/program.h>
#include <l4/proto/layout.h>

#define PRIORITY 50
#define STEP_NS  2000000u
#define LIMIT_NS 4000000000u

static void serve_and_hold(struct worker *w)
{
    uint64_t taken;
    w->error = l4_wait(&w->m);
    if (!w->error)
        w->error = l4_pending_wait(1, L4_DEADLINE_NEVER, &taken);
    if (!w->error)
        w->error = l4_reply(&w->m);
}

static void body(void *argument)
{
    struct worker *w = argument;
    uint64_t taken;
    w->index = l4_utcb()->index;
    switch (w->work) {
    case WORK_CALL:
        w->error = l4_call(&w->m);
        break;
    case WORK_SEND:
        w->error = l4_send(&w->m);
        break;
    case WORK_WAIT:
        w->error = l4_wait(&w->m);
        break;
    case WORK_SERVE_HOLD:
        serve_and_hold(w);
        break;
    case WORK_EVENT:
        w->error = l4_event_wait(w->handle, 1, L4_DEADLINE_NEVER, &taken);
        break;
    }
    atomic_store(&w->done, 1);
}

static bool stopped(struct worker *w)
{
    struct l4_thread_info info;
    return l4_thread_state(w->thread.handle, &info) || info.state == L4_THREAD_BLOCKED;
}

int worker_start(struct worker *w, enum work work, l4_handle_t handle)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    int error;
    *w = (struct worker){.work = work, .handle = handle, .error = -1};
    l4_msg_init(&w->m, handle, 7);
    error = l4_thread_create(&w->thread, PRIORITY);
    if (!error)
        error = l4_thread_start(&w->thread, body, w, 0);
    while (!error && !stopped(w) && l4_clock() < end)
        l4_sleep_until(l4_clock() + STEP_NS);
    settle(); // it may have waited for its pager only
    return error;
}

int worker_result(struct worker *w)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    while (!atomic_load(&w->done) && l4_clock() < end)
        l4_sleep_until(l4_clock() + STEP_NS);
    if (!atomic_load(&w->done))
        return -1;
    settle(); // it destroys itself
    return l4_cap_delete(L4_CAP_SPACE, w->thread.handle) ? -2 : w->error;
}

bool worker_blocked(struct worker *w)
{
    settle();
    return !atomic_load(&w->done);
}

int worker_destroy(struct worker *w)
{
    int error = l4_thread_destroy(w->thread.handle);
    return error ? error : l4_cap_delete(L4_CAP_SPACE, w->thread.handle);
}

void settle(void)
{
    l4_sleep_until(l4_clock() + 5 * STEP_NS);
}
