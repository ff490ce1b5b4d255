// SPDX-License-Identifier: BSD-2-Clause
// A bound thread is moved to and fro all the time, and waits at the gate of the CPU where it is. Each bit is
// signalled when the one before has been heard, so one that is slept over shows.
#include <stdatomic.h>
#include <stdbool.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>

#include "bound.h"

#define SIGNALS 300
#define PAUSE   (MS / 20)
#define HEARD   1u // pending bit of the first thread

static struct l4_thread server, mover;
static l4_handle_t gates[2], event; // of cpu, other_cpu
static uint64_t first_index;
static atomic_ullong moves, changes;
static atomic_uint refused; // waits at the gate of a CPU that it has left meanwhile
static atomic_bool enough;

static void serve(void *argument)
{
    uint64_t last = cpu;
    (void)argument;
    for (;;) {
        struct l4_msg m;
        l4_msg_init(&m, gates[l4_cpu() != cpu], 0);
        int error = l4_wait(&m);
        changes += l4_cpu() != last;
        last = l4_cpu();
        if (error == L4_ERR_CPU)
            atomic_fetch_add(&refused, 1);
        else if (error || !l4_msg_is_signal(&m) || l4_pending_wake(first_index, m.w[0]))
            l4_thread_exit();
    }
}

// The targets are mixed, so that no two who go on in step undo each other's moves.
static int move(void)
{
    uint32_t mixed = (uint32_t)atomic_fetch_add(&moves, 1) * 0x9e3779b1u;
    return l4_thread_move(server.handle, mixed >> 16 & 1 ? cpu : other_cpu);
}

static void move_on(void *argument)
{
    (void)argument;
    while (!atomic_load(&enough) && !move())
        l4_sleep_until(l4_clock() + PAUSE);
    l4_thread_exit();
}

static void set_up(void)
{
    struct l4_gate_options options = {.mode = L4_GATE_QUEUE, .rights = L4_RIGHT_ALL, .slot = L4_SLOT_ANY};
    options.pool = cpu;
    tap_error(l4_gate_create(L4_CAP_SPACE, &options, &gates[0], NULL), L4_OK, "a queue gate");
    options.pool = other_cpu;
    if (cpu != other_cpu)
        tap_error(l4_gate_create(L4_CAP_SPACE, &options, &gates[1], NULL), L4_OK, "another");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    tap_error(l4_thread_create(&server, PRIORITY), L4_OK, "a thread");
    tap_error(l4_event_bind_thread(event, server.handle), L4_OK, "is bound");
    tap_error(l4_thread_start(&server, serve, NULL, cpu), L4_OK, "and starts");
    tap_error(l4_thread_create(&mover, PRIORITY / 2), L4_OK, "another");
    tap_error(l4_thread_start(&mover, move_on, NULL, other_cpu), L4_OK, "moves it");
}

void check_moving(void)
{
    uint64_t taken;
    unsigned heard = 0;
    first_index = l4_utcb()->index;
    set_up();
    while (heard < SIGNALS && (heard % 4 || !move()) && !l4_event_signal(event, HEARD) &&
           !l4_pending_wait(HEARD, l4_clock() + LIMIT, &taken))
        heard++;
    tap_equal(heard, SIGNALS, "each signal is heard");
    atomic_store(&enough, true);
    tap_note("%llu moves asked for, %llu made, %u waits refused", atomic_load(&moves), atomic_load(&changes),
             atomic_load(&refused));
    tap_ok(cpu == other_cpu || atomic_load(&changes) > 20, "and the thread was moved meanwhile");
    tap_error(l4_thread_destroy(server.handle), L4_OK, "it goes");
    tap_error(l4_event_destroy(event), L4_OK, "and the event");
}
