// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_phys.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/frame.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Memory of devices is mapped as long as the capability it was mapped through: it goes when that is deleted
// or revoked or its table ends, in bounded steps, with all that was derived from it, and costs only who holds
// it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <l4/abi/item.h>

#include "kernel/arch/window.h"
#include "kernel/cap/cap.h"
#include "kernel/mem/frame.h"
#include "support/cap_window.h"
#include "support/cpu.h"
#include "support/maps.h"
#include "support/ram.h"

#define A      (&maps_space[0])
#define B      (&maps_space[1])
#define DEVICE UINT64_C(0xfe000000)
#define RW     (L4_READ | L4_WRITE)

enum { PAGES = 2 * VIA_BATCH + 3, FIRST = 0x10000 };

static struct object phys;
static struct cap_table table[2];
static struct quota table_quota[2];
static uint64_t pays[2]; // for its table

static int group(void **state)
{
    (void)state;
    ram_init_pool(4096);
    window_prepare(vaddr(0));
    return 0;
}

static int begin(void **state)
{
    (void)state;
    cpu_local()->cr3 = 0;
    for (unsigned i = 0; i < 2; i++) {
        table_quota[i] = (struct quota){.limit = 1 << 20};
        assert_int_equal(cap_table_init(&table[i], &table_quota[i]), L4_OK);
        pays[i] = table_quota[i].used;
    }
    maps_begin(1 << 24);
    object_init(&phys, L4_KIND_PHYS);
    return 0;
}

static void table_end(struct cap_table *t, unsigned *steps)
{
    unsigned budget;

    for (*steps = 0;; ++*steps) {
        uint64_t before = map_count();
        bool done;

        assert_true(*steps < 4 * L4_SLOT_COUNT / 300);
        budget = 300;
        done = cap_table_fini_step(t, &budget);
        assert_in_range(before - map_count(), 0, VIA_BATCH);
        if (done)
            return;
    }
}

static int end(void **state)
{
    unsigned steps;

    (void)state;
    maps_end();
    for (unsigned i = 0; i < 2; i++)
        table_end(&table[i], &steps);
    return 0;
}

// In table T, derived from PARENT unless that is NULL.
static struct cap *made(unsigned t, struct cap *parent)
{
    struct cap_fill fill = {.object = &phys, .rights = L4_RIGHT_ALL, .kind = L4_KIND_PHYS, .badge = 1};
    struct cap *c;

    if (parent)
        assert_int_equal(cap_fill_from(&table[parent >= table[1].hot && table[1].hot > table[0].hot],
                                       cap_handle(parent), &fill),
                         L4_OK);
    assert_int_equal(cap_create(&table[t], L4_SLOT_ANY, &fill, &c), L4_OK);
    return c;
}

// PAGES pages of a device, from page I of VS on, through C.
static enum l4_error map(struct vspace *vs, unsigned i, unsigned pages, const struct cap *c)
{
    enum l4_error err = L4_OK;

    for (uint64_t at = i * PAGE_SIZE, done; at < (i + pages) * PAGE_SIZE && err == L4_OK; at += done)
        err = map_physical(vs, FIRST + at, paddr(DEVICE + at), (i + pages) * PAGE_SIZE - at, RW, L4_CACHE_UC,
                           cap_node(c), &done);
    return err;
}

static void derive(unsigned i, unsigned pages)
{
    struct map_request r = {A, FIRST + i * PAGE_SIZE, B, FIRST + i * PAGE_SIZE, pages * PAGE_SIZE, RW, false};
    enum l4_error err;

    assert_int_equal(maps_map(r, &err), pages * PAGE_SIZE);
}

static bool mapped(struct vspace *vs, unsigned i)
{
    return vspace_access(vs, FIRST + i * PAGE_SIZE, L4_READ);
}

static void delete (struct cap *c)
{
    while (!cap_unmap(c))
        ;
    assert_true(cap_delete(c));
}

static void deleting_takes_it_in_steps(void **state)
{
    struct cap *c = made(0, NULL);
    unsigned steps = 1;

    (void)state;
    assert_int_equal(map(A, 0, PAGES, c), L4_OK);
    derive(0, PAGES);
    assert_int_equal(map_count(), 2 * PAGES);
    for (uint64_t before = map_count(); !cap_unmap(c); before = map_count(), steps++) {
        assert_in_range(before - map_count(), 1, VIA_BATCH);
        /* nothing new, so that it comes to its end */
        assert_int_equal(map(A, PAGES, 1, c), L4_ERR_CAP);
    }
    assert_true(steps > 2 * PAGES / VIA_BATCH);
    assert_int_equal(map_count(), 0);
    assert_int_equal(map(A, 0, 1, c), L4_ERR_CAP);
    assert_true(cap_delete(c));
    /* found before by who maps now */
    assert_int_equal(map(A, 0, 1, c), L4_ERR_CAP);
    assert_int_equal(maps_quota[0].used, PAGE_SIZE);
    assert_int_equal(maps_quota[1].used, PAGE_SIZE);
    assert_int_equal(table_quota[0].used, pays[0]);
    /* and what comes into its place is another */
    assert_ptr_equal(made(0, NULL), c);
    assert_int_equal(map(A, 0, 1, c), L4_OK);
}

// Whoever deletes without steps has it all gone as well.
static void no_slot_is_emptied_before(void **state)
{
    struct cap *c = made(0, NULL);

    (void)state;
    assert_int_equal(map(A, 0, PAGES, c), L4_OK);
    assert_true(cap_delete(c));
    assert_int_equal(map_count(), 0);
}

static void each_capability_has_its_own(void **state)
{
    struct cap *c = made(0, NULL);
    struct cap *copy;
    unsigned budget;

    (void)state;
    assert_int_equal(map(A, 0, 3, c), L4_OK);
    copy = made(1, c);
    assert_int_equal(map(A, 3, PAGES, copy), L4_OK);
    derive(0, 4);
    maps_unmap(A, FIRST + PAGE_SIZE, PAGE_SIZE, L4_UNMAP_ALL, 0);
    budget = 1;
    assert_false(cap_revoke(c, &budget));
    assert_true(mapped(A, 0) && mapped(B, 0));
    do
        budget = 8;
    while (!cap_revoke(c, &budget));
    assert_true(mapped(A, 0) && mapped(B, 0) && !mapped(A, 1) && mapped(A, 2) && mapped(B, 2));
    for (unsigned i = 3; i < 3 + PAGES; i++)
        assert_true(!mapped(A, i) && !mapped(B, i));
    assert_int_equal(map_count(), 4);
    /* the slot itself stays, and can be used on */
    assert_int_equal(map(A, 1, 1, c), L4_OK);
    copy = made(1, c);
    assert_int_equal(map(A, 3, 1, copy), L4_OK);
    delete (c);
    assert_true(mapped(A, 3) && !mapped(A, 0) && !mapped(A, 1) && !mapped(B, 2));
    assert_int_equal(map_count(), 1);
    delete (copy);
}

static void it_moves_with_the_capability(void **state)
{
    struct cap *c = made(0, NULL);
    struct cap_fill fill;
    struct cap *fresh;
    struct cap *copy;

    (void)state;
    assert_int_equal(map(A, 0, 2, c), L4_OK);
    assert_int_equal(cap_fill_from(&table[0], cap_handle(c), &fill), L4_OK);
    assert_int_equal(cap_move(&table[1], 7, &fill, &fresh), L4_OK);
    assert_true(mapped(A, 0) && mapped(A, 1));
    assert_int_equal(map(A, 2, 1, c), L4_ERR_CAP);
    assert_int_equal(map(A, 2, 1, fresh), L4_OK);
    assert_int_equal(fresh->kind, L4_KIND_PHYS);
    assert_int_equal(fresh->rights, L4_RIGHT_ALL);
    /* one through which nothing is mapped, as well */
    copy = made(0, fresh);
    cap_replace(fresh, copy);
    maps_unmap(A, FIRST, PAGE_SIZE, L4_UNMAP_ALL, 0);
    assert_true(mapped(A, 1) && mapped(A, 2));
    delete (copy);
    assert_int_equal(map_count(), 0);
}

static void it_goes_with_the_table(void **state)
{
    struct cap *c = made(0, NULL);
    unsigned steps;

    (void)state;
    assert_int_equal(map(A, 0, PAGES, made(1, c)), L4_OK);
    assert_int_equal(map(B, 0, PAGES, c), L4_OK);
    table_end(&table[1], &steps);
    assert_true(steps > PAGES / VIA_BATCH);
    assert_true(!mapped(A, 0) && !mapped(A, PAGES - 1) && mapped(B, 0));
    assert_int_equal(map_count(), PAGES);
    assert_int_equal(table_quota[1].used, 0);
    assert_int_equal(cap_table_init(&table[1], &table_quota[1]), L4_OK); /* for the end */
}

// Large pages that are split, and what is granted on, still hang from the capability.
static void pieces_and_grants_hang_from_it(void **state)
{
    struct cap *c = made(0, NULL);
    struct map_request r = {A, LARGE_PAGE_SIZE, B, 0, PAGE_SIZE, RW, true};
    enum l4_error err;
    uint64_t done;

    (void)state;
    assert_int_equal(
        map_physical(A, LARGE_PAGE_SIZE, paddr(DEVICE), LARGE_PAGE_SIZE, RW, L4_CACHE_UC, cap_node(c), &done),
        L4_OK);
    assert_int_equal(map_count(), 1);
    assert_int_equal(maps_map(r, &err), PAGE_SIZE);
    assert_int_equal(map_count(), 512);
    assert_true(vspace_access(B, 0, RW) && !vspace_access(A, LARGE_PAGE_SIZE, L4_READ));
    delete (c);
    assert_int_equal(map_count(), 0);
}

// The holder unmaps what hangs first, on a CPU that has not heard of the page of slots.
static void a_stale_window_is_not_written(void **state)
{
    struct cap *c = made(0, NULL);

    (void)state;
    assert_int_equal(map(A, 0, 2, c), L4_OK);
    cap_window_stale(c);
    maps_unmap(A, FIRST, PAGES * PAGE_SIZE, L4_UNMAP_ALL, 0);
    cap_window_stale(c);
    assert_true(cap_unmap(c));
    assert_true(cap_delete(c));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(deleting_takes_it_in_steps),    TEST(no_slot_is_emptied_before),
        TEST(each_capability_has_its_own),   TEST(it_moves_with_the_capability),
        TEST(it_goes_with_the_table),        TEST(pieces_and_grants_hang_from_it),
        TEST(a_stale_window_is_not_written),
    };

    return cmocka_run_group_tests(tests, group, NULL);
}
