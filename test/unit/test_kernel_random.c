// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/ipc/event.c kernel/ipc/fault.c kernel/ipc/gate.c kernel/ipc/ipc.c kernel/ipc/ipc_abort.c kernel/ipc/ipc_answer.c kernel/ipc/ipc_cancel.c kernel/ipc/ipc_defer.c kernel/ipc/ipc_entry.c kernel/ipc/ipc_queue.c kernel/ipc/ipc_wait.c kernel/ipc/message.c kernel/ipc/prepare.c kernel/sched/sched.c kernel/sched/timers.c kernel/thread/thread.c kernel/space/area.c kernel/space/area_add.c kernel/space/pool.c kernel/space/space.c kernel/map/mapdb.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/frame.c kernel/mem/slab.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/base/heap.c kernel/base/bootargs.c kernel/sys/syscall.c kernel/sys/sys_space.c kernel/sys/sys_thread.c kernel/sys/sys_gate.c kernel/sys/sys_cap.c kernel/sys/reaper.c kernel/sys/deliver.c kernel/ipc/ipc_end.c kernel/ipc/ipc_travel.c kernel/smp/mail.c kernel/sys/recount.c kernel/sys/recount_map.c kernel/sys/recount_cap.c kernel/sys/recount_thread.c kernel/smp/round.c kernel/smp/cpus.c kernel/sys/work.c
// The kernel core as a whole on one to four CPUs: threads in a few spaces make random system calls and
// faults, objects come and go, time passes; after every step all books are recounted, and at the end all is
// destroyed and nothing may be left. Seeded: the same in every run. Arguments FIRST and LAST run other seeds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <l4/abi/item.h>

#include "kernel/arch/timer.h"
#include "kernel/sys/call.h"
#include "kernel/sys/recount.h"
#include "support/machine.h"
#include "support/random.h"
#include "support/watch.h"
#include "support/world.h"

enum {
    STEPS = 1200,
    SEEDS = 20,
    SEEDS_MAX = 5000,
    END_STEPS = 100000,
    SPACES_MAX = 6,
    THREADS_MAX = 14,
    OBJECTS_MAX = 30
};
#define QUOTA (UINT64_C(1) << 19)

static uint64_t seed;
static unsigned cpus;
static unsigned step_number;
static bool broken;             // a seed has failed: what it left is no world to begin another in
static uint64_t answers[0x100]; // to the driver and the threads, by error

static uint32_t roll(uint32_t n)
{
    return random_next(&seed) % n;
}

// A capability of KIND in the table of S, or any if KIND is 0; NULL when a few tries find none.
static struct cap *pick(struct space *s, unsigned kind)
{
    for (unsigned tries = 0; tries < 200; tries++) {
        struct cap *c = s->caps.hot + 1 + roll(127);

        if (c->kind != L4_KIND_NONE && (kind == 0 || c->kind == kind))
            return c;
    }
    return NULL;
}

static uint64_t handle_of(struct space *s, unsigned kind)
{
    struct cap *c = pick(s, kind);

    return c ? c->handle : roll(2) ? 0 : L4_HANDLE_FIRST(roll(128));
}

static void enter(struct thread *t, uint64_t tag, uint64_t handle, const uint64_t *w)
{
    struct activation *a = t->current;

    assert_ptr_equal(cpu_local()->thread, t);
    cpu_local()->current = a;
    a->regs[L4_REG_RAX] = tag;
    a->regs[L4_REG_RDI] = handle;
    a->regs[L4_REG_RSI] = machine_now + roll(50);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        *act_word(a, i) = w[i];
    ipc_decode(t);
    recount_step();
}

// A capability to one of the threads and spaces the test itself stands on.
static bool spared(const struct cap *c)
{
    if (c->kind == L4_KIND_THREAD)
        return world_is_driver(CONTAINER_OF(cap_object(c), struct thread, object));
    return c->kind == L4_KIND_SPACE && cap_object(c) == &root->object;
}

static void object_call(struct thread *t, uint64_t handle, uint64_t op, const uint64_t *w)
{
    uint64_t flags = roll(4) == 0 ? 0 : L4_FLAG_TIMED;
    const struct cap *c = cap_lookup(&t->current->space->caps, handle);

    if (c && spared(c) && op == L4_SPACE_DESTROY)
        return;

    /* a call on a gate goes through it, and the driver stays at home */
    if (world_is_driver(t) && c && c->kind == L4_KIND_GATE)
        return;
    enter(t, l4_tag(L4_OP_CALL, op, 0, 0) | flags, handle, w);
}

// Memory words and items into T's UTCB; returns the tag's part.
static uint64_t fill_words(struct thread *t, unsigned *items)
{
    unsigned words = roll(3) ? 0 : roll(20);
    uint64_t *memory_words = t->current->kutcb->words + L4_WORDS_REGS;

    *items = words >= 4 && roll(2) ? 1 + roll(2) : 0;
    for (unsigned i = 0; i < words; i++)
        memory_words[i] = roll(1000);
    for (unsigned i = 0; i < *items; i++) {
        uint64_t *item = memory_words + words - 2 * (*items - i);
        unsigned type = roll(8) ? L4_ITEM_CAP + roll(2) : roll(8);

        item[0] = type | (uint64_t)L4_RIGHT_ALL << L4_ITEM_RIGHTS_SHIFT;
        item[1] = handle_of(t->current->space, 0);
        if (type == L4_ITEM_MAP) {
            item[0] = WORLD_UTCBS | L4_ITEM_MAP | (uint64_t)L4_RWX << L4_ITEM_RIGHTS_SHIFT;
            item[1] = (roll(3) * PAGE_SIZE) | 12;
        }
    }
    return words;
}

static void gate_call(struct thread *t)
{
    static const unsigned ops[] = {L4_OP_CALL, L4_OP_CALL,  L4_OP_CALL,       L4_OP_SEND,
                                   L4_OP_WAIT, L4_OP_REPLY, L4_OP_REPLY_WAIT, L4_OP_FORWARD};
    uint64_t w[L4_WORDS_REGS] = {roll(9), roll(9)};
    unsigned op = ops[roll(8)];
    unsigned items;
    uint64_t words = fill_words(t, &items);
    uint64_t label = roll(4) ? 0 : roll(5);
    unsigned kind;
    uint64_t flags = (roll(12) ? L4_FLAG_TIMED : 0) | (roll(4) ? 0 : L4_FLAG_SHIELD);

    if (roll(4) == 0 && t->current != t->base)
        op = L4_OP_REPLY;
    if (roll(8) == 0 && t->current->link) { /* the caller in hand is to wait */
        w[0] = 0;
        object_call(t, t->current->space->caps.hot[1].handle, L4_GATE_DEFER, w);
        return;
    }
    kind = roll(6) ? L4_KIND_GATE : L4_KIND_REPLY;
    if (kind == L4_KIND_REPLY)
        op = L4_OP_SEND;
    enter(t, l4_tag(op, label, words, items) | flags, handle_of(t->current->space, kind), w);
}

static void create(struct thread *t, uint64_t space_handle)
{
    uint64_t w[L4_WORDS_REGS] = {L4_RIGHT_ALL};

    if (thread_count() + gate_count() + event_count() > OBJECTS_MAX)
        return;
    switch (roll(3)) {
    case 0:
        w[2] = 1 + roll(3);
        if (thread_count() < THREADS_MAX)
            object_call(t, space_handle, L4_THREAD_CREATE, w);
        break;
    case 1:
        w[0] = (roll(2) ? L4_GATE_QUEUE : L4_GATE_ENTRY) | (roll(2) ? L4_GATE_ITEMS : 0);
        w[1] = 0x400000;
        w[2] = roll(4);
        w[3] = L4_RIGHT_ALL;
        w[5] = roll(3);
        object_call(t, space_handle, L4_GATE_CREATE, w);
        break;
    default:
        object_call(t, space_handle, L4_EVENT_CREATE, w);
        break;
    }
}

static void space_make(struct thread *t, uint64_t funder)
{
    uint64_t w[L4_WORDS_REGS] = {QUOTA / (1 + roll(2)), roll(2) ? L4_CPU_ALL : 1 + roll(15), 5, L4_RIGHT_ALL};

    if (space_totals.spaces < SPACES_MAX)
        object_call(t, funder, L4_SPACE_CREATE, w);
}

static void destroy(struct thread *t)
{
    struct space *s = t->current->space;
    uint64_t w[L4_WORDS_REGS] = {0};
    struct cap *c;

    switch (roll(7)) {
    case 0:
    case 1:
        c = pick(s, L4_KIND_THREAD);
        if (c && !spared(c))
            object_call(t, c->handle, L4_THREAD_DESTROY, w);
        break;
    case 2:
    case 3:
        w[0] = handle_of(s, L4_KIND_GATE);
        object_call(t, s->caps.hot[1].handle, L4_GATE_DESTROY, w);
        break;
    case 4:
    case 5:
        object_call(t, handle_of(s, L4_KIND_EVENT), L4_EVENT_DESTROY, w);
        break;
    default:
        object_call(t, handle_of(s, L4_KIND_SPACE), L4_SPACE_DESTROY, w);
        break;
    }
}

static void thread_call(struct thread *t)
{
    static const uint64_t ops[] = {L4_THREAD_START,    L4_THREAD_START, L4_THREAD_RESUME, L4_THREAD_SUSPEND,
                                   L4_THREAD_PRIORITY, L4_THREAD_STATE, L4_THREAD_YIELD,  L4_THREAD_CANCEL,
                                   L4_THREAD_RECALL,   L4_THREAD_MOVE};
    struct cap *c = pick(t->current->space, L4_KIND_THREAD);
    uint64_t op = ops[roll(10)];
    bool fresh = c && CONTAINER_OF(cap_object(c), struct thread, object)->state == L4_THREAD_NEW;
    uint64_t w[L4_WORDS_REGS] = {op == L4_THREAD_PRIORITY ? 1 + roll(4) : 0x400000, 0, roll(cpus)};

    if (fresh)
        op = L4_THREAD_START;
    if (op == L4_THREAD_MOVE || op == L4_THREAD_CANCEL)
        w[0] = roll(cpus + 1);
    if (c && !spared(c))
        object_call(t, c->handle, op, w);
}

static void space_call(struct thread *t)
{
    struct space *s = t->current->space;
    uint64_t space = handle_of(s, L4_KIND_SPACE);
    uint64_t w[L4_WORDS_REGS] = {0};
    struct cap *c;

    switch (roll(6)) {
    case 0:
        w[0] = roll(2);
        w[1] = roll(4) ? handle_of(s, L4_KIND_GATE) : 0;
        object_call(t, space, L4_SPACE_SET_GATE, w);
        break;
    case 1:
        w[0] = roll(WORLD_INDICES);
        w[1] = 1 + roll(3);
        object_call(t, space, L4_SPACE_WAKE, w);
        break;
    case 2:
        w[0] = handle_of(s, L4_KIND_EVENT);
        w[1] = 1;
        object_call(t, space, L4_SPACE_SUPERVISE, w);
        break;
    case 3: /* a UTCB page goes, narrowed or whole */
        memcpy(w, (uint64_t[]){WORLD_UTCBS + roll(3) * PAGE_SIZE, PAGE_SIZE, 1 + roll(3), roll(3)}, 32);
        if (roll(4) == 0 && (c = cap_lookup(&s->caps, space)) && !spared(c))
            object_call(t, space, L4_SPACE_UNMAP, w);
        break;
    case 4: /* and comes again, from wherever */
        memcpy(w,
               (uint64_t[]){WORLD_UTCBS + roll(3) * PAGE_SIZE, WORLD_UTCBS + roll(4) * PAGE_SIZE, PAGE_SIZE,
                            L4_RWX},
               32);
        object_call(t, space, L4_SPACE_MAP, w);
        break;
    default:
        memcpy(w, (uint64_t[]){roll(3), 10 + roll(6), 1}, 24);
        object_call(t, space, L4_ACTIVATIONS_ADD, w);
        break;
    }
}

static void cap_call(struct thread *t)
{
    struct space *s = t->current->space;
    uint64_t w[L4_WORDS_REGS] = {handle_of(s, 0), 0, L4_RIGHT_ALL, L4_COPY_PLAIN};
    uint64_t space = roll(4) ? handle_of(s, L4_KIND_SPACE) : s->caps.hot[1].handle;

    if (roll(12)) {
        object_call(t, space, L4_CAP_COPY, w);
    } else if (roll(3)) {
        w[0] = L4_HANDLE_FIRST(2 + roll(90)); /* never the space's own in slot 1 */
        object_call(t, space, roll(2) ? L4_CAP_DELETE : L4_CAP_MOVE, w);
    } else {
        object_call(t, space, L4_CAP_REVOKE, w);
    }
}

static void event_call(struct thread *t, bool may_wait)
{
    struct space *s = t->current->space;
    uint64_t event = handle_of(s, L4_KIND_EVENT);
    uint64_t w[L4_WORDS_REGS] = {1 + roll(3), machine_now + roll(100)};

    switch (roll(5)) {
    case 0:
        object_call(t, event, L4_EVENT_TIMER, w);
        break;
    case 1:
        w[1] = handle_of(s, 0);
        object_call(t, event, L4_EVENT_BIND_DEATH, w);
        break;
    case 2:
        object_call(t, event, roll(8) ? L4_EVENT_SIGNAL : L4_EVENT_UNBIND, w);
        break;
    default:
        object_call(t, event, may_wait ? L4_EVENT_WAIT : L4_EVENT_SIGNAL, w);
        break;
    }
}

static void fault(struct thread *t)
{
    t->current->full = 1;
    if (roll(2))
        fault_page(t, WORLD_STACKS + roll(WORLD_INDICES) * 0x2000, roll(2) ? 6 : 4);
    else
        fault_exception(t, roll(20), 0, 0, 0);
    recount_step();
}

static void sleep_a_while(struct thread *t)
{
    uint64_t w[L4_WORDS_REGS] = {0};

    enter(t, l4_tag(L4_OP_WAIT, 0, 0, 0) | (roll(8) ? L4_FLAG_TIMED : 0), L4_HANDLE_NONE, w);
}

static void drive(struct thread *t, uint32_t what)
{
    uint64_t space = handle_of(root, L4_KIND_SPACE);

    if (what < 25)
        create(t, space);
    else if (what < 55)
        thread_call(t);
    else if (what < 85)
        cap_call(t);
    else if (what < 90)
        space_call(t);
    else if (what < 93)
        event_call(t, false);
    else if (what < 96)
        space_make(t, space);
    else
        destroy(t);
}

static void act(struct thread *t)
{
    uint32_t what = roll(100);

    if (t->current->regs[L4_REG_RAX] & L4_FLAG_NATIVE &&
        l4_tag_op(t->current->regs[L4_REG_RAX]) == L4_OP_KERNEL)
        answers[l4_tag_label(t->current->regs[L4_REG_RAX]) & 0xff]++;
    if (world_is_driver(t))
        drive(t, what);
    else if (what < 55)
        gate_call(t);
    else if (what < 62)
        fault(t);
    else if (what < 72)
        sleep_a_while(t);
    else if (what < 82)
        event_call(t, true);
    else if (what < 88)
        space_call(t);
    else if (what < 93)
        cap_call(t);
    else if (what < 97)
        thread_call(t);
    else if (what < 99)
        create(t, handle_of(t->current->space, L4_KIND_SPACE));
    else
        destroy(t);
}

// Dead slots go, and copies where there are many: so that what is picked is mostly alive.
static void prune(struct space *s)
{
    for (unsigned i = 2; i < 128; i++) {
        struct cap *c = s->caps.hot + i;

        if (c->kind == L4_KIND_DEAD ||
            (c->kind != L4_KIND_NONE && s->caps.in_use > 60 && cap_cold_of(c)->prev[CAP_OPEN] != 0))
            cap_delete(c);
    }
}

// A CPU that may enter the kernel; a program that runs there can at any time unless QUIET.
static unsigned some_cpu(bool quiet)
{
    for (;;) {
        unsigned first = roll(cpus);

        for (unsigned i = 0; i < cpus; i++) {
            unsigned cpu = (first + i) % cpus;

            if (core_called(cpu) || (!quiet && core_state[cpu] == CORE_USER))
                return cpu;
        }
        /* all sleep: until a timer fires, and if none does, for ever */
        assert_int_not_equal(cores_next_timer(), TIMER_OFF);
        machine_now = cores_next_timer();
    }
}

static void step(void)
{
    unsigned cpu = some_cpu(false);
    bool user = core_state[cpu] == CORE_USER;
    struct thread *t;

    core_enter(cpu);
    t = cpu_local()->thread;
    if (user && t && t->state == L4_THREAD_READY && !cpu_local()->need_pick && roll(8)) {
        prune(t->current->space);
        machine_now += world_is_driver(t) ? 30 : roll(10);
        machine_now += roll(200) ? 0 : SLICE_NS;
        world_populate_all();
        act(t);
    }
    core_turns(roll(3) ? 1000 : 1 + roll(3));
    recount_step();
    watch_look();
}

// What is left of a program waits, answers or gives up, so that lower priorities get their turn.
static void give_up(struct thread *t)
{
    uint64_t w[L4_WORDS_REGS] = {0};

    switch (roll(4)) {
    case 0:
        enter(t, l4_tag(L4_OP_REPLY, 0, 0, 0), 0, w);
        break;
    case 1:
        t->current->full = 1;
        fault_exception(t, 3, 0, 0, 0);
        break;
    default:
        enter(t, l4_tag(L4_OP_WAIT, 0, 0, 0), L4_HANDLE_NONE, w);
        break;
    }
}

static void end_all(void)
{
    core_enter(some_cpu(false));
    world_end_begin();
    core_turns(1000);
    for (unsigned i = 0; !world_is_empty(); i++) {
        unsigned cpu = some_cpu(false);
        bool user = core_state[cpu] == CORE_USER;

        assert_true(i < END_STEPS);
        core_enter(cpu);
        if (user && cpu_local()->thread)
            give_up(cpu_local()->thread);
        core_turns(1 + roll(20));
        recount_step();
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
    seed = *(uint64_t *)*state;
    cpus = 1 + (unsigned)(seed % CORES_MAX);
    /* neighbours begin alike otherwise */
    for (unsigned i = 0; i < 8; i++)
        roll(1);
    if (broken)
        skip();
    broken = true; /* unless it comes to its end */
    world_begin(cpus);
    for (step_number = 0; step_number < STEPS; step_number++)
        step();
    end_all();
    broken = false;
}

// A run in which nothing happens proves nothing.
static void enough_happens(void **state)
{
    (void)state;
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[SEEDS_MAX + 1];
    static uint64_t seeds[SEEDS_MAX];
    static char names[SEEDS_MAX][32];
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : CORES_MAX;
    uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : argc > 1 ? first : SEEDS;
    unsigned n = 0;

    for (uint64_t s = first; s <= last && n < SEEDS_MAX; s += argc > 1 ? 1 : CORES_MAX, n++) {
        seeds[n] = s;
        snprintf(names[n], sizeof names[n], "seed_%lu", s);
        tests[n] =
            (struct CMUnitTest){.name = names[n], .test_func = books_stay_whole, .initial_state = &seeds[n]};
    }
    if (argc == 1)
        tests[n++] = (struct CMUnitTest)cmocka_unit_test(enough_happens);
    return _cmocka_run_group_tests("kernel_random", tests, n, world_group, NULL);
}
