// SPDX-License-Identifier: BSD-2-Clause
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/arch/window.h"
#include "kernel/base/bootargs.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/frame.h"
#include "kernel/sys/recount.h"
#include "ram.h"

static const struct area area = {WORLD_UTCBS,          WORLD_STACKS, 0x2000, WORLD_INDICES,
                                 UINT64_C(0x30000000), 0x2000,       64,     2};

struct space *root;
struct thread *driver;
static paddr_t memory[8];
static unsigned next_memory;

void world_populate(struct space *s)
{
    uint64_t done;

    assert_int_equal(space_set_area(s, &area), L4_OK);
    assert_int_equal(space_add_activations(s, L4_POOL_HOME, 0, 6), L4_OK);
    assert_int_equal(space_add_activations(s, 1, 6, 3), L4_OK);
    assert_int_equal(space_add_activations(s, 2, 9, 1), L4_OK);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(map_physical(&s->vs, WORLD_UTCBS + i * PAGE_SIZE, memory[next_memory++ % 8],
                                      PAGE_SIZE, 3, 0, false, &done),
                         L4_OK);
}

struct cap *world_put(struct space *s, uint64_t slot, struct object *o)
{
    struct cap_fill fill = {.object = o, .rights = L4_RIGHT_ALL, .kind = (uint8_t)o->kind};
    struct cap *c;

    assert_int_equal(cap_create(&s->caps, slot, &fill, &c), L4_OK);
    return c;
}

static void driver_make(void)
{
    struct activation *a;

    driver = thread_alloc(root, &root->quota);
    a = pool_take(root, L4_POOL_HOME, driver);
    list_add_tail(&root->threads, &driver->in_home);
    root->thread_count++;
    driver->base = a;
    driver->current = a;
    sched_ready(driver);
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
    sched_init();
    sched_callbacks.thread_timeout = thread_timeout;
    cap_reply_deleted = ipc_reply_deleted;
    sched_callbacks.event_timer = event_timer_fired;
    for (unsigned i = 0; i < 8; i++)
        assert_true(frame_alloc_zeroed(&memory[i]));
    assert_int_equal(space_create(NULL, UINT64_C(3000) * PAGE_SIZE, L4_CPU_ALL, &root), L4_OK);
    world_populate(root);
    world_put(root, 1, &root->object);
    driver_make();
    return 0;
}

// What kernel_exit does, up to user mode.
struct thread *world_next(void)
{
    for (unsigned tries = 0; tries < 100000; tries++) {
        struct thread *t = sched_pick();

        if (!thread_prepare(t) || t != sched_pick())
            continue;
        if (!(t->current->flags & ACT_AGAIN))
            return t;
        t->current->flags &= (uint8_t)~ACT_AGAIN;
        cpu_local()->current = t->current;
        syscall_entry();
    }
    fail_msg("no thread gets ready to run");
    return NULL;
}

// Everything but the root and the driver goes.
void world_anew(void)
{
    struct list *next;

    while (!list_empty(&root->funded))
        space_destroy(LIST_FIRST(&root->funded, struct space, sibling));
    while (!list_empty(&root->gates))
        gate_destroy(LIST_FIRST(&root->gates, struct gate, in_space));
    for (struct list *l = root->threads.next; l != &root->threads; l = next) {
        next = l->next;
        if (CONTAINER_OF(l, struct thread, in_home) != driver)
            thread_destroy(CONTAINER_OF(l, struct thread, in_home));
    }
    while (!list_empty(&root->events))
        event_destroy(LIST_FIRST(&root->events, struct event, in_space));
    for (unsigned i = 2; i < 1024; i++)
        cap_clear_index(&root->caps, i);
    recount_step();
    assert_int_equal(thread_count(), 1);
}
