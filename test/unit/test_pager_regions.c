// SPDX-License-Identifier: BSD-2-Clause
// sources: pager/regions.c
// Region list of a task: order, overlap, gaps, joining and cutting anonymous memory, a full list.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <l4/abi/item.h>
#include "pager/regions.h"

#define LOW  0x100000u
#define HIGH 0x200000u

struct fixture {
    struct regions regions;
    struct region list[6];
};

static struct fixture empty(void)
{
    return (struct fixture){.regions = {.capacity = 6}};
}

static int insert(struct fixture *f, uint64_t start, uint64_t end, uint32_t kind)
{
    struct region region = {.start = start, .end = end, .kind = kind, .access = L4_READ};
    f->regions.list = f->list;
    return regions_insert(&f->regions, &region);
}

static int allocate(struct fixture *f, uint64_t bytes, uint64_t *address)
{
    f->regions.list = f->list;
    return regions_alloc(&f->regions, LOW, HIGH, bytes, L4_READ | L4_WRITE, address);
}

// Both steps of giving back.
static int give_back(struct regions *regions, uint64_t start, uint64_t end)
{
    int error = regions_close(regions, start, end);
    return error ? error : regions_remove(regions, start, end);
}

static void check_sorted(const struct regions *regions)
{
    for (uint32_t i = 0; i < regions->count; i++) {
        assert_true(regions->list[i].start < regions->list[i].end);
        if (i)
            assert_true(regions->list[i - 1].end <= regions->list[i].start);
    }
}

static void test_insert_and_find(void **state)
{
    struct fixture f = empty();
    (void)state;
    assert_int_equal(insert(&f, 0x5000, 0x7000, L4_REGION_DATA), L4_OK);
    assert_int_equal(insert(&f, 0x1000, 0x2000, L4_REGION_TEXT), L4_OK);
    assert_int_equal(insert(&f, 0x2000, 0x3000, L4_REGION_RODATA), L4_OK);
    check_sorted(&f.regions);
    assert_null(regions_find(&f.regions, 0xfff));
    assert_int_equal(regions_find(&f.regions, 0x1000)->kind, L4_REGION_TEXT);
    assert_int_equal(regions_find(&f.regions, 0x1fff)->kind, L4_REGION_TEXT);
    assert_int_equal(regions_find(&f.regions, 0x2000)->kind, L4_REGION_RODATA);
    assert_null(regions_find(&f.regions, 0x3000));
    assert_null(regions_find(&f.regions, 0x4fff));
    assert_int_equal(regions_find(&f.regions, 0x6fff)->kind, L4_REGION_DATA);
    assert_null(regions_find(&f.regions, 0x7000));
    assert_null(regions_find(&f.regions, UINT64_MAX));
}

static void test_insert_refusals(void **state)
{
    struct fixture f = empty();
    (void)state;
    assert_int_equal(insert(&f, 0x1000, 0x1000, 1), L4_ERR_ARG);
    assert_int_equal(insert(&f, 0x2000, 0x1000, 1), L4_ERR_ARG);
    assert_int_equal(insert(&f, 0x1001, 0x2000, 1), L4_ERR_ARG);
    assert_int_equal(insert(&f, 0x1000, 0x2001, 1), L4_ERR_ARG);
    assert_int_equal(insert(&f, 0x2000, 0x4000, 1), L4_OK);
    assert_int_equal(insert(&f, 0x1000, 0x3000, 1), L4_ERR_EXISTS);
    assert_int_equal(insert(&f, 0x3000, 0x5000, 1), L4_ERR_EXISTS);
    assert_int_equal(insert(&f, 0x1000, 0x5000, 1), L4_ERR_EXISTS);
    assert_int_equal(insert(&f, 0x2000, 0x4000, 1), L4_ERR_EXISTS);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(insert(&f, 0x10000 + i * 0x1000u, 0x11000 + i * 0x1000u, 1), L4_OK);
    assert_int_equal(insert(&f, 0x50000, 0x51000, 1), L4_ERR_LIMIT);
    assert_int_equal(f.regions.count, 6);
}

static void test_alloc_joins(void **state)
{
    struct fixture f = empty();
    uint64_t a, b, c;
    (void)state;
    assert_int_equal(allocate(&f, 1, &a), L4_OK);
    assert_int_equal(allocate(&f, 4097, &b), L4_OK);
    assert_int_equal(allocate(&f, 4096, &c), L4_OK);
    assert_int_equal(a, LOW);
    assert_int_equal(b, LOW + 0x1000);
    assert_int_equal(c, LOW + 0x3000);
    assert_int_equal(f.regions.count, 1);
    assert_int_equal(give_back(&f.regions, b, b + 0x2000), L4_OK);
    assert_int_equal(f.regions.count, 2);
    check_sorted(&f.regions);
    assert_null(regions_find(&f.regions, b));
    assert_int_equal(allocate(&f, 0x3000, &a), L4_OK); // does not fit the gap
    assert_int_equal(a, LOW + 0x4000);
    assert_int_equal(allocate(&f, 0x2000, &b), L4_OK); // fits, and joins both sides
    assert_int_equal(b, LOW + 0x1000);
    assert_int_equal(f.regions.count, 1);
}

static void test_alloc_refusals(void **state)
{
    struct fixture f = empty();
    uint64_t address = 1;
    (void)state;
    assert_int_equal(allocate(&f, 0, &address), L4_ERR_ARG);
    assert_int_equal(allocate(&f, UINT64_MAX, &address), L4_ERR_RANGE);
    assert_int_equal(allocate(&f, HIGH - LOW + 1, &address), L4_ERR_RANGE);
    assert_int_equal(address, 1);
    assert_int_equal(allocate(&f, HIGH - LOW, &address), L4_OK);
    assert_int_equal(allocate(&f, 1, &address), L4_ERR_RANGE);
}

static void test_alloc_goes_round_others(void **state)
{
    struct fixture f = empty();
    uint64_t address;
    (void)state;
    assert_int_equal(insert(&f, LOW - 0x1000, LOW + 0x1000, L4_REGION_DATA), L4_OK);
    assert_int_equal(insert(&f, LOW + 0x2000, LOW + 0x3000, L4_REGION_DATA), L4_OK);
    assert_int_equal(allocate(&f, 0x2000, &address), L4_OK);
    assert_int_equal(address, LOW + 0x3000);
    assert_int_equal(allocate(&f, 0x1000, &address), L4_OK);
    assert_int_equal(address, LOW + 0x1000);
    assert_int_equal(f.regions.count, 4);
    check_sorted(&f.regions);
}

static void test_free_refusals(void **state)
{
    struct fixture f = empty();
    uint64_t address;
    (void)state;
    assert_int_equal(allocate(&f, 0x4000, &address), L4_OK);
    assert_int_equal(insert(&f, 0x1000, 0x2000, L4_REGION_TEXT), L4_OK);
    assert_int_equal(give_back(&f.regions, address, address), L4_ERR_ARG);
    assert_int_equal(give_back(&f.regions, address + 1, address + 0x1000), L4_ERR_ARG);
    assert_int_equal(give_back(&f.regions, address + 0x1000, address), L4_ERR_ARG);
    assert_int_equal(give_back(&f.regions, 0x1000, 0x2000), L4_ERR_RANGE); // not anonymous
    assert_int_equal(give_back(&f.regions, address, address + 0x5000), L4_ERR_RANGE);
    assert_int_equal(give_back(&f.regions, address - 0x1000, address), L4_ERR_RANGE);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(insert(&f, 0x10000 + i * 0x2000u, 0x11000 + i * 0x2000u, 1), L4_OK);
    // room for one piece more: the middle would leave two
    assert_int_equal(give_back(&f.regions, address + 0x1000, address + 0x2000), L4_ERR_LIMIT);
    assert_int_equal(give_back(&f.regions, address, address + 0x1000), L4_OK);
    assert_int_equal(give_back(&f.regions, address + 0x3000, address + 0x4000), L4_OK);
    assert_int_equal(insert(&f, 0x50000, 0x51000, 1), L4_OK);
    assert_int_equal(f.regions.count, 6);
    assert_int_equal(give_back(&f.regions, address + 0x1000, address + 0x2000), L4_ERR_LIMIT);
    assert_int_equal(give_back(&f.regions, address + 0x1000, address + 0x3000),
                     L4_OK); // a whole one needs no room
    assert_int_equal(f.regions.count, 5);
    check_sorted(&f.regions);
}

static void test_closing(void **state)
{
    struct fixture f = empty();
    uint64_t address, other;
    (void)state;
    assert_int_equal(allocate(&f, 0x5000, &address), L4_OK);
    assert_int_equal(regions_close(&f.regions, address + 0x1000, address + 0x3000), L4_OK);
    assert_int_equal(f.regions.count, 3);
    check_sorted(&f.regions);
    const struct region *closing = regions_find(&f.regions, address + 0x2fff);
    assert_int_equal(closing->kind, REGION_CLOSING);
    assert_int_equal(closing->access, 0);
    assert_int_equal(regions_find(&f.regions, address)->access, L4_READ | L4_WRITE);
    assert_int_equal(regions_find(&f.regions, address + 0x3000)->access, L4_READ | L4_WRITE);
    assert_int_equal(allocate(&f, 0x1000, &other), L4_OK); // not where it closes
    assert_int_equal(other, address + 0x5000);
    assert_int_equal(regions_close(&f.regions, address + 0x1000, address + 0x3000), L4_ERR_RANGE); // twice
    assert_int_equal(regions_remove(&f.regions, address + 0x1000, address + 0x2000), L4_ERR_RANGE);
    assert_int_equal(regions_remove(&f.regions, address, address + 0x1000), L4_ERR_RANGE); // not closing
    assert_int_equal(regions_remove(&f.regions, address + 0x1000, address + 0x3000), L4_OK);
    assert_int_equal(regions_remove(&f.regions, address + 0x1000, address + 0x3000), L4_ERR_RANGE);
    assert_int_equal(allocate(&f, 0x2000, &other), L4_OK);
    assert_int_equal(other, address + 0x1000);
    assert_int_equal(f.regions.count, 1);
}

// Random allocations and frees against a map of pages.
static void test_property(void **state)
{
    enum { PAGES = (HIGH - LOW) / 4096, STEPS = 20000 };
    static struct region list[PAGES];
    struct regions regions = {.list = list, .capacity = PAGES};
    unsigned char used[PAGES] = {0};
    uint64_t seed = 3;
    (void)state;
    for (unsigned step = 0; step < STEPS; step++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t random = (uint32_t)(seed >> 33);
        uint64_t count = 1 + random / 2 % 9, address;
        if (random & 1) {
            unsigned fits = PAGES, run = 0;
            for (unsigned i = 0; i < PAGES && fits == PAGES; i++) {
                run = used[i] ? 0 : run + 1;
                if (run == count)
                    fits = i + 1 - run;
            }
            int error = regions_alloc(&regions, LOW, HIGH, count * 4096, L4_READ, &address);
            assert_int_equal(error, fits == PAGES ? L4_ERR_RANGE : L4_OK);
            if (error)
                continue;
            assert_int_equal(address, LOW + fits * 4096u); // the lowest gap
            memset(used + fits, 1, count);
        } else {
            uint64_t at = random / 32 % (PAGES - 9);
            bool all = memchr(used + at, 0, count) == NULL;
            int error = give_back(&regions, LOW + at * 4096, LOW + (at + count) * 4096);
            assert_int_equal(error, all ? L4_OK : L4_ERR_RANGE);
            if (!error)
                memset(used + at, 0, count);
        }
        check_sorted(&regions);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_insert_and_find),
        cmocka_unit_test(test_insert_refusals),
        cmocka_unit_test(test_alloc_joins),
        cmocka_unit_test(test_alloc_refusals),
        cmocka_unit_test(test_alloc_goes_round_others),
        cmocka_unit_test(test_free_refusals),
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_property),
    };
    return cmocka_run_group_tests_name("regions", tests, NULL, NULL);
}
