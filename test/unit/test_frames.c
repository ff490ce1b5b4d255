// SPDX-License-Identifier: BSD-2-Clause
// sources: pager/frames.c
// Frame allocator of the pager: lowest first, holes, refusals, and that no frame is ever given out twice.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "pager/frames.h"

static void *make(struct frames *frames, uint64_t first, uint64_t count)
{
    void *storage = calloc(1, frames_storage(count));
    assert_non_null(storage);
    frames_init(frames, storage, first, count);
    return storage;
}

static void test_lowest_first(void **state)
{
    struct frames frames;
    uint64_t frame;
    void *storage = make(&frames, 1000, 200);
    (void)state;
    assert_false(frames_take(&frames, &frame));
    assert_true(frames_add(&frames, 1010, 3));
    assert_true(frames_add(&frames, 1130, 2));
    assert_int_equal(frames.free, 5);
    const uint64_t expected[] = {1010, 1011, 1012, 1130, 1131};
    for (unsigned i = 0; i < 5; i++) {
        assert_true(frames_take(&frames, &frame));
        assert_int_equal(frame, expected[i]);
    }
    assert_false(frames_take(&frames, &frame));
    assert_int_equal(frames.free, 0);
    assert_true(frames_give(&frames, 1130));
    assert_true(frames_give(&frames, 1011));
    assert_true(frames_take(&frames, &frame));
    assert_int_equal(frame, 1011);
    free(storage);
}

static void test_refusals(void **state)
{
    struct frames frames;
    uint64_t frame;
    void *storage = make(&frames, 64, 128);
    (void)state;
    assert_false(frames_add(&frames, 63, 1));
    assert_false(frames_add(&frames, 64, 129));
    assert_false(frames_add(&frames, 193, 1));
    assert_false(frames_add(&frames, 100, UINT64_MAX));
    assert_true(frames_add(&frames, 64, 128));
    assert_false(frames_add(&frames, 191, 1)); // known already
    assert_int_equal(frames.free, 128);
    assert_false(frames_give(&frames, 64)); // free already
    assert_true(frames_take(&frames, &frame));
    assert_true(frames_give(&frames, 64));
    assert_false(frames_give(&frames, 64));
    assert_false(frames_give(&frames, 63));
    assert_false(frames_give(&frames, 192));
    assert_false(frames_give(&frames, UINT64_MAX));
    assert_int_equal(frames.free, 128);
    free(storage);
}

static void test_hole_is_not_given_back(void **state)
{
    struct frames frames;
    void *storage = make(&frames, 0, 300);
    (void)state;
    assert_true(frames_add(&frames, 0, 10));
    assert_true(frames_add(&frames, 200, 10));
    assert_false(frames_give(&frames, 100));
    assert_int_equal(frames.free, 20);
    free(storage);
}

// Every frame has at most one owner, all come back, over 64^2 frames (all three levels in use).
static void test_property(void **state)
{
    enum { COUNT = 10000, STEPS = 200000 };
    struct frames frames;
    void *storage = make(&frames, 5, COUNT);
    unsigned char *owned = calloc(1, COUNT);
    uint64_t seed = 42, out = 0;
    (void)state;
    assert_true(frames_add(&frames, 5, COUNT));
    for (unsigned step = 0; step < STEPS; step++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t random = seed >> 33, frame;
        if (random % 5 < (step / 20000 % 2 ? 2u : 3u)) {
            bool taken = frames_take(&frames, &frame);
            assert_int_equal(taken, out < COUNT);
            if (taken) {
                assert_false(owned[frame - 5]);
                owned[frame - 5] = 1;
                out++;
            }
        } else {
            uint64_t at = random / 5 % COUNT;
            assert_int_equal(frames_give(&frames, at + 5), owned[at]);
            out -= owned[at];
            owned[at] = 0;
        }
        assert_int_equal(frames.free, COUNT - out);
    }
    free(owned);
    free(storage);
}

static void test_rows(void **state)
{
    struct frames frames;
    uint64_t frame, first;
    void *storage = make(&frames, 1000, 200);
    (void)state;
    assert_false(frames_take_row(&frames, 8, 8, &first));
    assert_true(frames_add(&frames, 1000, 100));
    assert_true(frames_add(&frames, 1101, 99));
    assert_false(frames_take_row(&frames, 104, 8, &first)); // one is missing in between
    assert_false(frames_take_row(&frames, 300, 8, &first));
    assert_true(frames_take_row(&frames, 90, 8, &first));
    assert_int_equal(first, 1104);
    assert_int_equal(frames.free, 199 - 90);
    assert_false(frames_give(&frames, 1104)); // not known any more
    assert_true(frames_take_row(&frames, 100, 8, &first));
    assert_int_equal(first, 1000);
    assert_false(frames_take_row(&frames, 8, 8, &first));
    const uint64_t expected[] = {1101, 1102, 1103, 1194};
    for (unsigned i = 0; i < 4; i++) {
        assert_true(frames_take(&frames, &frame));
        assert_int_equal(frame, expected[i]);
    }
    assert_true(frames_add(&frames, 1000, 100)); // and back
    assert_true(frames_take(&frames, &frame));
    assert_int_equal(frame, 1000);
    free(storage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lowest_first), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_hole_is_not_given_back),
        cmocka_unit_test(test_property),
    };
    return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
