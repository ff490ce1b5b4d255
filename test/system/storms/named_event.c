// SPDX-License-Identifier: BSD-2-Clause
// Two threads on each CPU, in spaces of their own, signal each other and wait, while they are suspended,
// stopped, moved, changed in priority, and ended and made again. Whatever happens, the two go on; and then
// everything dies under them.
#include "named.h"

#define QUOTA   (900u << 10)
#define PAIRS   4
#define STROKES 60
#define LOW     30
#define BALL    1 // the bit that goes to and fro
#define OTHER   2 // one that nobody waits for

struct pair {
    struct nest nest[2];
    l4_handle_t event[2], thread[2];     // here
    _Atomic uint64_t own[2], partner[2]; // the events, in the tables of the two
    unsigned cpu;
    atomic_uint made, count[2];
};
static struct pair pairs[PAIRS];

static void play(struct pair *p, unsigned side)
{
    uint64_t taken;
    for (;;) {
        int error = l4_event_signal(atomic_load(&p->partner[side]), BALL);
        if (!error)
            error = l4_event_wait(atomic_load(&p->own[side]), BALL, L4_DEADLINE_NEVER, &taken);
        if (error) // all dies
            rest(MS);
        else
            atomic_fetch_add(&p->count[side], 1);
    }
}

static void first(void *argument)
{
    play(argument, 0);
}

static void second(void *argument)
{
    play(argument, 1);
}

// An event is the CPU's on which it is made.
static void maker(void *argument)
{
    struct pair *p = argument;
    for (unsigned side = 0; side < 2; side++)
        must(l4_event_create(L4_CAP_SPACE, &p->event[side], NULL) == L4_OK, "an event");
    atomic_store(&p->made, 1);
    rest_for_ever();
}

static void start(struct pair *p, unsigned side)
{
    must(storm_thread(p->nest[side].space, side ? second : first, p, LOW, p->cpu, &p->thread[side]) == L4_OK,
         "a player");
}

static void give(struct pair *p, unsigned side)
{
    l4_handle_t own = L4_HANDLE_NONE, partner = L4_HANDLE_NONE;
    int error = l4_cap_copy(p->nest[side].space, p->event[side], L4_SLOT_ANY, L4_RIGHT_WAIT, &own);
    if (!error)
        error = l4_cap_copy(p->nest[side].space, p->event[!side], L4_SLOT_ANY, L4_RIGHT_CALL, &partner);
    atomic_store(&p->own[side], own);
    atomic_store(&p->partner[side], partner);
    must(error == L4_OK, "a player's events");
}

static void begin(struct pair *p, unsigned number)
{
    l4_handle_t thread = L4_HANDLE_NONE;
    *p = (struct pair){.nest = {{.number = 2 * number}, {.number = 2 * number + 1}}, .cpu = number % cpus};
    must(storm_thread(L4_CAP_SPACE, maker, p, 90, p->cpu, &thread) == L4_OK && reached(&p->made, 1),
         "events");
    end_thread(&thread);
    for (unsigned side = 0; side < 2; side++) {
        must(nest_make(&p->nest[side], L4_CAP_SPACE, QUOTA) == L4_OK, "a space");
        give(p, side);
    }
    for (unsigned side = 0; side < 2; side++)
        start(p, side);
}

// What is done to one of the two; L4_ERR_CPU and the like where it cannot be.
static int disturb(struct pair *p, unsigned side, uint64_t *random)
{
    l4_handle_t thread = p->thread[side];
    switch (storm_random(random) % 7) {
    case 0:
        return l4_thread_suspend(thread) || l4_thread_resume(thread);
    case 1:
        return l4_thread_priority(thread, LOW + storm_random(random) % 3);
    case 2:
        return l4_space_stop(p->nest[side].space, true) || l4_space_stop(p->nest[side].space, false);
    case 3:
        return l4_thread_move(thread, storm_random(random) % cpus);
    case 4:
        return l4_thread_move(thread, p->cpu);
    case 5:
        end_thread(&p->thread[side]);
        start(p, side);
        return 0;
    default:
        return l4_event_signal(p->event[side], OTHER);
    }
}

static void stroke(struct pair *p, uint64_t *random)
{
    unsigned count[2], side = storm_random(random) % 2;
    must(!disturb(p, side, random), "what is done to it is done");
    rest(storm_random(random) % 400 * US);
    for (side = 0; side < 2; side++) { // equals again, or they keep one that was moved here from running
        must(l4_thread_priority(p->thread[side], LOW) == L4_OK, "a priority");
        must(l4_event_signal(p->event[side], BALL) == L4_OK, "a ball, which may be lost with its thread");
    }
    for (side = 0; side < 2; side++)
        count[side] = atomic_load(&p->count[side]);
    for (side = 0; side < 2; side++)
        must(reached(&p->count[side], count[side] + 20), "they go on");
}

static void end(struct pair *p, bool events_first)
{
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned side = 0; side < 2; side++) {
            if (turn == (unsigned)events_first) {
                nest_destroy(&p->nest[side]);
                forget(&p->thread[side]);
            } else {
                must(l4_event_destroy(p->event[side]) == L4_OK, "an event ends");
                forget(&p->event[side]);
            }
        }
    }
}

void signals_to_and_fro(void)
{
    uint64_t random = 4711;
    unsigned n = cpus < PAIRS ? cpus : PAIRS;
    for (unsigned i = 0; i < n; i++)
        begin(&pairs[i], i);
    for (unsigned i = 0; i < STROKES * n; i++)
        stroke(&pairs[i % n], &random);
    for (unsigned i = 0; i < n; i++)
        end(&pairs[i], i % 2);
}
