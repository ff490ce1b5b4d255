// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/mem/frame.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Mappings, case by case: rights, depth, splitting, replacing, granting, budgets, refusals.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <l4/abi/item.h>
#include <l4/abi/layout.h>
#include <l4/abi/ops.h>

#include "kernel/mem/frame.h"
#include "kernel/base/cpu_local.h"
#include "support/cpu.h"
#include "support/maps.h"
#include "support/ram.h"

#define A     (&maps_space[0])
#define B     (&maps_space[1])
#define C     (&maps_space[2])
#define MEM   UINT64_C(0x40000000) // memory that is mapped; never touched
#define LARGE LARGE_PAGE_SIZE
#define RW    (L4_READ | L4_WRITE)
#define RX    (L4_READ | L4_EXEC)

static int pool(void **state)
{
    (void)state;
    ram_init_pool(4096);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    maps_begin(1 << 24);
    cpu_local()->cr3 = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    maps_end();
    return 0;
}

static enum l4_error device(struct vspace *vs, uint64_t va, uint64_t from, uint64_t bytes)
{
    uint64_t done;

    return map_physical(vs, va, paddr(from), bytes, RW, L4_CACHE_UC, &maps_via, &done);
}

static void ram(struct vspace *vs, uint64_t va, uint64_t from, uint64_t bytes, unsigned rights)
{
    while (bytes > 0) {
        uint64_t done;

        assert_int_equal(map_physical(vs, va, paddr(from), bytes, rights, L4_CACHE_WB, NULL, &done), L4_OK);
        va += done;
        from += done;
        bytes -= done;
    }
}

static enum l4_error map(struct vspace *from, uint64_t source, struct vspace *to, uint64_t target,
                         uint64_t bytes, unsigned rights)
{
    enum l4_error err;

    maps_map((struct map_request){from, source, to, target, bytes, rights, false}, &err);
    maps_check();
    return err;
}

static enum l4_error grant(struct vspace *from, uint64_t source, struct vspace *to, uint64_t target,
                           unsigned rights)
{
    enum l4_error err;

    maps_map((struct map_request){from, source, to, target, PAGE_SIZE, rights, true}, &err);
    maps_check();
    return err;
}

static bool mapped(struct vspace *vs, uint64_t va)
{
    struct leaf l;

    return vspace_find(vs, va, &l);
}

static pte_t entry(struct vspace *vs, uint64_t va)
{
    struct leaf l;

    assert_true(vspace_find(vs, va, &l));
    return *l.pte;
}

static unsigned depth(struct vspace *vs, uint64_t va)
{
    struct leaf l;

    assert_true(vspace_find(vs, va, &l));
    return node_depth(l.node);
}

static void rights_only_shrink(void **state)
{
    (void)state;
    assert_int_equal(device(A, 0x10000, MEM, PAGE_SIZE), L4_OK);
    assert_int_equal(map(A, 0x10000, B, 0x20000, PAGE_SIZE, L4_RWX), L4_OK);
    assert_int_equal(pte_rights(entry(B, 0x20000)), RW);
    assert_int_equal(map(B, 0x20000, C, 0x30000, PAGE_SIZE, L4_READ), L4_OK);
    assert_int_equal(map(C, 0x30000, A, 0x40000, PAGE_SIZE, L4_RWX), L4_OK);
    assert_int_equal(pte_rights(entry(A, 0x40000)), L4_READ);
    assert_true(pte_is_device(entry(A, 0x40000)));
    assert_int_equal(pte_cache(entry(A, 0x40000), 1), L4_CACHE_UC);
}

// RAM from boot is given on as executable, though its first holder cannot execute it; then never again.
static void first_holder_gives_execution(void **state)
{
    (void)state;
    ram(A, 0x10000, MEM, PAGE_SIZE, RW);
    assert_int_equal(pte_rights(entry(A, 0x10000)), RW);
    assert_int_equal(map(A, 0x10000, B, 0x10000, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(map(B, 0x10000, C, 0x10000, PAGE_SIZE, L4_RWX), L4_OK);
    assert_int_equal(pte_rights(entry(C, 0x10000)), RW);
    assert_int_equal(map(A, 0x10000, C, 0x20000, PAGE_SIZE, RX), L4_OK);
    assert_int_equal(pte_rights(entry(C, 0x20000)), RX);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    ram(A, 0x10000, MEM, PAGE_SIZE, RW);
    for (unsigned i = 0; i < MAP_DEPTH_MAX; i++) {
        assert_int_equal(map(A, 0x10000 + i * PAGE_SIZE, A, 0x11000 + i * PAGE_SIZE, PAGE_SIZE, RW), L4_OK);
        assert_int_equal(depth(A, 0x11000 + i * PAGE_SIZE), i + 1);
    }
    assert_int_equal(map(A, 0x1f000, B, 0x10000, PAGE_SIZE, RW), L4_ERR_DEPTH);
    assert_false(mapped(B, 0x10000));
    maps_unmap(A, 0x10000, PAGE_SIZE, L4_UNMAP_DERIVED, 0);
    assert_int_equal(map_count(), 1);
}

static void holes_and_wrong_places_are_refused(void **state)
{
    (void)state;
    ram(A, 0x10000, MEM, PAGE_SIZE, RW);
    ram(A, 0x11000, MEM + 0x1000, PAGE_SIZE, RW);
    assert_int_equal(map(A, 0x12000, B, 0x10000, PAGE_SIZE, RW), L4_ERR_RANGE);
    assert_int_equal(map(A, 0x10000, A, 0x10000, PAGE_SIZE, RW), L4_ERR_EXISTS);
    assert_int_equal(map(A, 0x10000, A, 0x11000, PAGE_SIZE, RW), L4_ERR_EXISTS);
    assert_int_equal(pte_address(entry(A, 0x11000)).v, MEM + 0x1000);
    assert_int_equal(device(A, 0x10000, MEM, PAGE_SIZE), L4_ERR_EXISTS);
}

static void replacing_follows_the_source(void **state)
{
    (void)state;
    ram(A, 0x10000, MEM, PAGE_SIZE, RW);
    assert_int_equal(map(A, 0x10000, B, 0x10000, PAGE_SIZE, L4_READ), L4_OK);
    assert_int_equal(map(B, 0x10000, C, 0x10000, PAGE_SIZE, L4_READ), L4_OK);
    /* the same again changes nothing, more rights replace it and what came from it */
    assert_int_equal(map(A, 0x10000, B, 0x10000, PAGE_SIZE, L4_READ), L4_OK);
    assert_true(mapped(C, 0x10000));
    assert_int_equal(map(A, 0x10000, B, 0x10000, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(pte_rights(entry(B, 0x10000)), RW);
    assert_false(mapped(C, 0x10000));
    /* never what the source may come from */
    assert_int_equal(map(B, 0x10000, C, 0x10000, PAGE_SIZE, L4_READ), L4_OK);
    assert_int_equal(map(C, 0x10000, B, 0x10000, PAGE_SIZE, RW), L4_ERR_EXISTS);
    assert_int_equal(map(C, 0x10000, A, 0x10000, PAGE_SIZE, RW), L4_ERR_EXISTS);
    assert_int_equal(pte_rights(entry(B, 0x10000)), RW);
}

static void unmap_takes_what_was_asked(void **state)
{
    (void)state;
    ram(A, 0x10000, MEM, 2 * PAGE_SIZE, RW);
    assert_int_equal(map(A, 0x10000, B, 0x10000, 2 * PAGE_SIZE, RW), L4_OK);
    assert_int_equal(map(B, 0x10000, C, 0x10000, 2 * PAGE_SIZE, RW), L4_OK);
    maps_unmap(B, 0x10000, PAGE_SIZE, L4_UNMAP_DERIVED, 0);
    assert_true(mapped(B, 0x10000) && !mapped(C, 0x10000) && mapped(C, 0x11000));
    maps_unmap(B, 0x11000, PAGE_SIZE, L4_UNMAP_OWN, 0);
    assert_true(mapped(A, 0x11000) && !mapped(B, 0x11000) && !mapped(C, 0x11000));
    maps_unmap(A, 0, L4_USER_END, L4_UNMAP_ALL, 0);
    assert_int_equal(map_count(), 0);
}

static void narrowing_reaches_all_derived(void **state)
{
    (void)state;
    ram(A, 0x10000, MEM, PAGE_SIZE, RW);
    assert_int_equal(map(A, 0x10000, B, 0x10000, PAGE_SIZE, L4_RWX), L4_OK);
    assert_int_equal(map(B, 0x10000, C, 0x10000, PAGE_SIZE, L4_RWX), L4_OK);
    maps_unmap(A, 0x10000, PAGE_SIZE, L4_UNMAP_DERIVED, RX);
    assert_int_equal(pte_rights(entry(A, 0x10000)), RW);
    assert_int_equal(pte_rights(entry(B, 0x10000)), RX);
    assert_int_equal(pte_rights(entry(C, 0x10000)), RX);
    maps_check();
    /* one's own alone: what came from it cannot keep more */
    maps_unmap(B, 0x10000, PAGE_SIZE, L4_UNMAP_OWN, L4_READ);
    assert_int_equal(pte_rights(entry(B, 0x10000)), L4_READ);
    assert_int_equal(pte_rights(entry(C, 0x10000)), L4_READ);
    maps_check();
}

static void grant_moves_with_all_derived(void **state)
{
    (void)state;
    ram(A, 0x10000, MEM, PAGE_SIZE, RW);
    assert_int_equal(map(A, 0x10000, B, 0x10000, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(map(B, 0x10000, C, 0x10000, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(map(C, 0x10000, C, 0x11000, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(grant(B, 0x10000, A, 0x20000, RW), L4_OK);
    assert_false(mapped(B, 0x10000));
    assert_int_equal(depth(A, 0x20000), 1);
    assert_int_equal(depth(C, 0x11000), 3);
    assert_int_equal(grant(A, 0x20000, A, 0x10000, RW), L4_ERR_EXISTS);
    /* with fewer rights: nothing derived keeps more */
    assert_int_equal(grant(A, 0x20000, B, 0x20000, L4_READ), L4_OK);
    assert_int_equal(pte_rights(entry(C, 0x10000)), L4_READ);
    assert_int_equal(pte_rights(entry(C, 0x11000)), L4_READ);
    maps_unmap(A, 0x10000, PAGE_SIZE, L4_UNMAP_DERIVED, 0);
    assert_int_equal(map_count(), 1);
}

static void large_pages_map_as_they_are(void **state)
{
    struct leaf l;

    (void)state;
    ram(A, 0, MEM, 2 * LARGE, RW);
    assert_int_equal(map_count(), 2);
    assert_int_equal(map(A, 0, B, 4 * LARGE, LARGE, RW), L4_OK);
    assert_true(vspace_find(B, 4 * LARGE + 0x5000, &l));
    assert_int_equal(l.level, 2);
    assert_int_equal(l.va, 4 * LARGE);
    /* a piece of a large page goes with the whole of it */
    maps_unmap(B, 4 * LARGE + 0x5000, PAGE_SIZE, L4_UNMAP_ALL, 0);
    assert_false(mapped(B, 4 * LARGE));
}

static void smaller_ones_split_the_source(void **state)
{
    struct leaf l;

    (void)state;
    ram(A, 0, MEM, LARGE, RW);
    assert_int_equal(map(A, 0, B, LARGE, LARGE, RW), L4_OK);
    assert_int_equal(map(B, LARGE, C, LARGE, LARGE, L4_READ), L4_OK);
    assert_int_equal(map(B, LARGE + 0x3000, C, 0x1000, PAGE_SIZE, RW), L4_OK);
    /* the holder of the large page derived from it faults again */
    assert_false(mapped(C, LARGE));
    assert_true(vspace_find(A, 0, &l) && l.level == 2);
    assert_true(mapped(C, 0x1000));
}

static void small_pages_are_in_the_way(void **state)
{
    struct leaf l;

    (void)state;
    ram(A, 0, MEM, LARGE, RW);
    ram(A, LARGE + 0x5000, MEM + 2 * LARGE, PAGE_SIZE, RW);
    /* where one small page is, others go; what takes its place is found in the way itself */
    assert_int_equal(device(A, LARGE, MEM, LARGE), L4_OK);
    assert_true(vspace_find(A, LARGE, &l) && l.level == 1);
    maps_unmap(A, LARGE, LARGE, L4_UNMAP_ALL, 0);
    /* without them there is no table any more, and the page stays as large as it is */
    assert_int_equal(map(A, 0, A, LARGE, LARGE, RW), L4_OK);
    assert_true(vspace_find(A, LARGE, &l) && l.level == 2);
}

static void write_combining_is_for_small_pages(void **state)
{
    uint64_t done;
    struct leaf l;

    (void)state;
    assert_int_equal(map_physical(A, 0, paddr(MEM), LARGE, RW, L4_CACHE_WC, &maps_via, &done), L4_OK);
    assert_int_equal(done, MAP_BATCH * PAGE_SIZE);
    assert_true(vspace_find(A, 0, &l));
    assert_int_equal(l.level, 1);
    assert_int_equal(pte_cache(*l.pte, 1), L4_CACHE_WC);
}

// 300 mappings of one page: each call gets on by a batch, and the last one says so.
static void budget_ends_a_call(void **state)
{
    uint64_t done;
    unsigned calls = 1;

    (void)state;
    ram(A, 0, MEM, PAGE_SIZE, RW);
    for (unsigned i = 0; i < 300; i++)
        assert_int_equal(map(A, 0, B, i * PAGE_SIZE, PAGE_SIZE, RW), L4_OK);
    while (!unmap_range(A, 0, PAGE_SIZE, L4_UNMAP_DERIVED, L4_READ, &done)) {
        assert_int_equal(done, 0);
        calls++;
    }
    assert_int_equal(calls, 300 / (MAP_BATCH - 1) + 1);
    maps_check();
    calls = 1;
    while (!unmap_range(A, 0, PAGE_SIZE, L4_UNMAP_ALL, 0, &done)) {
        assert_int_equal(map_count(), 301 - calls * (MAP_BATCH - 1));
        calls++;
    }
    assert_int_equal(map_count(), 0);
    assert_int_equal(calls, 300 / (MAP_BATCH - 1) + 1);
}

static void quota_pays_for_tables(void **state)
{
    uint64_t used = maps_quota[1].used;

    (void)state;
    ram(A, 0, MEM, PAGE_SIZE, RW);
    for (unsigned pages = 0; pages < 4; pages++) {
        maps_quota[1].limit = used + pages * PAGE_SIZE;
        assert_int_equal(map(A, 0, B, 0, PAGE_SIZE, RW), L4_ERR_QUOTA);
        assert_false(mapped(B, 0));
    }
    maps_quota[1].limit = used + 4 * PAGE_SIZE;
    assert_int_equal(map(A, 0, B, 0, PAGE_SIZE, RW), L4_OK);
}

static void splitting_costs_the_source(void **state)
{
    uint64_t used;

    (void)state;
    ram(A, 0, MEM, LARGE, RW);
    used = maps_quota[0].used;
    for (unsigned pages = 0; pages < 3; pages++) {
        maps_quota[0].limit = used + pages * PAGE_SIZE;
        assert_int_equal(map(A, 0x1000, B, 0, PAGE_SIZE, RW), L4_ERR_QUOTA);
        assert_int_equal(map_count(), 1);
    }
    maps_quota[0].limit = used + 3 * PAGE_SIZE;
    assert_int_equal(map(A, 0x1000, B, 0, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(map_count(), 513);
}

static void stale_translations_are_dropped(void **state)
{
    (void)state;
    ram(A, 0x10000, MEM, PAGE_SIZE, RW);
    assert_int_equal(map(A, 0x10000, B, 0x20000, PAGE_SIZE, RW), L4_OK);
    cpu_local()->cr3 = B->root[0].v;
    tlb_flushes = 0;
    maps_unmap(A, 0x10000, PAGE_SIZE, L4_UNMAP_DERIVED, L4_READ);
    assert_int_equal(tlb_flushes, 1);
    assert_int_equal(tlb_last, 0x20000);
    maps_unmap(A, 0x10000, PAGE_SIZE, L4_UNMAP_ALL, 0);
    assert_int_equal(tlb_flushes, 2);
}

static uint64_t watched[2]; // pages that came, that went

static void watch(struct vspace *vs, uint64_t va, uint64_t bytes, bool present, bool was_present)
{
    assert_ptr_equal(vs, B);
    assert_in_range(va, LARGE, 2 * LARGE - 1);
    assert_true(bytes == PAGE_SIZE || (bytes == LARGE && present && !was_present));
    watched[0] += bytes / PAGE_SIZE * (present && !was_present);
    watched[1] += !present && was_present;
}

static void watcher_sees_each_small_page(void **state)
{
    (void)state;
    watched[0] = watched[1] = 0;
    B->watch = watch;
    B->watch_begin = LARGE;
    B->watch_end = 2 * LARGE;
    ram(A, 0, MEM, 3 * LARGE, RW);
    assert_int_equal(map(A, 0, B, 0, 3 * LARGE, RW), L4_OK);
    assert_int_equal(watched[0], 0);
    assert_int_equal(map(B, LARGE, C, 0x1000, PAGE_SIZE, RW), L4_OK); /* splits */
    assert_int_equal(watched[0], 512);
    maps_unmap(B, 0, 3 * LARGE, L4_UNMAP_ALL, 0);
    assert_int_equal(watched[1], 512);
}

// A small page out of a large one, at a place without tables: whatever the quota of either lacks, nothing is
// split, made or charged before all of it is there.
static void without_memory_nothing_changes(void **state)
{
    unsigned refused = 0;

    (void)state;
    ram(A, LARGE, MEM, LARGE, RW);
    for (unsigned i = 0; i < 2; i++) {
        struct quota *q = &maps_quota[i];
        uint64_t limit = q->limit;
        uint64_t used[2] = {maps_quota[0].used, maps_quota[1].used};

        for (q->limit = q->used; map(A, LARGE, B, LARGE, PAGE_SIZE, RW) == L4_ERR_QUOTA;
             q->limit += PAGE_SIZE) {
            assert_int_equal(maps_quota[0].used, used[0]);
            assert_int_equal(maps_quota[1].used, used[1]);
            assert_int_equal(map_count(), 1);
            refused++;
        }
        assert_true(mapped(B, LARGE));
        q->limit = limit;
        maps_end();
        maps_begin(1 << 24);
        ram(A, LARGE, MEM, LARGE, RW);
    }
    // table and two pages of nodes at the source; two tables below the top level, one of entries, nodes
    assert_int_equal(refused, 3 + 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(rights_only_shrink),
        TEST(first_holder_gives_execution),
        TEST(depth_is_bounded),
        TEST(holes_and_wrong_places_are_refused),
        TEST(replacing_follows_the_source),
        TEST(unmap_takes_what_was_asked),
        TEST(narrowing_reaches_all_derived),
        TEST(grant_moves_with_all_derived),
        TEST(large_pages_map_as_they_are),
        TEST(smaller_ones_split_the_source),
        TEST(small_pages_are_in_the_way),
        TEST(write_combining_is_for_small_pages),
        TEST(budget_ends_a_call),
        TEST(quota_pays_for_tables),
        TEST(splitting_costs_the_source),
        TEST(stale_translations_are_dropped),
        TEST(watcher_sees_each_small_page),
        TEST(without_memory_nothing_changes),
    };

    return cmocka_run_group_tests(tests, pool, NULL);
}
