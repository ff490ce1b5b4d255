// SPDX-License-Identifier: BSD-2-Clause
// sources: pager/slots.c
// Slot map of UTCB pages: four bits a page, lowest free first, the page back with its last slot, double
// hand-back refused, all 16 states of a page, and maps of more than one descriptor.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pager/slots.h"

static void take_all(struct slots *slots, unsigned pages)
{
    uint32_t first;
    unsigned count;
    for (unsigned i = 0; i < pages; i++) {
        assert_int_equal(slots_take(slots, 4, &first, &count), SLOTS_OK);
        assert_int_equal(first, i * 4);
        assert_int_equal(count, 4);
    }
}

// Page 0 in the given state, nothing else out.
static void make_state(struct slots *slots, unsigned bits)
{
    slots_init(slots, 64);
    take_all(slots, 1);
    for (unsigned i = 0; i < 4; i++) {
        if (!(bits >> i & 1))
            (void)slots_give(slots, i);
    }
    assert_int_equal(slots_of_page(slots, 0), bits);
}

static void test_take_in_all_states(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 16; bits++) {
        for (unsigned wanted = 1; wanted <= 4; wanted++) {
            struct slots slots;
            uint32_t first;
            unsigned count, expected_first = 0, expected = 0;
            make_state(&slots, bits);
            uint32_t out = slots.out;
            while (expected_first < 4 && bits >> expected_first & 1)
                expected_first++;
            if (expected_first == 4) // full: the next page
                expected = wanted;
            while (expected_first < 4 && expected < wanted && expected_first + expected < 4 &&
                   !(bits >> (expected_first + expected) & 1))
                expected++;
            assert_int_equal(slots_take(&slots, wanted, &first, &count), SLOTS_OK);
            assert_int_equal(first, expected_first);
            assert_int_equal(count, expected);
            assert_int_equal(slots.out, out + count);
            for (unsigned i = 0; i < count; i++)
                assert_true(slots_is_out(&slots, first + i));
        }
    }
}

static void test_give_in_all_states(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 16; bits++) {
        for (unsigned slot = 0; slot < 4; slot++) {
            struct slots slots;
            make_state(&slots, bits);
            enum slots_result expected = SLOTS_NOT_OUT;
            if (bits >> slot & 1)
                expected = bits == 1u << slot ? SLOTS_PAGE_EMPTY : SLOTS_OK;
            assert_int_equal(slots_give(&slots, slot), expected);
            assert_int_equal(slots_of_page(&slots, 0), bits & ~(1u << slot));
            assert_int_equal(slots_give(&slots, slot), SLOTS_NOT_OUT); // twice
        }
    }
}

static void test_never_handed_out(void **state)
{
    struct slots slots;
    (void)state;
    slots_init(&slots, 64);
    assert_int_equal(slots_give(&slots, 0), SLOTS_NOT_OUT);
    assert_int_equal(slots_give(&slots, 63), SLOTS_NOT_OUT);
    assert_int_equal(slots_give(&slots, UINT32_MAX), SLOTS_NOT_OUT);
    assert_false(slots_is_out(&slots, UINT32_MAX));
    assert_int_equal(slots.out, 0);
}

static void test_limit(void **state)
{
    struct slots slots;
    uint32_t first;
    unsigned count;
    (void)state;
    slots_init(&slots, 6);
    take_all(&slots, 1);
    assert_int_equal(slots_take(&slots, 4, &first, &count), SLOTS_OK);
    assert_int_equal(first, 4);
    assert_int_equal(count, 2); // not beyond the limit
    assert_int_equal(slots_take(&slots, 1, &first, &count), SLOTS_LIMIT);
    assert_int_equal(slots.out, 6);
    assert_int_equal(slots_give(&slots, 5), SLOTS_OK);
    assert_int_equal(slots_take(&slots, 4, &first, &count), SLOTS_OK);
    assert_int_equal(first, 5);
    assert_int_equal(count, 1);
}

// 1 and 1000 and 8192 indices, with descriptors as they are needed.
static void test_chain(void **state)
{
    enum { LIMIT = 8192 };
    struct slots slots;
    struct {
        void *memory[400];
        unsigned count;
    } given = {{0}, 0};
    (void)state;
    slots_init(&slots, LIMIT);
    for (uint32_t expected = 0; expected < LIMIT;) {
        uint32_t first;
        unsigned count;
        enum slots_result result = slots_take(&slots, 4, &first, &count);
        if (result == SLOTS_MORE) {
            given.memory[given.count] = calloc(1, 64); // 96 pages each
            slots_extend(&slots, given.memory[given.count++], 64);
            continue;
        }
        assert_int_equal(result, SLOTS_OK);
        assert_int_equal(first, expected);
        assert_int_equal(count, 4);
        expected += count;
    }
    uint32_t first;
    unsigned count;
    assert_int_equal(slots_take(&slots, 1, &first, &count), SLOTS_LIMIT);
    assert_int_equal(given.count, (LIMIT / 4 - SLOTS_INLINE_PAGES + 95) / 96);
    assert_int_equal(slots_give(&slots, 8191), SLOTS_OK);
    assert_int_equal(slots_give(&slots, 300), SLOTS_OK);
    assert_int_equal(slots_take(&slots, 4, &first, &count), SLOTS_OK);
    assert_int_equal(first, 300); // the lowest
    assert_int_equal(slots_take(&slots, 4, &first, &count), SLOTS_OK);
    assert_int_equal(first, 8191);
    while (given.count)
        free(given.memory[--given.count]);
}

// After random comings and goings no index has two owners and the pages in use stay near the least possible.
static void test_property(void **state)
{
    enum { LIMIT = 256, STEPS = 50000 };
    struct slots slots;
    unsigned char owned[LIMIT] = {0};
    uint64_t seed = 7;
    uint32_t out = 0;
    (void)state;
    slots_init(&slots, LIMIT);
    for (unsigned step = 0; step < STEPS; step++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t random = (uint32_t)(seed >> 33), first;
        unsigned count;
        if (random & 1 && out < 200) {
            assert_int_equal(slots_take(&slots, 1 + random / 2 % 4, &first, &count), SLOTS_OK);
            for (unsigned i = 0; i < count; i++) {
                assert_false(owned[first + i]);
                owned[first + i] = 1;
            }
            // lowest free first: nothing below is free
            for (uint32_t i = 0; i < first; i++)
                assert_true(owned[i]);
            out += count;
        } else {
            uint32_t index = random / 2 % LIMIT;
            bool was = owned[index];
            owned[index] = 0;
            const unsigned char *page = &owned[index / 4 * 4];
            bool empty = !page[0] && !page[1] && !page[2] && !page[3];
            enum slots_result expected = SLOTS_NOT_OUT;
            if (was)
                expected = empty ? SLOTS_PAGE_EMPTY : SLOTS_OK;
            assert_int_equal(slots_give(&slots, index), expected);
            out -= was;
        }
        assert_int_equal(slots.out, out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_in_all_states),
        cmocka_unit_test(test_give_in_all_states),
        cmocka_unit_test(test_never_handed_out),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_property),
    };
    return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
