// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/mem/frame.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Page tables and pages of nodes, case by case: they are there while something is mapped in them, and no
// longer; also when memory is short and most steps fail.
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
#include "support/maps.h"
#include "support/ram.h"
#include "support/random.h"

#define A     (&maps_space[0])
#define B     (&maps_space[1])
#define C     (&maps_space[2])
#define MEM   UINT64_C(0x40000000) // memory that is mapped; never touched
#define LARGE LARGE_PAGE_SIZE
#define RW    (L4_READ | L4_WRITE)

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

// Bytes of a space with nothing but its top-level table, and what one small page costs it.
enum { BARE = PAGE_SIZE, ONE = 4 * PAGE_SIZE };

static void tables_go_with_their_last_entry(void **state)
{
    (void)state;
    ram(A, 0, MEM, 4 * PAGE_SIZE, RW);
    assert_int_equal(map(A, 0, B, LARGE - PAGE_SIZE, 2 * PAGE_SIZE, RW), L4_OK);
    assert_int_equal(maps_quota[1].used, BARE + ONE + 2 * PAGE_SIZE);
    /* by the holder: the table of the second page and its nodes */
    maps_unmap(B, LARGE, PAGE_SIZE, L4_UNMAP_OWN, 0);
    maps_check();
    assert_int_equal(maps_quota[1].used, BARE + ONE);
    /* by who gave it, in every space it came to */
    assert_int_equal(map(B, LARGE - PAGE_SIZE, C, 5 * LARGE, PAGE_SIZE, RW), L4_OK);
    maps_unmap(A, PAGE_SIZE, PAGE_SIZE, L4_UNMAP_DERIVED, 0);
    assert_int_equal(maps_quota[1].used, BARE + ONE);
    maps_unmap(A, 0, PAGE_SIZE, L4_UNMAP_DERIVED, 0);
    assert_int_equal(maps_quota[1].used, BARE);
    assert_int_equal(maps_quota[2].used, BARE);
    assert_int_equal(maps_quota[0].used, BARE + ONE);
    /* granted away, one by one: the last takes the table along */
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(grant(A, i * PAGE_SIZE, C, LARGE * i, RW), L4_OK);
    assert_int_equal(maps_quota[0].used, BARE);
    assert_int_equal(maps_quota[2].used, BARE + ONE + 6 * PAGE_SIZE);
}

// One page of nodes for each half of a table, as long as something is mapped there.
static void nodes_go_with_their_half(void **state)
{
    (void)state;
    ram(A, 255 * PAGE_SIZE, MEM, 2 * PAGE_SIZE, RW);
    assert_int_equal(maps_quota[0].used, BARE + ONE + PAGE_SIZE);
    maps_unmap(A, 255 * PAGE_SIZE, PAGE_SIZE, L4_UNMAP_ALL, 0);
    maps_check();
    assert_int_equal(maps_quota[0].used, BARE + ONE);
    /* a large page that is split needs its own node no more, but both halves of its pieces' */
    ram(B, 0, MEM, LARGE, RW);
    assert_int_equal(maps_quota[1].used, BARE + 3 * PAGE_SIZE);
    assert_int_equal(map(B, 0, C, 0, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(maps_quota[1].used, BARE + 5 * PAGE_SIZE);
}

// What does not come about leaves no tables: source at the greatest depth, and more derived than a call
// removes.
static void refused_mappings_leave_nothing(void **state)
{
    struct map_request r = {A, 0, B, 7 * LARGE, PAGE_SIZE, L4_READ, true};
    uint64_t done;

    (void)state;
    ram(A, 0, MEM, PAGE_SIZE, RW);
    for (unsigned i = 0; i < MAP_DEPTH_MAX; i++)
        assert_int_equal(map(A, i * PAGE_SIZE, A, (i + 1) * PAGE_SIZE, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(map(A, MAP_DEPTH_MAX * PAGE_SIZE, B, 0, PAGE_SIZE, RW), L4_ERR_DEPTH);
    assert_int_equal(maps_quota[1].used, BARE);
    for (unsigned i = 0; i < 2 * MAP_BATCH; i++)
        assert_int_equal(map(A, 0, C, i * PAGE_SIZE, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(map_range(&r, &done), L4_ERR_BUSY); /* a grant that narrows them all */
    maps_check();
    assert_int_equal(maps_quota[1].used, BARE);
}

// The large page of A in VS, in COUNT small ones from its beginning but for page 1.
static void pieces(struct vspace *vs, unsigned count)
{
    assert_int_equal(map(A, 0, vs, 0, LARGE, RW), L4_OK);
    assert_int_equal(map(vs, PAGE_SIZE, A, 8 * LARGE, PAGE_SIZE, RW), L4_OK); /* splits */
    maps_unmap(vs, PAGE_SIZE, PAGE_SIZE, L4_UNMAP_ALL, 0);
    maps_unmap(vs, count * PAGE_SIZE, LARGE - count * PAGE_SIZE, L4_UNMAP_ALL, 0);
}

// A large page is to be split for a small one, and what is derived from it lies beside that one: it goes in
// several steps, in the first of which the table of the place has no other use any more.
static void place_stays_while_others_go(void **state)
{
    struct map_request r = {A, PAGE_SIZE, B, PAGE_SIZE, PAGE_SIZE, RW, false};
    uint64_t done;

    (void)state;
    ram(A, 0, MEM, LARGE, RW);
    pieces(C, 2 * MAP_BATCH);
    pieces(B, MAP_BATCH / 2); /* go first */
    assert_int_equal(map_range(&r, &done), L4_ERR_BUSY);
    maps_check();
    assert_int_equal(maps_quota[1].used, BARE);
    assert_int_equal(map(A, PAGE_SIZE, B, PAGE_SIZE, PAGE_SIZE, RW), L4_OK);
    assert_int_equal(maps_quota[1].used, BARE + ONE);
    assert_int_equal(maps_quota[2].used, BARE);
}

enum { STEPS = 450 };

// Often the beginning of a large page, and few others, so that steps meet.
static uint64_t random_address(uint64_t *seed)
{
    uint32_t r = random_next(seed);

    return MAPS_BASE + (r >> 8) % MAPS_LARGES * LARGE + (r % 4 ? (r >> 16) % 48 * PAGE_SIZE : 0);
}

// With hardly any memory most steps fail somewhere in the middle: the books stay whole.
static void books_stay_whole_without_memory(void **state)
{
    uint64_t seed = 7;
    unsigned refused = 0;

    (void)state;
    for (unsigned pages = 4; pages < 12; pages++) {
        maps_begin(pages * PAGE_SIZE);
        for (unsigned step = 0; step < STEPS; step++) {
            uint64_t source = random_address(&seed);
            uint64_t target = random_address(&seed);
            struct vspace *from = &maps_space[random_next(&seed) % MAPS_SPACES];
            struct vspace *to = &maps_space[random_next(&seed) % MAPS_SPACES];
            uint64_t bytes = random_next(&seed) % 4 ? PAGE_SIZE : LARGE;
            enum l4_error err = L4_OK;
            uint64_t done;

            if (step % 8 == 0)
                err = map_physical(from, source, paddr(MEM), bytes, L4_RWX, 0, NULL, &done);
            else if (step % 8 < 7)
                maps_map((struct map_request){from, source, to, target, bytes, L4_RWX, step % 3 == 0}, &err);
            else
                maps_unmap(from, source, bytes, L4_UNMAP_ALL, 0);
            refused += err == L4_ERR_QUOTA;
            maps_check();
        }
        maps_end();
    }
    print_message("refused %u\n", refused);
    assert_true(refused > 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(tables_go_with_their_last_entry),
        TEST(nodes_go_with_their_half),
        TEST(refused_mappings_leave_nothing),
        TEST(place_stays_while_others_go),
        cmocka_unit_test(books_stay_whole_without_memory),
    };

    return cmocka_run_group_tests(tests, pool, NULL);
}
