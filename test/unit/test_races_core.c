// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/ipc/event.c kernel/ipc/event_signal.c kernel/ipc/fault.c kernel/ipc/gate.c kernel/ipc/ipc.c kernel/ipc/ipc_abort.c kernel/ipc/gate_end.c kernel/ipc/ipc_answer.c kernel/ipc/ipc_cancel.c kernel/ipc/ipc_orphan.c kernel/ipc/ipc_defer.c kernel/ipc/ipc_entry.c kernel/ipc/ipc_queue.c kernel/ipc/ipc_wait.c kernel/ipc/items.c kernel/ipc/message.c kernel/ipc/window.c kernel/ipc/prepare.c kernel/sched/sched.c kernel/sched/timers.c kernel/thread/thread.c kernel/space/area.c kernel/space/area_add.c kernel/space/pool.c kernel/space/pool_record.c kernel/space/space.c kernel/space/space_cpus.c kernel/space/record.c kernel/ipc/fast.c kernel/ipc/fast_event.c kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_phys.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/frame.c kernel/mem/slab.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/base/heap.c kernel/base/bootargs.c kernel/sys/syscall.c kernel/sys/sys_space.c kernel/sys/sys_stop.c kernel/sys/sys_thread.c kernel/sys/sys_gate.c kernel/sys/sys_cap.c kernel/sys/reaper.c kernel/sys/reap_list.c kernel/sys/deliver.c kernel/ipc/ipc_end.c kernel/ipc/ipc_travel.c kernel/smp/mail.c kernel/sys/recount.c kernel/sys/recount_map.c kernel/sys/recount_cap.c kernel/sys/recount_thread.c kernel/smp/round.c kernel/smp/cpus.c kernel/sys/work.c
// Moments of the whole core that random programs hardly ever meet, made by hand on simulated CPUs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <l4/abi/item.h>

#include "kernel/ipc/event.h"
#include "kernel/ipc/gate.h"
#include "kernel/ipc/ipc.h"
#include "kernel/map/mapdb.h"
#include "kernel/smp/round.h"
#include "support/machine.h"
#include "support/world.h"

enum { TURNS = 1000, EVENTS = 8, PLACES = 64, TICK_NS = 30000 };

static struct thread *thread_make(struct space *s)
{
    struct thread *t = thread_alloc(s, &s->quota);

    assert_non_null(t);
    t->base = t->current = pool_take(s, L4_POOL_HOME, t);
    assert_non_null(t->base);
    t->priority = t->home_priority = 100;
    space_add_thread(s, t);
    return t;
}

static struct gate *gate_make(struct space *s, enum l4_gate_mode mode, uint64_t pool)
{
    struct gate_config c = {.mode = mode, .entry = 0x1000, .pool = pool};
    struct gate *g;

    assert_int_equal(gate_create(s, &c, &g), L4_OK);
    return g;
}

// T, on CPU 0, calls.
static void call(struct thread *t, struct gate *g)
{
    core_enter(0);
    t->current->frame = FRAME_CALL;
    t->current->regs[L4_REG_RAX] = l4_tag(L4_OP_CALL, 0, 0, 0);
    gate_send(t, g, 0);
    core_turns(TURNS);
}

static struct space *world_of_two(unsigned cpus)
{
    struct space *s;

    world_begin(cpus);
    core_enter(0);
    assert_int_equal(space_create(root, 400 * PAGE_SIZE, (1u << cpus) - 1, &s), L4_OK);
    s->max_priority = 200;
    world_populate_all();
    return s;
}

// A thread is recalled while the mail that it comes home still lies behind other mail. By the time that mail
// comes it waits for something else, which the mail must not touch.
static void way_home_is_forgotten_by_a_recall(void **state)
{
    struct space *s = world_of_two(2);
    struct gate *entry = gate_make(s, L4_GATE_ENTRY, 1), *far = gate_make(s, L4_GATE_QUEUE, 1),
                *near = gate_make(s, L4_GATE_QUEUE, 0);
    struct event *e[EVENTS];
    struct thread *t = thread_make(root);

    (void)state;
    for (unsigned i = 0; i < EVENTS; i++)
        assert_int_equal(event_create(root, &e[i]), L4_OK);
    sched_ready(t);
    core_turns(TURNS);
    assert_ptr_equal(cpu_local()->thread, t);
    call(t, entry);
    assert_int_equal(t->depth, 1);
    t->home_priority = 150;
    call(t, far);
    core_enter(1);
    core_turns(TURNS);
    assert_true(t->wait == WAIT_SEND && thread_custody(t) == 1);
    for (unsigned i = 0; i < EVENTS; i++) {
        core_enter(1);
        event_signal(e[i], 1);
    }
    wait_abort(t, L4_ERR_TIMEOUT);
    core_turns(TURNS);
    assert_int_equal(thread_custody(t), 0);
    core_enter(0);
    assert_int_equal(thread_recall(t), L4_OK);
    for (unsigned i = 0; i < TURNS && core_state[0] != CORE_USER; i++)
        core_turns(1);
    assert_ptr_equal(cpu_local()->thread, t);
    call(t, near);
    for (unsigned i = 0; i < EVENTS; i++) {
        machine_now += TICK_NS;
        core_enter(0);
        core_turns(TURNS);
    }
    assert_int_equal(t->wait, WAIT_SEND);
    assert_int_equal(t->state, L4_THREAD_BLOCKED);
    assert_ptr_equal(near->callers.top, &t->queue);
    world_end_begin();
    for (unsigned i = 0; i < TURNS && !world_is_empty(); i++) {
        machine_now += TICK_NS;
        core_enter(i % 2);
        core_turns(TURNS);
    }
    assert_true(world_is_empty());
    world_end_check();
}

// A CPU has mail left from one turn when a round begins. It empties what it has, not its box, in the next
// one, and must not go to sleep before it has acknowledged the round: nobody tells it again.
static void round_begins_while_mail_is_left(void **state)
{
    struct event *e[EVENTS];
    uint64_t number;

    (void)state;
    (void)world_of_two(2);
    for (unsigned i = 0; i < EVENTS; i++)
        assert_int_equal(event_create(root, &e[i]), L4_OK);
    core_turns(TURNS);
    core_enter(1);
    for (unsigned i = 0; i < EVENTS; i++)
        event_signal(e[i], 1);
    core_enter(0);
    core_turns(1);
    assert_non_null(cpu_local()->inbox);
    core_enter(1);
    number = round_begin();
    for (unsigned i = 0; i < EVENTS && (machine_timer[0] <= machine_now || core_called(0) || i == 0); i++) {
        core_enter(0);
        core_turns(TURNS);
        machine_now += TICK_NS;
    }
    assert_true(atomic_load(&cpu_shared[0].seen) >= number);
    world_end_begin();
    for (unsigned i = 0; i < TURNS && !world_is_empty(); i++) {
        machine_now += TICK_NS;
        core_enter(i % 2);
        core_turns(TURNS);
    }
    assert_true(world_is_empty());
    world_end_check();
}

// A thread whose chain leads through its own space waits for an activation there, and is recalled: what is
// left of the chain in that space is freed, which serves the wait that has just become the orphan's.
static void orphan_gets_the_place_in_its_own_chain(void **state)
{
    struct space *s = world_of_two(1);
    struct gate *away = gate_make(s, L4_GATE_ENTRY, 1), *back = gate_make(root, L4_GATE_ENTRY, 1);
    struct thread *t = thread_make(root), *others = thread_make(root);
    struct activation *taken[PLACES], *a;
    unsigned n = 0;

    (void)state;
    sched_ready(t);
    core_turns(TURNS);
    call(t, away);
    call(t, back);
    call(t, away);
    assert_int_equal(t->depth, 3);
    while ((a = pool_take(root, 1, others)) != NULL) {
        assert_true(n < PLACES);
        taken[n++] = a;
    }
    call(t, back);
    assert_int_equal(t->wait, WAIT_POOL);
    core_enter(0);
    assert_int_equal(thread_recall(t), L4_OK);
    core_turns(TURNS);
    assert_int_equal(t->depth, 0);
    core_enter(0);
    while (n > 0)
        activation_give_back(taken[--n]);
    world_end_begin();
    for (unsigned i = 0; i < TURNS && !world_is_empty(); i++) {
        machine_now += TICK_NS;
        core_enter(0);
        core_turns(TURNS);
    }
    assert_true(world_is_empty());
    world_end_check();
}

// Two pages come in a message that is delivered whole, the second out of a large page that must be split
// first.
static void second_item_may_need_a_split(void **state)
{
    struct space *s = world_of_two(1);
    struct thread *from = thread_make(root), *to = thread_make(s);
    enum l4_error err = ROUND_AGAIN;
    struct l4_utcb *u;
    uint64_t done;

    (void)state;
    assert_true(activation_make_resident(from->base) && activation_make_resident(to->base));
    assert_int_equal(map_physical(&root->vs, UINT64_C(0x40000000), paddr(UINT64_C(0x80000000)),
                                  LARGE_PAGE_SIZE, L4_READ | L4_WRITE, 0, NULL, &done),
                     L4_OK);
    u = activation_utcb(from->base);
    u->words[L4_WORDS_REGS] = L4_ITEM_MAP | WORLD_DATA | UINT64_C(3) << L4_ITEM_RIGHTS_SHIFT;
    u->words[L4_WORDS_REGS + 1] = 12;
    u->words[L4_WORDS_REGS + 2] = L4_ITEM_MAP | UINT64_C(0x40005000) | UINT64_C(3) << L4_ITEM_RIGHTS_SHIFT;
    u->words[L4_WORDS_REGS + 3] = PAGE_SIZE | 12;
    from->base->frame = FRAME_CALL;
    for (unsigned i = 0; i < 8 && err == ROUND_AGAIN; i++) {
        err = message_fetch(from->base, to->base, l4_tag(L4_OP_CALL, 0, 4, 2), FETCH_WHOLE);
        (void)map_flush_finish();
    }
    assert_int_equal(err, L4_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(way_home_is_forgotten_by_a_recall),
        cmocka_unit_test(round_begins_while_mail_is_left),
        cmocka_unit_test(orphan_gets_the_place_in_its_own_chain),
        cmocka_unit_test(second_item_may_need_a_split),
    };

    return cmocka_run_group_tests_name("races_core", tests, world_group, NULL);
}
