// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/ipc/fast_event.c kernel/ipc/event.c kernel/ipc/event_signal.c kernel/ipc/fault.c kernel/ipc/gate.c kernel/ipc/ipc.c kernel/ipc/ipc_abort.c kernel/ipc/gate_end.c kernel/ipc/ipc_answer.c kernel/ipc/ipc_cancel.c kernel/ipc/ipc_orphan.c kernel/ipc/ipc_defer.c kernel/ipc/ipc_entry.c kernel/ipc/ipc_queue.c kernel/ipc/ipc_wait.c kernel/ipc/items.c kernel/ipc/message.c kernel/ipc/window.c kernel/ipc/prepare.c kernel/sched/sched.c kernel/sched/timers.c kernel/thread/thread.c kernel/space/area.c kernel/space/area_add.c kernel/space/pool.c kernel/space/pool_record.c kernel/space/space.c kernel/space/space_cpus.c kernel/space/record.c kernel/ipc/fast.c kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_phys.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/frame.c kernel/mem/slab.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/base/heap.c kernel/base/bootargs.c kernel/sys/syscall.c kernel/sys/sys_space.c kernel/sys/sys_stop.c kernel/sys/sys_thread.c kernel/sys/sys_gate.c kernel/sys/sys_cap.c kernel/sys/reaper.c kernel/sys/reap_list.c kernel/sys/deliver.c kernel/ipc/ipc_end.c kernel/ipc/ipc_travel.c kernel/smp/mail.c kernel/sys/recount.c kernel/sys/recount_map.c kernel/sys/recount_cap.c kernel/sys/recount_thread.c kernel/smp/round.c kernel/smp/cpus.c kernel/sys/work.c
// The kernel core as a whole on one to four CPUs: threads in a few spaces make random system calls and
// faults, objects come and go, time passes; after every step all books are recounted, and at the end all is
// destroyed and nothing may be left. Seeded: the same in every run. Arguments FIRST and LAST run other seeds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel/arch/timer.h"
#include "kernel/sched/sched.h"
#include "kernel/sys/recount.h"
#include "kernel/sys/work.h"
#include "support/cpu.h"
#include "support/fast_twin.h"
#include "support/machine.h"
#include "support/programs.h"
#include "support/watch.h"
#include "support/world.h"

enum { STEPS = 1200, SEEDS = 36, SEEDS_MAX = 5000, END_STEPS = 100000 };

static unsigned cpus;
static unsigned step_number;
static uint64_t quick; // system calls that went back at once
static bool broken;    // a seed has failed: what it left is no world to begin another in

// A CPU that may enter the kernel; a program that runs there can at any time.
static unsigned some_cpu(void)
{
    for (;;) {
        unsigned first = roll(cpus);

        for (unsigned i = 0; i < cpus; i++) {
            unsigned cpu = (first + i) % cpus;

            if (core_called(cpu) || core_state[cpu] == CORE_USER)
                return cpu;
        }
        /* all sleep: until a timer fires, and if none does, for ever */
        assert_int_not_equal(cores_next_timer(), TIMER_OFF);
        machine_now = cores_next_timer();
    }
}

static void step(void)
{
    unsigned cpu = some_cpu();
    bool user = core_state[cpu] == CORE_USER;
    struct thread *t;

    cpu_pretend(cpu, cpu_mask);
    if (user && roll(3)) {
        program_burst();
        if (roll(3) == 0)
            return; /* it goes on some time later */
    }
    core_enter(cpu);
    t = cpu_local()->thread;
    if (user && t && t->state == L4_THREAD_READY && !cpu_local()->need_pick && roll(8)) {
        machine_now += world_is_driver(t) ? 30 : roll(10);
        machine_now += roll(200) ? 0 : SLICE_NS;
        program_act(t);
        t = kernel_quick();
        if (t) {
            quick++;
            sched_arm();
            core_leave(t);
        }
    }
    if (core_state[cpu] != CORE_USER)
        core_turns(roll(3) ? 1000 : 1 + roll(3));
    recount_step();
    cores_check();
    watch_look();
}

static void end_all(void)
{
    core_enter(some_cpu());
    world_end_begin();
    core_turns(1000);
    for (unsigned i = 0; !world_is_empty(); i++) {
        unsigned cpu = some_cpu();
        bool user = core_state[cpu] == CORE_USER;

        assert_true(i < END_STEPS);
        core_enter(cpu);
        if (user && cpu_local()->thread)
            program_give_up(cpu_local()->thread);
        core_turns(1 + roll(20));
        recount_step();
        cores_check();
    }
    /* interrupts, as they come now and then: what frames wait for is over */
    for (unsigned i = 0; i < 2 * cpus; i++) {
        core_enter(i % cpus);
        core_turns(1000);
    }
    world_end_check();
}

static void books_stay_whole(void **state)
{
    uint64_t seed = *(uint64_t *)*state;

    cpus = 1 + (unsigned)(seed % CORES_MAX);
    programs_begin(seed);
    if (broken)
        skip();
    broken = true; /* unless it comes to its end */
    world_begin(cpus);
    for (step_number = 0; step_number < STEPS; step_number++)
        step();
    end_all();
    broken = false;
}

static const unsigned expected_answers[] = {L4_ERR_DEAD,  L4_ERR_OWNER_DIED, L4_ERR_CANCELLED, L4_ERR_TIMEOUT,
                                            L4_ERR_DEPTH, L4_ERR_CPU,        L4_ERR_FAULT,     L4_OK};

// A run in which nothing happens between CPUs proves nothing.
static void enough_happens(void **state)
{
    (void)state;
    print_message(
        "travels %lu, queued %lu, served %lu, waiting %lu, granted %lu, moved %lu, rounds %lu, "
        "ends %lu, limbo %lu, orphans %lu, windows %lu, left tables %lu, faults %lu, exceptions %lu, "
        "forwards %lu, handed on %lu, bound %lu, told %lu\n",
        watch.travels, watch.queued, watch.served, watch.waiting, watch.granted, watch.moved, watch.rounds,
        watch.ends, watch.limbo, watch.orphans, watch.windows, cores_left_tables, space_totals.page_faults,
        ipc_exceptions, watch.forwards, watch.handed_on, watch.bound, watch.told);
    print_message(
        "fast: entry calls %lu, replies %lu, queue calls %lu, reply_waits %lu, with words %lu, refused %lu\n",
        fast_twin_counts.entry_calls, fast_twin_counts.entry_replies, fast_twin_counts.queue_calls,
        fast_twin_counts.reply_waits, fast_twin_counts.words, fast_twin_counts.refused);
    assert_true(fast_twin_counts.entry_calls > 300 && fast_twin_counts.entry_replies > 200);
    assert_true(fast_twin_counts.queue_calls > 200 && fast_twin_counts.reply_waits > 150);
    assert_true(fast_twin_counts.words > 100);
    print_message("fast: signals %lu, wakes %lu, takes %lu, switches %lu, interrupts %lu\n",
                  fast_twin_counts.signals, fast_twin_counts.wakes, fast_twin_counts.takes,
                  fast_twin_counts.switches, fast_twin_counts.interrupts);
    assert_true(fast_twin_counts.wakes > 100 && fast_twin_counts.takes > 100 &&
                fast_twin_counts.switches > 30);
    assert_true(fast_twin_counts.interrupts > 10);
    print_message("quick: %lu\n", quick);
    assert_true(quick > 1000);
    assert_true(watch.travels > 1500 && watch.moved > 100 && watch.limbo > 800 && watch.ends > 100);
    assert_true(watch.queued > 40 && watch.served > 30 && watch.waiting > 20 && watch.granted > 5);
    assert_true(watch.rounds > 40 && watch.orphans > 1 && watch.windows > 5 && cores_left_tables > 20);
    assert_true(watch.forwards > 5 && watch.handed_on > 0);
    assert_true(watch.bound > 20 && watch.told > 2);
    assert_true(space_totals.page_faults > 80 && ipc_exceptions > 300);
    for (const unsigned *e = expected_answers; *e != L4_OK; e++)
        assert_int_not_equal(program_answers[*e], 0);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[SEEDS_MAX + 1];
    static uint64_t seeds[SEEDS_MAX];
    static char names[SEEDS_MAX][32];
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : argc > 1 ? first : SEEDS;
    unsigned n = 0;

    for (uint64_t s = first; s <= last && n < SEEDS_MAX; s++, n++) {
        seeds[n] = s;
        snprintf(names[n], sizeof names[n], "seed_%lu", s);
        tests[n] =
            (struct CMUnitTest){.name = names[n], .test_func = books_stay_whole, .initial_state = &seeds[n]};
    }
    if (argc == 1)
        tests[n++] = (struct CMUnitTest)cmocka_unit_test(enough_happens);
    return _cmocka_run_group_tests("kernel_random", tests, n, world_group, NULL);
}
