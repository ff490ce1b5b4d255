// SPDX-License-Identifier: BSD-2-Clause
// An event bound to a server's thread: one wait serves requests and bits. Bits come before the wait, during
// it, from a timer and another CPU; while a caller is in hand it has its answer first. What is
// refused, and who has the bits before and after the binding.
//   bound [CPU of the server] [CPU of who signals]   see test/system/bound_cpus.py
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>

#include "bound.h"

#define ROUNDS 3000
#define BITS   60

enum label { ECHO = 1, SIGNAL };

static struct l4_thread server, other;
static l4_handle_t gate, event, spare;
uint64_t cpu, other_cpu;
static atomic_ullong heard, serve_cpu; // all bits so far; where they came last
static atomic_uint times, requests;    // answers with bits; requests served
static atomic_int ended;

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    if (l4_msg_is_signal(m)) {
        atomic_store(&serve_cpu, l4_cpu());
        atomic_fetch_or(&heard, m->w[0]);
        atomic_fetch_add(&times, 1);
        l4_answer(m, 0, 0, 0); // nobody hears it
        return;
    }
    atomic_fetch_add(&requests, 1);
    uint32_t label = l4_msg_label(m);
    int error = label == SIGNAL ? l4_event_signal(event, m->w[0]) : L4_OK;
    m->w[1] = atomic_load(&heard); // before the answer
    l4_answer(m, (uint32_t)error, 0, 0);
}

static void serve(void *argument)
{
    (void)argument;
    atomic_store(&ended, l4_serve(gate, handle));
}

// Waits until all BITS have been heard, and forgets them.
static bool hears(uint64_t bits)
{
    uint64_t end = l4_clock() + LIMIT;
    while ((atomic_load(&heard) & bits) != bits && l4_clock() < end)
        l4_sleep_until(l4_clock() + MS);
    return (atomic_fetch_and(&heard, ~bits) & bits) == bits;
}

static int request(enum label label, uint64_t w0, uint64_t *heard_before)
{
    struct l4_msg m;
    l4_msg_init(&m, gate, label);
    m.w[0] = w0;
    int error = l4_request(&m);
    if (heard_before)
        *heard_before = m.w[1];
    return error;
}

uint64_t event_poll(l4_handle_t e)
{
    uint64_t taken = 0;
    return l4_event_wait(e, ~0ull, L4_DEADLINE_POLL, &taken) ? 0 : taken;
}

static void check_refused(void)
{
    l4_handle_t weak = L4_HANDLE_NONE;
    uint64_t taken;
    tap_error(l4_event_bind_thread(event, gate), L4_ERR_CAP, "a gate is no thread");
    tap_error(l4_cap_copy(L4_CAP_SPACE, server.handle, L4_SLOT_ANY, L4_RIGHT_CALL, &weak), L4_OK, "a copy");
    tap_error(l4_event_bind_thread(event, weak), L4_ERR_RIGHTS, "it needs MANAGE");
    tap_error(l4_event_bind_thread(event, L4_HANDLE_NONE), L4_OK, "not bound: nothing to end");
    tap_error(l4_event_bind_thread(event, server.handle), L4_OK, "bound, before it has started");
    tap_error(l4_event_bind_thread(event, server.handle), L4_ERR_BUSY, "bound again");
    tap_error(l4_event_bind_thread(event, other.handle), L4_ERR_BUSY, "to a second thread");
    tap_error(l4_event_bind_thread(spare, server.handle), L4_ERR_BUSY, "a second event");
    tap_error(l4_event_wait(event, 1, L4_DEADLINE_POLL, &taken), L4_ERR_STATE, "nobody waits on it");
    tap_error(l4_event_bind_thread(event, L4_HANDLE_NONE), L4_OK, "unbound");
    tap_error(l4_event_wait(event, 1, L4_DEADLINE_POLL, &taken), L4_ERR_TIMEOUT, "now one may");
    tap_error(l4_cap_delete(L4_CAP_SPACE, weak), L4_OK, "the copy goes");
}

// What is pending goes along, and is there when the server begins to wait.
static void check_before(void)
{
    tap_error(l4_event_signal(event, 1), L4_OK, "signalled before the binding");
    tap_error(l4_event_bind_thread(event, server.handle), L4_OK, "bound");
    tap_error(l4_event_signal(event, 2), L4_OK, "signalled before the wait");
    tap_error(l4_thread_start(&server, serve, NULL, cpu), L4_OK, "the server starts");
    tap_ok(hears(3), "and hears of both");
    tap_equal(atomic_load(&serve_cpu), cpu, "on its CPU");
    tap_equal(atomic_load(&times), 1, "at once");
}

static void check_during(void)
{
    uint64_t before = ~0ull;
    tap_error(request(ECHO, 0, NULL), L4_OK, "a request is served");
    tap_error(l4_event_signal(event, 4), L4_OK, "signalled during the wait");
    tap_ok(hears(4), "the server hears");
    tap_error(request(ECHO, 0, NULL), L4_OK, "and serves on");
    tap_error(l4_event_timer(event, 8, l4_clock() + 5 * MS), L4_OK, "a timer");
    tap_ok(hears(8), "is heard");
    tap_error(request(SIGNAL, 16, &before), L4_OK, "signalled with a caller in hand, who has its answer");
    tap_equal(before & 16, 0, "first");
    tap_ok(hears(16), "then the bits come");
    tap_error(request(ECHO, 0, NULL), L4_OK, "a fast call");
}

static void spam(void *argument)
{
    atomic_uint *sent = argument;
    while (*sent < ROUNDS && l4_event_signal(event, 1ull << (*sent % BITS)) == L4_OK)
        atomic_fetch_add(sent, 1);
    l4_thread_exit();
}

// Signals and calls at once: no bit is lost and no caller either.
static void check_both(void)
{
    static atomic_uint sent;
    uint64_t end = l4_clock() + LIMIT;
    unsigned before = atomic_load(&requests), wrong = 0;
    tap_error(l4_thread_start(&other, spam, &sent, other_cpu), L4_OK, "another thread signals");
    for (unsigned i = 0; i < ROUNDS; i++)
        wrong += request(ECHO, 0, NULL) != L4_OK;
    tap_equal(wrong, 0, "while this one calls");
    tap_equal(atomic_load(&requests) - before, ROUNDS, "each call is one request");
    while (atomic_load(&sent) < ROUNDS && l4_clock() < end)
        l4_sleep_until(l4_clock() + MS);
    tap_equal(atomic_load(&sent), ROUNDS, "all bits were signalled");
    tap_ok(hears((1ull << BITS) - 1), "and each was heard");
    tap_error(l4_event_signal(event, 1ull << BITS), L4_OK, "one more");
    tap_ok(hears(1ull << BITS), "is heard");
    atomic_store(&heard, 0);
}

// What else ends or holds up the wait leaves the bits where they are.
static void check_held_up(void)
{
    tap_error(l4_thread_suspend(server.handle), L4_OK, "the server is suspended");
    tap_error(l4_event_signal(event, 32), L4_OK, "a signal");
    l4_sleep_until(l4_clock() + 10 * MS);
    tap_equal(atomic_load(&heard), 0, "is not heard");
    tap_error(l4_thread_resume(server.handle), L4_OK, "until it is resumed");
    tap_ok(hears(32), "then it is");
}

static void check_unbound(void)
{
    unsigned before = atomic_load(&times);
    tap_error(l4_event_unbind(event), L4_OK, "the event is unbound");
    tap_error(l4_event_signal(event, 64), L4_OK, "signalled");
    tap_error(request(ECHO, 0, NULL), L4_OK, "the server serves on");
    tap_equal(atomic_load(&times), before, "and hears nothing");
    tap_equal(event_poll(event), 64, "the bit is for who waits on it");
    tap_error(l4_event_bind_thread(spare, server.handle), L4_OK, "another event takes its place");
    tap_error(l4_event_signal(spare, 128), L4_OK, "and is signalled");
    tap_ok(hears(128), "and heard");
    tap_error(l4_event_bind_thread(event, L4_CAP_THREAD), L4_OK, "who is no server may be bound");
    tap_error(l4_event_destroy(event), L4_OK, "the event goes");
    tap_error(l4_event_bind_thread(spare, L4_HANDLE_NONE), L4_OK, "the other is unbound");
    tap_error(l4_event_bind_thread(spare, L4_CAP_THREAD), L4_OK, "this thread is free again");
}

static void check_deaths(void)
{
    tap_error(l4_event_unbind(spare), L4_OK, "unbound");
    tap_error(l4_event_bind_thread(spare, server.handle), L4_OK, "bound to the server");
    tap_error(l4_thread_suspend(server.handle), L4_OK, "which does not run");
    tap_error(l4_event_signal(spare, 256), L4_OK, "signalled");
    tap_error(l4_thread_destroy(server.handle), L4_OK, "and dies");
    tap_equal(event_poll(spare), 256, "the bits have stayed");
    tap_error(l4_event_bind_thread(spare, server.handle), L4_ERR_DEAD, "a dead thread");
}

// A gate is served on its home CPU alone, so the loop of a server that is moved away ends.
static void check_left(void)
{
    uint64_t end = l4_clock() + LIMIT;
    if (cpu == other_cpu)
        return;
    atomic_store(&ended, L4_OK);
    tap_error(l4_thread_create(&server, PRIORITY), L4_OK, "a new server");
    tap_error(l4_event_bind_thread(spare, server.handle), L4_OK, "is bound");
    tap_error(l4_thread_start(&server, serve, NULL, cpu), L4_OK, "and starts");
    tap_error(request(ECHO, 0, NULL), L4_OK, "it serves");
    tap_error(l4_thread_move(server.handle, other_cpu), L4_OK, "it is moved");
    tap_error(l4_event_signal(spare, 512), L4_OK, "and signalled");
    tap_ok(hears(512), "which it hears");
    while (!atomic_load(&ended) && l4_clock() < end)
        l4_sleep_until(l4_clock() + MS);
    tap_error(atomic_load(&ended), L4_ERR_CPU, "its loop has ended");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cpu = (uint64_t)(argv[1][0] - '0');
    if (argc > 2)
        other_cpu = (uint64_t)(argv[2][0] - '0');
    struct l4_gate_options options = {
        .mode = L4_GATE_QUEUE, .pool = cpu, .rights = L4_RIGHT_ALL, .slot = L4_SLOT_ANY};
    tap_error(l4_gate_create(L4_CAP_SPACE, &options, &gate, NULL), L4_OK, "a queue gate");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    tap_error(l4_event_create(L4_CAP_SPACE, &spare, NULL), L4_OK, "another");
    tap_error(l4_thread_create(&server, PRIORITY), L4_OK, "a server");
    tap_error(l4_thread_create(&other, PRIORITY / 2), L4_OK, "another thread");
    check_refused();
    check_before();
    check_during();
    check_both();
    check_held_up();
    check_unbound();
    check_deaths();
    check_left();
    tap_flush();
    check_away();
    tap_flush();
    check_moving();
    return tap_end();
}
