// SPDX-License-Identifier: BSD-2-Clause
// See world.h.
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cpu.h"
#include "kernel/arch/smp.h"
#include "kernel/arch/window.h"
#include "kernel/base/bootargs.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/frame.h"
#include "kernel/map/node.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"
#include "kernel/sys/reaper.h"
#include "kernel/sys/recount.h"
#include "ram.h"

#define ROOT_BYTES (UINT64_C(3000) * PAGE_SIZE)

static const struct area area = {WORLD_UTCBS,          WORLD_STACKS, 0x2000, WORLD_INDICES,
                                 UINT64_C(0x30000000), 0x2000,       64,     5};

struct space *root;
static struct space *payer;
static struct thread *drivers[CORES_MAX];
static paddr_t memory[16];
static unsigned next_memory;
static uint64_t frames_before;
static uint64_t used_before;
static uint64_t caps_before;

static void populate(struct space *s)
{
    struct cap_fill fill = {.object = &s->object, .rights = L4_RIGHT_ALL, .kind = L4_KIND_SPACE};
    struct cap *c;
    uint64_t done;

    assert_int_equal(space_set_area(s, &area), L4_OK);
    assert_int_equal(space_add_activations(s, L4_POOL_HOME, 0, 12), L4_OK);
    assert_int_equal(space_add_activations(s, 1, 12, 3), L4_OK);
    assert_int_equal(space_add_activations(s, 2, 15, 1), L4_OK);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(map_physical(&s->vs, WORLD_UTCBS + i * PAGE_SIZE, memory[next_memory++ % 16],
                                      PAGE_SIZE, 3, 0, NULL, &done),
                         L4_OK);
    for (unsigned i = 0; i < WATCHED_PAGES - 2; i++)
        assert_int_equal(map_physical(&s->vs, WORLD_DATA + i * PAGE_SIZE, memory[next_memory++ % 16],
                                      PAGE_SIZE, 3, 0, NULL, &done),
                         L4_OK);
    assert_int_equal(cap_create(&s->caps, 1, &fill, &c), L4_OK);
}

void world_populate_all(void)
{
    for (struct list *l = root->funded.next; l != &root->funded; l = l->next) {
        struct space *s = CONTAINER_OF(l, struct space, sibling);

        if (l != &root->marker && !s->object.dying && s->area.indices == 0)
            populate(s);
    }
}

static void driver_make(unsigned cpu)
{
    struct thread *t;

    core_enter(cpu);
    t = thread_alloc(root, &root->quota);
    t->base = pool_take(root, L4_POOL_HOME, t);
    t->current = t->base;
    space_add_thread(root, t);
    drivers[cpu] = t;
    sched_ready(t);
}

bool world_is_driver(const struct thread *t)
{
    for (unsigned i = 0; i < CORES_MAX; i++)
        if (drivers[i] == t)
            return true;
    return false;
}

static void thread_timeout(struct thread *t)
{
    wait_abort(t, L4_ERR_TIMEOUT);
}

int world_group(void **state)
{
    (void)state;
    ram_init_pool(4096);
    window_prepare(vaddr(0));
    bootargs_set("recount=1", 10);
    recount_init();
    for (unsigned i = 0; i < CORES_MAX; i++) {
        cpu_pretend(i, (UINT64_C(1) << CORES_MAX) - 1);
        sched_init();
    }
    sched_callbacks.thread_timeout = thread_timeout;
    cap_reply_deleted = ipc_reply_deleted;
    sched_callbacks.event_timer = event_timer_fired;
    for (unsigned i = 0; i < 16; i++)
        assert_true(frame_alloc_zeroed(&memory[i]));
    assert_int_equal(space_create(NULL, UINT64_C(3500) * PAGE_SIZE, L4_CPU_ALL, &payer), L4_OK);
    return 0;
}

void world_begin(unsigned count)
{
    frames_before = frame_pool_free().v;
    used_before = quota_used(&payer->quota);
    caps_before = cap_count();
    cores_start(count);
    core_enter(0);
    assert_int_equal(space_create(payer, ROOT_BYTES, (UINT64_C(1) << count) - 1, &root), L4_OK);
    populate(root);
    for (unsigned i = 0; i < count; i++)
        driver_make(i);
}

void world_end_begin(void)
{
    assert_int_equal(space_destroy(root), L4_OK);
}

bool world_is_empty(void)
{
    return list_empty(&payer->funded) && thread_count() + gate_count() + event_count() == 0;
}

// Nothing is left on CPU that anybody would have to do.
static void cpu_check(unsigned cpu)
{
    const struct cpu_local *c = cpu_local_of(cpu);

    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(c->ready_bitmap[i], 0);
    assert_null(c->thread);
    assert_null(c->vector_thread);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(c->timed_bitmap[i], 0);
    assert_null(c->limbo);
    assert_null(c->inbox);
    assert_null(atomic_load(&cpu_shared[cpu].box));
    assert_true(list_empty(&c->leaving) && list_empty(&c->round_waiters) && list_empty(&c->reaping));
    assert_true(list_empty(&c->windows));
    assert_int_equal(c->locks_held, 0);
}

void world_end_check(void)
{
    for (unsigned i = 0; i < CORES_MAX; i++) {
        cpu_check(i);
        drivers[i] = NULL;
    }
    recount_step();
    assert_int_equal(space_totals.spaces, 1);
    assert_int_equal(space_totals.activations, 0);
    assert_int_equal(space_totals.utcb_pages + space_totals.stack_pages, 0);
    assert_int_equal(map_count(), 0);
    assert_int_equal(cap_count(), caps_before);
    assert_int_equal(quota_used(&payer->quota), used_before);
    assert_int_equal(frame_retired(), ROUND_NONE);
    assert_int_equal(frame_pool_free().v, frames_before);
}
