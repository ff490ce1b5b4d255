// SPDX-License-Identifier: BSD-2-Clause
// A thread that an event is bound to is moved, cancelled, recalled, suspended and destroyed while it waits
// for requests and bits, or does something else. What is common to all: bits come with the next wait at a
// queue gate that can take them, and are with the event until then (docs/reference/event_bind_thread.md).
#include <l4/program.h>
#include <l4/tap.h>

#include "waiter.h"

#define SHORT_WAIT (20 * MS)
#define SOON       (LIMIT / 25) // enough to begin a wait on a busy machine

l4_handle_t bound_event;
static l4_handle_t gate, other_gate; // at home on cpu and on other_cpu

// thread_move.md: it goes when it is about to run, so a wait goes on where it is; a gate is served on its
// home CPU alone (wait.md: CPU). Bits follow the thread.
static void check_moved_while_it_waits(void)
{
    waits(gate, 0);
    tap_error(l4_thread_move(waiter.thread.handle, other_cpu), L4_OK, "moved while it waits");
    tap_ok(blocks_at(0), "it waits on");
    signals(1);
    has(1, other_cpu, "it hears where it waited, and runs where it was moved to");
    begins(other_gate, 0);
    tap_ok(blocks_at(0), "there it waits on another gate");
    signals(2);
    has(2, other_cpu, "and hears there");
}

static void check_moved_with_bits_pending(void)
{
    signals(4);
    tap_error(l4_thread_move(waiter.thread.handle, cpu), L4_OK, "moved with bits pending");
    signals(8);
    tells(); // it runs, and so goes; a gate of the CPU it leaves takes it no more
    if (cpu != other_cpu) {
        fails(L4_ERR_CPU, "it has gone: the gate is another CPU's");
        begins(gate, 0);
    }
    has(12, cpu, "the bits have come along");
}

// Its receive is set aside while it is suspended, and begins again where it was moved to.
static void check_moved_while_suspended(void)
{
    waits(gate, 0);
    tap_error(l4_thread_suspend(waiter.thread.handle), L4_OK, "suspended while it waits");
    signals(1);
    tap_error(l4_thread_move(waiter.thread.handle, other_cpu), L4_OK, "moved");
    signals(2);
    tap_error(l4_thread_resume(waiter.thread.handle), L4_OK, "and resumed");
    if (cpu != other_cpu) {
        fails(L4_ERR_CPU, "the wait that begins again is another CPU's");
        begins(other_gate, 0);
    }
    has(3, other_cpu, "no bit is lost");
    tap_error(l4_thread_move(waiter.thread.handle, cpu), L4_OK, "moved back");
}

// thread_cancel.md: a state; the wait ends at once. wait.md: a bit that is there is taken in spite of it.
static void check_cancelled(void)
{
    waits(gate, 0);
    tap_error(l4_thread_cancel(waiter.thread.handle, true), L4_OK, "cancelled while it waits");
    fails(L4_ERR_CANCELLED, "with the error");
    begins(gate, 0);
    fails(L4_ERR_CANCELLED, "so does the next");
    signals(1);
    begins(gate, 0);
    has(1, cpu, "bits that are there are taken in spite of it");
    signals(2);
    tap_error(l4_thread_cancel(waiter.thread.handle, false), L4_OK, "cancelled no more");
    signals(4);
    begins(gate, 0);
    has(6, cpu, "bits from before and after come with the next wait");
    waits(gate, 0);
    signals(8);
    has(8, cpu, "it waits as ever");
}

static void check_cancelled_shielded(void)
{
    waits(gate, L4_FLAG_SHIELD);
    tap_error(l4_thread_cancel(waiter.thread.handle, true), L4_OK, "cancelled in a wait with SHIELD");
    tap_ok(blocks_at(0), "which goes on");
    signals(1);
    has(1, cpu, "until bits come");
    waits(gate, L4_FLAG_SHIELD);
    tap_error(l4_thread_cancel(waiter.thread.handle, false), L4_OK, "cancelled no more");
    signals(2);
    has(2, cpu, "nor does that end it");
    // thread_recall.md: at home the same as cancelling
    waits(gate, 0);
    tap_error(l4_thread_recall(waiter.thread.handle), L4_OK, "recalled at home");
    fails(L4_ERR_CANCELLED, "with the error");
    signals(4);
    tap_error(l4_thread_cancel(waiter.thread.handle, false), L4_OK, "cancelled no more");
    begins(gate, 0);
    has(4, cpu, "the bits come with the next wait");
}

// thread_recall.md: the visit goes on as an orphan's, to which the event is not bound.
static void check_recalled(void)
{
    visits();
    tap_error(l4_thread_recall(waiter.thread.handle), L4_OK, "recalled");
    fails(L4_ERR_CANCELLED, "its call returns with the error");
    signals(2);
    begins(gate, 0);
    has(3, cpu, "bits from the visit and after come with the next wait");
    visits();
    tap_error(l4_thread_move(waiter.thread.handle, other_cpu), L4_OK, "moved in a visit");
    signals(4);
    tap_error(l4_thread_recall(waiter.thread.handle), L4_OK, "and recalled");
    fails(L4_ERR_CANCELLED, "its call returns with the error");
    begins(other_gate, 0);
    has(5, other_cpu, "it has gone, and the bits with it");
    tap_error(l4_thread_move(waiter.thread.handle, cpu), L4_OK, "moved back");
}

// thread_suspend.md: its receive waits again when it is resumed. wait.md: then bits come before requests, and
// whatever the deadline says.
static void check_suspended(void)
{
    waits(gate, 0);
    tap_error(l4_thread_suspend(waiter.thread.handle), L4_OK, "suspended while it waits");
    signals(1);
    signals(2);
    l4_sleep_until(l4_clock() + SHORT_WAIT);
    tap_equal((uint64_t)atomic_load(&waiter.step), STEP_BEGUN, "it does not hear");
    tap_error(l4_thread_resume(waiter.thread.handle), L4_OK, "resumed");
    has(3, cpu, "it hears at once");
    tap_error(l4_thread_suspend(waiter.thread.handle), L4_OK, "suspended while it does something else");
    signals(4);
    begins(gate, 0);
    tap_error(l4_thread_resume(waiter.thread.handle), L4_OK, "resumed");
    has(4, cpu, "it hears when it waits");
    waiter.deadline = l4_clock() + SOON;
    waits(gate, L4_FLAG_TIMED);
    tap_error(l4_thread_suspend(waiter.thread.handle), L4_OK, "suspended in a wait with a deadline");
    signals(8);
    l4_sleep_until(waiter.deadline + MS);
    tap_error(l4_thread_resume(waiter.thread.handle), L4_OK, "resumed after it");
    has(8, cpu, "the bits are there, however late it is");
    waiter.deadline = l4_clock() + SHORT_WAIT;
    begins(gate, L4_FLAG_TIMED);
    fails(L4_ERR_TIMEOUT, "without bits it is too late");
}

static void is_unbound(uint64_t bits)
{
    tap_equal(event_poll(bound_event), bits, "the bits have stayed, and who waits on the event has them");
    tap_error(l4_event_bind_thread(bound_event, waiter.thread.handle), L4_ERR_DEAD,
              "the dead cannot be bound");
}

// event_bind_thread.md: the end of the thread ends the binding; what it has not taken stays with the event.
static void check_destroyed(void)
{
    signals(1);
    tap_error(l4_thread_destroy(waiter.thread.handle), L4_OK, "destroyed with bits pending");
    is_unbound(1);
    waiter_new();
    waits(gate, 0);
    tap_error(l4_thread_destroy(waiter.thread.handle), L4_OK, "destroyed while it waits");
    signals(2);
    is_unbound(2);
    waiter_new();
    visits();
    tap_error(l4_thread_destroy(waiter.thread.handle), L4_OK, "destroyed in a visit");
    is_unbound(1);
    signals(4);
    waiter_new();
    begins(gate, 0);
    has(4, cpu, "a new thread has what is left when it is bound");
    waits(gate, 0);
    signals(8);
    has(8, cpu, "and what comes");
}

void check_away(void)
{
    struct l4_gate_options options = {
        .mode = L4_GATE_QUEUE, .pool = cpu, .rights = L4_RIGHT_ALL, .slot = L4_SLOT_ANY};
    tap_error(l4_gate_create(L4_CAP_SPACE, &options, &gate, NULL), L4_OK, "a queue gate");
    options.pool = other_cpu;
    tap_error(l4_gate_create(L4_CAP_SPACE, &options, &other_gate, NULL), L4_OK, "another");
    tap_error(l4_event_create(L4_CAP_SPACE, &bound_event, NULL), L4_OK, "an event");
    waiter_new();
    check_moved_while_it_waits();
    check_moved_with_bits_pending();
    check_moved_while_suspended();
    check_cancelled();
    check_cancelled_shielded();
    check_recalled();
    check_suspended();
    check_destroyed();
    tap_error(l4_thread_destroy(waiter.thread.handle), L4_OK, "the thread goes");
    tap_error(l4_event_destroy(bound_event), L4_OK, "the event goes");
}
