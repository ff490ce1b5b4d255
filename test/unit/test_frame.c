// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/map_pool.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/mem/frame.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Ranges added to the page pool: what of a space's memory may go there, that it leaves the space, that every
// usable page of it is given out once, and the bounds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <l4/abi/item.h>
#include <l4/abi/layout.h>
#include <l4/abi/ops.h>

#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"
#include "kernel/base/cpu_local.h"
#include "support/cpu.h"
#include "support/maps.h"
#include "support/ram.h"

#define A      (&maps_space[0])
#define B      (&maps_space[1])
#define AT     UINT64_C(0x40000000)
#define PAGES  200  // of the boot range
#define RAM    4096 // pages of all RAM: the pool lies at its end
#define RW     (L4_READ | L4_WRITE)
#define LARGE  LARGE_PAGE_SIZE
#define DEVICE UINT64_C(0xfe000000)

static uint64_t spare = RAM_BASE; // RAM from here on is nobody's yet

static int pool(void **state)
{
    (void)state;
    ram_init(RAM);
    frame_pool_init(npages(PAGES));
    return 0;
}

static int begin(void **state)
{
    (void)state;
    maps_begin(1 << 24);
    cpu_local()->cr3 = 0;
    return 0;
}

// The spaces end; what was added to the pool stays there, so the free pages are not those of the beginning.
static void end(void)
{
    for (unsigned i = 0; i < MAPS_SPACES; i++) {
        unsigned budget = UINT32_MAX;

        assert_int_equal(maps_space[i].mapped, 0);
        assert_true(vspace_fini_step(&maps_space[i], &budget));
        assert_int_equal(maps_quota[i].used, 0);
    }
    assert_int_equal(frame_pool_free().v, frame_pool_size().v);
}

// So many pages, and one behind them that is not given away here.
static uint64_t more_ram(uint64_t pages)
{
    uint64_t at = spare;

    spare = at + (pages + 1) * PAGE_SIZE;
    assert_true(spare <= RAM_BASE + (RAM - 2 * PAGES) * PAGE_SIZE);
    return at;
}

static void map(struct vspace *vs, uint64_t va, uint64_t from, uint64_t bytes, unsigned rights, bool device)
{
    while (bytes > 0) {
        uint64_t done;

        assert_int_equal(map_physical(vs, va, paddr(from), bytes, rights, device ? L4_CACHE_UC : L4_CACHE_WB,
                                      device ? &maps_via : NULL, &done),
                         L4_OK);
        va += done;
        from += done;
        bytes -= done;
    }
}

static void unmap(struct vspace *vs, uint64_t va, uint64_t bytes)
{
    maps_unmap(vs, va, bytes, L4_UNMAP_ALL, 0);
}

static enum l4_error add(uint64_t va, uint64_t bytes, unsigned *range, uint64_t *done)
{
    return map_to_pool(A, va, bytes, range, done);
}

// Nothing has changed but for the answer.
static void refused(uint64_t va, uint64_t bytes, enum l4_error expected)
{
    uint64_t mapped = A->mapped;
    uint64_t size = frame_pool_size().v;
    uint64_t done;
    unsigned range;

    assert_int_equal(add(va, bytes, &range, &done), expected);
    assert_int_equal(A->mapped, mapped);
    assert_int_equal(frame_pool_size().v, size);
}

static void only_plain_memory_of_its_own(void **state)
{
    uint64_t done;

    (void)state;
    refused(AT, 16 * PAGE_SIZE, L4_ERR_RANGE); // nothing there
    map(A, AT, more_ram(16), 15 * PAGE_SIZE, RW, false);
    refused(AT, 16 * PAGE_SIZE, L4_ERR_RANGE); // a page too few
    refused(AT, 15 * PAGE_SIZE, L4_ERR_RANGE);
    map(A, AT + 15 * PAGE_SIZE, spare, PAGE_SIZE, RW, false);
    refused(AT, 16 * PAGE_SIZE, L4_ERR_RANGE); // not side by side
    unmap(A, AT + 15 * PAGE_SIZE, PAGE_SIZE);
    map(A, AT + 15 * PAGE_SIZE, spare - 2 * PAGE_SIZE, PAGE_SIZE, L4_READ, false);
    refused(AT, 16 * PAGE_SIZE, L4_ERR_RIGHTS); // read-only
    unmap(A, AT, 16 * PAGE_SIZE);
    map(A, AT, DEVICE, 16 * PAGE_SIZE, RW, true);
    refused(AT, 16 * PAGE_SIZE, L4_ERR_RIGHTS); // a device
    unmap(A, AT, 16 * PAGE_SIZE);
    map(B, AT, spare, 16 * PAGE_SIZE, RW, false);
    assert_int_equal(map_range(&(struct map_request){B, AT, A, AT, 16 * PAGE_SIZE, RW, false}, &done), L4_OK);
    refused(AT, 16 * PAGE_SIZE, L4_ERR_STATE); // derived
    unmap(A, AT, 16 * PAGE_SIZE);
    map(A, AT + LARGE, 0x80000000, LARGE, RW, false);
    assert_int_equal(
        map_range(&(struct map_request){A, AT + LARGE, B, AT + LARGE, LARGE, L4_READ, false}, &done), L4_OK);
    refused(AT + LARGE, LARGE, L4_ERR_STATE); // somebody derived from it
    refused(AT + LARGE, LARGE - PAGE_SIZE, L4_ERR_ALIGN);
    refused(AT + LARGE + PAGE_SIZE, LARGE, L4_ERR_ALIGN);
    unmap(A, AT + LARGE, LARGE);
    unmap(B, AT, 16 * PAGE_SIZE);
    end();
}

static void pages_leave_and_come_out_once(void **state)
{
    enum { COUNT = MAP_BATCH + 2, FIT = MAP_BATCH, USABLE = FIT - 1 };
    static paddr_t taken[PAGES + USABLE];
    uint64_t base = more_ram(COUNT);
    uint64_t before = frame_pool_size().v;
    uint64_t used = maps_quota[0].used;
    uint64_t done;
    unsigned range, all;
    paddr_t p;

    (void)state;
    map(A, AT, base, COUNT * PAGE_SIZE, RW, false);
    // adding needs no memory: it is wanted when there is none
    for (all = 0; frame_alloc(&taken[all]); all++)
        assert_true(all < PAGES);
    assert_int_equal(add(AT, COUNT * PAGE_SIZE, &range, &done), L4_OK);
    while (all > 0)
        frame_free(taken[--all]);
    assert_int_equal(done, FIT * PAGE_SIZE);
    assert_int_equal(A->mapped, COUNT - FIT);
    assert_true(maps_quota[0].used > used);
    maps_check();
    // not before it is opened
    assert_int_equal(frame_pool_size().v, before);
    assert_false(frame_is_pool(paddr(base + PAGE_SIZE)));
    assert_int_equal(frame_range_size(range).v, USABLE);
    frame_range_open(range);
    assert_int_equal(frame_pool_size().v, before + USABLE);
    assert_false(frame_is_pool(paddr(base)));
    assert_true(frame_is_pool(paddr(base + PAGE_SIZE)));
    assert_true(frame_is_pool(paddr(base + USABLE * PAGE_SIZE)));
    assert_false(frame_is_pool(paddr(base + FIT * PAGE_SIZE)));
    all = (unsigned)frame_pool_free().v;
    assert_true(all <= PAGES + USABLE);
    for (unsigned i = 0; i < all; i++) {
        assert_true(frame_alloc(&taken[i]));
        frame_of(taken[i])->a = i;
        memset(phys_window(taken[i]), (int)i, PAGE_SIZE);
    }
    assert_false(frame_alloc(&p));
    assert_int_equal(frame_pool_free().v, 0);
    for (unsigned i = 0; i < all; i++) {
        const uint8_t *page = phys_window(taken[i]);

        assert_int_equal(frame_of(taken[i])->a, i);
        assert_int_equal(page[0], (uint8_t)i);
        assert_int_equal(page[PAGE_SIZE - 1], (uint8_t)i);
        frame_free(taken[i]);
    }
    assert_int_equal(frame_pool_free().v, all);
    unmap(A, AT, COUNT * PAGE_SIZE);
    end();
}

// With another CPU the range is opened, and the quota raised, once that one has dropped what it knew.
static void a_range_waits_for_the_other_cpu(void **state)
{
    uint64_t base = more_ram(FRAME_RANGE_LEAST);
    uint64_t size = frame_pool_size().v;
    uint64_t more = FRAME_RANGE_LEAST - 1;
    struct quota root = {.limit = PAGE_SIZE};
    uint64_t number;
    uint64_t done;
    unsigned range;

    (void)state;
    cpu_pretend(0, 3);
    map(A, AT, base, FRAME_RANGE_LEAST * PAGE_SIZE, RW, false);
    assert_int_equal(add(AT, FRAME_RANGE_LEAST * PAGE_SIZE, &range, &done), L4_OK);
    assert_int_equal(done, FRAME_RANGE_LEAST * PAGE_SIZE);
    number = frame_range_retire(range, &root);
    assert_true(frame_retired() != ROUND_NONE);
    assert_false(round_done(number)); // nor does the caller go on
    assert_true(frame_reclaim(1));
    assert_int_equal(frame_pool_size().v, size);
    assert_int_equal(root.limit, PAGE_SIZE);
    cpu_quiescent(1);
    cpu_quiescent(0);
    assert_true(round_done(number));
    assert_true(frame_reclaim(1));
    assert_int_equal(frame_pool_size().v, size + more);
    assert_int_equal(root.limit, (1 + more) * PAGE_SIZE);
    assert_true(frame_retired() == ROUND_NONE);
    assert_true(frame_reclaim(1));
    assert_int_equal(frame_pool_size().v, size + more); // once
    cpu_pretend(0, 1);
    end();
}

static void ranges_are_bounded(void **state)
{
    unsigned range, count = 0;
    uint64_t base = more_ram((FRAME_RANGES + 1) * FRAME_RANGE_LEAST);
    uint64_t step = FRAME_RANGE_LEAST * PAGE_SIZE;
    uint64_t size = frame_pool_size().v;

    (void)state;
    // notes hold the numbers of frames in 32 bits
    assert_false(frame_range_add(paddr(UINT64_C(1) << 44), npages(FRAME_RANGE_LEAST), &range));
    while (frame_range_add(paddr(base + count * step), npages(FRAME_RANGE_LEAST), &range)) {
        assert_int_equal(frame_range_size(range).v, FRAME_RANGE_LEAST - 1);
        frame_range_open(range);
        count++;
    }
    assert_int_equal(count, FRAME_RANGES - 2); // two were added before
    assert_int_equal(frame_pool_size().v, size + count * (FRAME_RANGE_LEAST - 1));
    map(A, AT, base + count * step, step, RW, false);
    refused(AT, step, L4_ERR_LIMIT);
    assert_int_equal(A->mapped, FRAME_RANGE_LEAST);
    unmap(A, AT, step);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_plain_memory_of_its_own, begin),
        cmocka_unit_test_setup(pages_leave_and_come_out_once, begin),
        cmocka_unit_test_setup(a_range_waits_for_the_other_cpu, begin),
        cmocka_unit_test_setup(ranges_are_bounded, begin),
    };

    return cmocka_run_group_tests(tests, pool, NULL);
}
