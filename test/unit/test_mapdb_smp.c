// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/mem/frame.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Page tables with several CPUs: a top-level table for each, and who has to drop translations before an
// operation is over. One host thread plays all CPUs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <l4/abi/item.h>
#include <l4/abi/layout.h>
#include <l4/abi/ops.h>

#include "kernel/arch/smp.h"
#include "kernel/base/cpu_local.h"
#include "kernel/map/table.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/cpus.h"
#include "kernel/smp/round.h"
#include "support/cpu.h"
#include "support/maps.h"
#include "support/ram.h"

#define A   (&maps_space[0])
#define B   (&maps_space[1])
#define MEM UINT64_C(0x40000000)
#define RW  (L4_READ | L4_WRITE)

static int pool(void **state)
{
    (void)state;
    ram_init_pool(4096);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    cpu_pretend(0, 1);
    maps_begin(1 << 24);
    cpu_pretend(0, 7);
    (void)round_begin();
    for (unsigned cpu = 0; cpu < 3; cpu++)
        cpu_quiescent(cpu);
    cpu_local()->cr3 = 0;
    cpu_local()->flush_mask = 0;
    cpu_local()->flush_round = ROUND_NONE;
    return 0;
}

// The CPUs that have been told to drop translations and have not yet.
static uint64_t told(void)
{
    uint64_t mask = 0;

    for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
        mask |= (uint64_t)(atomic_load(&cpu_shared[cpu].flush) != 0) << cpu;
    return mask;
}

// The operation is over for the caller when round NUMBER is, and not before.
static void passes(uint64_t number)
{
    assert_int_equal(number, round_next());
    round_start(number);
    for (unsigned cpu = 3; cpu-- > 0;) {
        assert_false(round_done(number));
        cpu_quiescent(cpu);
    }
    assert_true(round_done(number));
    assert_int_equal(told(), 0);
}

static int end(void **state)
{
    (void)state;
    cpu_pretend(0, 1);
    assert_true(frame_reclaim(10000));
    maps_end();
    return 0;
}

static void on_cpu(unsigned cpu, struct vspace *vs)
{
    cpu_pretend(cpu, 7);
    vspace_enter(vs);
    cpu_pretend(0, 7);
}

static void ram(struct vspace *vs, uint64_t va, unsigned pages)
{
    uint64_t done;

    assert_int_equal(map_physical(vs, va, paddr(MEM), pages * PAGE_SIZE, RW, L4_CACHE_WB, NULL, &done),
                     L4_OK);
    assert_int_equal(done, pages * PAGE_SIZE);
}

static bool derive(uint64_t from, uint64_t to, unsigned pages)
{
    struct map_request r = {A, from, B, to, pages * PAGE_SIZE, RW, false};
    enum l4_error err;

    return maps_map(r, &err) == r.bytes;
}

// Only those that were on the space, told before the lock is let go, and only when something goes.
static void only_those_who_may_hold_it_flush(void **state)
{
    uint64_t done;

    (void)state;
    on_cpu(0, A);
    on_cpu(2, A);
    ram(A, MAPS_BASE, 3);
    assert_int_equal(map_flush_finish(), ROUND_NONE);
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_ALL, 0, &done));
    assert_int_equal(cpu_local()->flush_mask, 0);
    assert_int_equal(told(), 4);
    passes(map_flush_finish());
    assert_int_equal(map_flush_finish(), ROUND_NONE);
    assert_true(unmap_range(A, MAPS_BASE + PAGE_SIZE, PAGE_SIZE, L4_UNMAP_ALL, L4_READ, &done));
    assert_int_equal(told(), 4);
    passes(map_flush_finish());
    /* nothing was there, and the round of what went before is over */
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_ALL, 0, &done));
    assert_int_equal(told(), 0);
    assert_int_equal(map_flush_finish(), ROUND_NONE);
}

// Whoever finds the entries gone may find them gone just now: nobody is told, but the round of those that
// were told is waited for.
static void who_finds_nothing_waits_for_who_took_it(void **state)
{
    uint64_t number;
    uint64_t done;

    (void)state;
    on_cpu(2, A);
    ram(A, MAPS_BASE, 1);
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_ALL, 0, &done));
    number = map_flush_finish();
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_ALL, 0, &done));
    assert_int_equal(map_flush_finish(), number);
    passes(number);
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_ALL, 0, &done));
    assert_int_equal(map_flush_finish(), ROUND_NONE);
}

static void own_space_needs_nobody(void **state)
{
    uint64_t done;

    (void)state;
    on_cpu(0, A);
    ram(A, MAPS_BASE, 1);
    cpu_local()->cr3 = A->root[0].v;
    tlb_flushes = 0;
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_ALL, 0, &done));
    assert_int_equal(tlb_flushes, 1);
    assert_int_equal(tlb_last, MAPS_BASE);
    assert_int_equal(map_flush_finish(), ROUND_NONE);
}

// A derived mapping goes from a space that others are on; the operation is over when they have flushed.
static void round_ends_the_operation(void **state)
{
    uint64_t flushes = address_space_flushes;
    uint64_t number;
    uint64_t done;

    (void)state;
    on_cpu(1, B);
    on_cpu(2, B);
    ram(A, MAPS_BASE, 2);
    assert_true(derive(MAPS_BASE, MAPS_BASE, 2));
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_DERIVED, 0, &done));
    number = map_flush_finish();
    round_start(number);
    assert_false(round_done(number));
    cpu_quiescent(1);
    assert_int_equal(address_space_flushes, flushes + 1);
    assert_false(round_done(number));
    cpu_quiescent(2);
    assert_int_equal(address_space_flushes, flushes + 2);
    /* the own CPU is asked too: the entry in which the round began goes on */
    assert_false(round_done(number));
    cpu_quiescent(0);
    assert_true(round_done(number));
    assert_int_equal(address_space_flushes, flushes + 2);
    assert_int_equal(cpu_local_of(2)->cr3, cpu_local_of(2)->kernel_cr3);
}

static void kernel_addresses_concern_everybody(void **state)
{
    (void)state;
    spin_lock(&map_lock);
    map_flush_all();
    assert_int_equal(cpu_local()->flush_mask, 6);
    map_unlock();
    assert_int_equal(told(), 6);
    passes(map_flush_finish());
}

static void roots_equal(const struct vspace *vs, uint64_t mask)
{
    assert_int_equal(vs->roots, mask);
    for (unsigned cpu = 0; cpu < 4; cpu++) {
        assert_int_equal(vs->root[cpu].v != 0, mask >> cpu & 1);
        if (mask >> cpu & 1)
            assert_memory_equal(phys_window(vs->root[cpu]), phys_window(vs->top), PAGE_SIZE);
    }
}

static void finish(struct vspace *vs)
{
    unsigned budget = 1000;

    assert_true(vspace_fini_step(vs, &budget));
}

// Entries of the top level that come later stand in all of them, those that came before in new ones.
static void top_level_tables_agree(void **state)
{
    struct quota q = {.limit = 1 << 20};
    struct vspace vs = {0};
    uint64_t used;

    (void)state;
    assert_int_equal(vspace_init(&vs, &q, 5), L4_OK);
    assert_int_equal(q.used, 2 * PAGE_SIZE);
    ram(&vs, UINT64_C(1) << 39, 1);
    roots_equal(&vs, 5);
    used = q.used;
    assert_int_equal(vspace_add_cpus(&vs, 7), L4_OK);
    assert_int_equal(q.used, used + PAGE_SIZE);
    ram(&vs, UINT64_C(5) << 39, 1);
    roots_equal(&vs, 7);
    while (!unmap_all_step(&vs))
        ;
    cpu_pretend(0, 1);
    finish(&vs);
    assert_int_equal(q.used, 0);
}

// Tables of CPUs that leave go after a round; the one that stands for all is none of them.
static void roots_go_and_come_back(void **state)
{
    struct quota q = {.limit = 1 << 20};
    struct vspace vs = {0};
    uint64_t used;

    (void)state;
    assert_int_equal(vspace_init(&vs, &q, 7), L4_OK);
    ram(&vs, UINT64_C(1) << 39, 1);
    used = q.used;
    assert_int_equal(vs.top.v, vs.root[0].v);
    vspace_drop_cpus(&vs, ~UINT64_C(4));
    roots_equal(&vs, 4);
    assert_int_equal(vs.top.v, vs.root[2].v);
    assert_int_equal(told(), 2);
    assert_int_equal(q.used, used);
    cpu_pretend(0, 1);
    (void)frame_reclaim(10);
    assert_int_equal(q.used, used - 2 * PAGE_SIZE);
    ram(&vs, UINT64_C(5) << 39, 1);
    assert_int_equal(vspace_add_cpus(&vs, 2), L4_OK);
    roots_equal(&vs, 6);
    while (!unmap_all_step(&vs))
        ;
    finish(&vs);
    assert_int_equal(q.used, 0);
}

static void unpaid_roots_leave_nothing(void **state)
{
    struct quota q = {.limit = 2 * PAGE_SIZE};
    struct vspace vs = {0};
    uint64_t frames = frame_pool_free().v;

    (void)state;
    assert_int_equal(vspace_init(&vs, &q, 7), L4_ERR_QUOTA);
    assert_int_equal(q.used, 0);
    assert_int_equal(frame_pool_free().v, frames);
    assert_int_equal(vspace_init(&vs, &q, 2), L4_OK);
    assert_int_equal(vspace_add_cpus(&vs, 7), L4_ERR_QUOTA);
    assert_int_equal(q.used, PAGE_SIZE);
    roots_equal(&vs, 2);
    assert_int_equal(frame_pool_free().v, frames - 1);
    assert_int_equal(vspace_add_cpus(&vs, 3), L4_OK);
    vspace_undo(&vs);
    assert_int_equal(q.used, 0);
}

// The top-level tables of a space that ends stay charged and unused until every CPU has left them.
static void tables_go_after_a_round(void **state)
{
    struct quota q = {.limit = 1 << 20};
    struct vspace vs = {0};
    uint64_t used = 3 * PAGE_SIZE;
    uint64_t frames;
    unsigned budget = 2;

    (void)state;
    assert_int_equal(vspace_init(&vs, &q, 7), L4_OK);
    frames = frame_pool_free().v;
    for (uint64_t i = 0; i < 20; i++)
        ram(&vs, i << 30, 1);
    while (!unmap_all_step(&vs))
        ;
    assert_int_equal(q.used, used);
    assert_int_equal(frame_pool_free().v, frames);
    on_cpu(1, &vs);
    assert_false(vspace_fini_step(&vs, &budget));
    assert_int_equal(budget, 0);
    budget = 2;
    assert_true(vspace_fini_step(&vs, &budget));
    assert_int_equal(q.used, used);
    assert_int_equal(frame_retired_bytes(&q), used);
    assert_int_equal(frame_pool_free().v, frames);
    round_start(frame_retired());
    cpu_quiescent(1);
    assert_true(frame_reclaim(1000));
    assert_int_equal(q.used, used);
    cpu_quiescent(2);
    assert_true(frame_reclaim(1000));
    assert_int_equal(q.used, used);
    cpu_quiescent(0);
    assert_true(frame_reclaim(1000));
    assert_int_equal(q.used, 0);
    assert_int_equal(frame_pool_free().v, frames + used / PAGE_SIZE);
}

// Page tables of a space that others are on go like pages: unlinked in every top-level table, but their
// memory and their charge stay until those have dropped what they keep of them.
static void tables_of_others_wait_for_them(void **state)
{
    struct quota q = {.limit = 1 << 20};
    struct vspace vs = {0};
    uint64_t frames;
    uint64_t done;
    const pte_t *table;

    (void)state;
    assert_int_equal(vspace_init(&vs, &q, 7), L4_OK);
    ram(&vs, UINT64_C(3) << 39, 1);
    assert_int_equal(q.used, 7 * PAGE_SIZE);
    frames = frame_pool_free().v;
    table = phys_window(pte_address(((pte_t *)phys_window(vs.top))[3]));
    on_cpu(1, &vs);
    assert_true(unmap_range(&vs, UINT64_C(3) << 39, PAGE_SIZE, L4_UNMAP_ALL, 0, &done));
    roots_equal(&vs, 7);
    assert_int_equal(((pte_t *)phys_window(vs.top))[3], 0);
    assert_int_equal(told(), 2);
    /* who follows it still finds nothing there; nodes, which no processor reads, are free */
    assert_int_equal(table[0], 0);
    assert_int_equal(q.used, 6 * PAGE_SIZE);
    assert_int_equal(frame_retired_bytes(&q), 3 * PAGE_SIZE);
    assert_int_equal(frame_pool_free().v, frames + 1);
    passes(map_flush_finish());
    assert_true(frame_reclaim(10));
    assert_int_equal(q.used, 3 * PAGE_SIZE);
    assert_int_equal(frame_pool_free().v, frames + 4);
    cpu_pretend(0, 1);
    finish(&vs);
}

// The space of nobody else: this CPU drops what it keeps, then the memory is free at once.
static void tables_of_ones_own_go_at_once(void **state)
{
    uint64_t used = maps_quota[0].used;
    uint64_t done;

    (void)state;
    on_cpu(0, A);
    ram(A, MAPS_BASE, 1);
    cpu_local()->cr3 = A->root[0].v;
    tlb_flushes = 0;
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_ALL, 0, &done));
    assert_int_equal(tlb_flushes, 1);
    assert_int_equal(maps_quota[0].used, used);
    assert_int_equal(frame_retired(), ROUND_NONE);
    assert_int_equal(map_flush_finish(), ROUND_NONE);
}

static void access_is_looked_up(void **state)
{
    struct l4_utcb *noted = NULL;
    uint64_t done;

    (void)state;
    ram(A, MAPS_BASE, 1);
    assert_true(vspace_access(A, MAPS_BASE + 5, RW));
    assert_false(vspace_access(A, MAPS_BASE, L4_EXEC));
    assert_false(vspace_access(A, MAPS_BASE + PAGE_SIZE, L4_READ));
    assert_ptr_equal(vspace_pin(A, MAPS_BASE + 1024, &noted), phys_window(paddr(MEM + 1024)));
    assert_ptr_equal(noted, phys_window(paddr(MEM + 1024)));
    assert_true(unmap_range(A, MAPS_BASE, PAGE_SIZE, L4_UNMAP_ALL, L4_READ, &done));
    assert_null(vspace_pin(A, MAPS_BASE, &noted));
    assert_false(vspace_access(A, MAPS_BASE, L4_WRITE));
}

static bool watched(struct vspace *vs)
{
    return vs->watch != NULL;
}

static void ignore(struct vspace *vs, uint64_t va, uint64_t bytes, bool present, bool was_present)
{
    (void)vs;
    (void)va;
    (void)bytes;
    (void)present;
    (void)was_present;
}

static void watcher_finds_nothing_there(void **state)
{
    const struct vspace_range ranges[] = {{MAPS_BASE, MAPS_BASE + PAGE_SIZE},
                                          {MAPS_BASE + 9 * PAGE_SIZE, MAPS_BASE + 10 * PAGE_SIZE}};

    (void)state;
    ram(A, MAPS_BASE + PAGE_SIZE, 1);
    ram(B, MAPS_BASE + 9 * PAGE_SIZE, 1);
    assert_true(vspace_watch_set(A, ranges, 2, ignore));
    assert_true(watched(A));
    assert_int_equal(A->watch_begin, ranges[0].begin);
    assert_int_equal(A->watch_end, ranges[1].end);
    assert_false(vspace_watch_set(B, ranges, 2, ignore));
    assert_false(watched(B));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(only_those_who_may_hold_it_flush),
        TEST(who_finds_nothing_waits_for_who_took_it),
        TEST(own_space_needs_nobody),
        TEST(round_ends_the_operation),
        TEST(kernel_addresses_concern_everybody),
        TEST(top_level_tables_agree),
        TEST(roots_go_and_come_back),
        TEST(unpaid_roots_leave_nothing),
        TEST(tables_go_after_a_round),
        TEST(tables_of_others_wait_for_them),
        TEST(tables_of_ones_own_go_at_once),
        TEST(access_is_looked_up),
        TEST(watcher_finds_nothing_there),
    };

    return cmocka_run_group_tests(tests, pool, NULL);
}
