// SPDX-License-Identifier: BSD-2-Clause
// sources: pager/pagemap.c
// Page map of a task: entries, walking, no memory for nodes, the ends of the address range.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pager/pagemap.h"

struct memory {
    unsigned left; // frames it may still give
    unsigned given;
};

static struct pagemap_frame *more(void *context)
{
    struct memory *memory = context;
    if (!memory->left)
        return NULL;
    memory->left--;
    memory->given++;
    return calloc(1, sizeof(struct pagemap_frame));
}

static void release(struct pagemap *map)
{
    while (map->frames) {
        struct pagemap_frame *next = map->frames->next;
        free(map->frames);
        map->frames = next;
    }
}

static void test_get_and_slot(void **state)
{
    struct memory memory = {.left = 100};
    struct pagemap map = {.more = more, .context = &memory};
    const uint64_t pages[] = {0, 1, 63, 64, 0x400, 0x7ffffffff, PAGEMAP_PAGES - 1};
    (void)state;
    assert_int_equal(pagemap_get(&map, 5), 0);
    for (unsigned i = 0; i < 7; i++) {
        uint64_t *entry = pagemap_slot(&map, pages[i]);
        assert_non_null(entry);
        assert_int_equal(*entry, 0);
        *entry = 1000 + i;
    }
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(pagemap_get(&map, pages[i]), 1000 + i);
        assert_ptr_equal(pagemap_slot(&map, pages[i]), pagemap_slot(&map, pages[i]));
    }
    assert_int_equal(pagemap_get(&map, 2), 0);
    assert_int_equal(pagemap_get(&map, PAGEMAP_PAGES), 0);
    assert_null(pagemap_slot(&map, PAGEMAP_PAGES));
    assert_null(pagemap_slot(&map, UINT64_MAX));
    release(&map);
}

static void test_no_memory(void **state)
{
    struct memory memory = {.left = 1}; // seven nodes
    struct pagemap map = {.more = more, .context = &memory};
    (void)state;
    assert_non_null(pagemap_slot(&map, 0));  // six of them
    assert_non_null(pagemap_slot(&map, 64)); // the seventh
    assert_null(pagemap_slot(&map, 128));
    assert_int_equal(memory.given, 1);
    memory.left = 1;
    assert_non_null(pagemap_slot(&map, 128)); // goes on where it stopped
    assert_int_equal(memory.given, 2);
    release(&map);
}

static void test_walk(void **state)
{
    struct memory memory = {.left = 100};
    struct pagemap map = {.more = more, .context = &memory};
    const uint64_t pages[] = {3, 4, 100, 0x12345, 0x600000000, 0x7fffffffe};
    uint64_t page = 0, entry = 0;
    (void)state;
    assert_false(pagemap_next(&map, &page, PAGEMAP_PAGES, &entry));
    for (unsigned i = 0; i < 6; i++)
        *pagemap_slot(&map, pages[i]) = 7 + i;
    for (unsigned i = 0; i < 6; i++, page++) {
        assert_true(pagemap_next(&map, &page, UINT64_MAX, &entry));
        assert_int_equal(page, pages[i]);
        assert_int_equal(entry, 7 + i);
    }
    assert_false(pagemap_next(&map, &page, UINT64_MAX, &entry));
    page = 5;
    assert_false(pagemap_next(&map, &page, 100, &entry)); // the end is not included
    assert_true(pagemap_next(&map, &page, 101, &entry));
    assert_int_equal(page, 100);
    release(&map);
}

static void test_property(void **state)
{
    enum { PAGES = 5000, STEPS = 20000 };
    static uint64_t expected[PAGES];
    struct memory memory = {.left = 1000};
    struct pagemap map = {.more = more, .context = &memory};
    const uint64_t base = 0x200000000 - PAGES / 2; // across a boundary of all lower levels
    uint64_t seed = 11;
    (void)state;
    for (unsigned step = 0; step < STEPS; step++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t random = (uint32_t)(seed >> 33);
        uint64_t at = random % PAGES;
        uint64_t *entry = pagemap_slot(&map, base + at);
        assert_int_equal(*entry, expected[at]);
        *entry = expected[at] = random & 1 ? random : 0;
    }
    uint64_t page = 0, entry;
    for (unsigned at = 0; at < PAGES; at++) {
        if (!expected[at])
            continue;
        assert_true(pagemap_next(&map, &page, PAGEMAP_PAGES, &entry));
        assert_int_equal(page, base + at);
        assert_int_equal(entry, expected[at]);
        page++;
    }
    assert_false(pagemap_next(&map, &page, PAGEMAP_PAGES, &entry));
    release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get_and_slot),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_property),
    };
    return cmocka_run_group_tests_name("pagemap", tests, NULL, NULL);
}
