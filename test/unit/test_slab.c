// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/mem/slab.c kernel/mem/frame.c kernel/base/regions.c
// Page pool and slabs: nothing is given out twice, all comes back, an empty pool is said.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/mem/frame.h"
#include "kernel/mem/slab.h"
#include "support/ram.h"
#include "support/random.h"

enum { POOL = 64, OBJECTS = 2000, STEPS = 100000 };

static int pool(void **state)
{
    (void)state;
    ram_init_pool(POOL);
    return 0;
}

static void frames_are_distinct_and_come_back(void **state)
{
    paddr_t taken[POOL];
    paddr_t more;

    (void)state;
    assert_int_equal(frame_pool_size().v, POOL);
    for (unsigned i = 0; i < POOL; i++) {
        assert_int_equal(frame_pool_free().v, POOL - i);
        assert_true(frame_alloc(&taken[i]));
        assert_true(frame_is_pool(taken[i]));
        assert_int_equal(frame_of(taken[i])->kind, FRAME_PLAIN);
        memset(phys_window(taken[i]), (int)i + 1, PAGE_SIZE);
    }
    assert_false(frame_alloc(&more));
    assert_false(frame_alloc_zeroed(&more));
    for (unsigned i = 0; i < POOL; i++) {
        const uint8_t *page = phys_window(taken[i]);

        assert_int_equal(page[0], i + 1);
        assert_int_equal(page[PAGE_SIZE - 1], i + 1);
        frame_free(taken[i]);
    }
    assert_int_equal(frame_pool_free().v, POOL);
}

static void zeroed_frame_is_zero(void **state)
{
    static const uint8_t zeroes[PAGE_SIZE];
    paddr_t p;

    (void)state;
    assert_true(frame_alloc(&p));
    memset(phys_window(p), 0xa5, PAGE_SIZE);
    frame_free(p);
    assert_true(frame_alloc_zeroed(&p));
    assert_memory_equal(phys_window(p), zeroes, PAGE_SIZE);
    frame_free(p);
}

static void freeing_twice_is_a_bug(void **state)
{
    paddr_t p;

    (void)state;
    assert_true(frame_alloc(&p));
    frame_free(p);
    expect_assert_failure(frame_free(p));
}

static void outside_of_the_pool(void **state)
{
    (void)state;
    assert_false(frame_is_pool(paddr(0)));
    assert_false(frame_is_pool(paddr(RAM_BASE - PAGE_SIZE)));
    assert_false(frame_is_pool(paddr(UINT64_MAX)));
    expect_assert_failure(frame_of(paddr(0)));
}

static void objects_fill_a_page(void **state)
{
    struct slab_cache c = SLAB_CACHE("page", 4096, 64);
    void *a = slab_alloc(&c);
    void *b = slab_alloc(&c);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_true(a != b);
    assert_int_equal(frame_pool_free().v, POOL - 2);
    slab_free(&c, a);
    slab_free(&c, b);
    assert_int_equal(frame_pool_free().v, POOL);
}

static void object_of_another_cache_is_a_bug(void **state)
{
    struct slab_cache c = SLAB_CACHE("one", 64, 64);
    struct slab_cache d = SLAB_CACHE("other", 64, 64);
    void *a = slab_alloc(&c);

    (void)state;
    expect_assert_failure(slab_free(&d, a));
    slab_free(&c, a);
}

static struct object {
    unsigned char *at; // NULL: free
    unsigned char mark;
} objects[OBJECTS];

static void object_check(const struct object *o, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        assert_int_equal(o->at[i], o->mark);
}

static void object_take(struct slab_cache *c, struct object *o, unsigned char mark)
{
    static const unsigned char zeroes[4096];

    o->at = slab_alloc(c);
    if (!o->at) {
        assert_int_equal(frame_pool_free().v, 0);
        assert_int_equal(c->partial, FRAME_NONE);
        return;
    }
    assert_memory_equal(o->at, zeroes, c->size);
    assert_int_equal((uintptr_t)o->at % c->align, 0);
    o->mark = mark;
    memset(o->at, mark, c->size);
}

// Objects are marked from end to end: one that overlaps another or is given out twice shows.
static void random_use(uint32_t size, uint32_t align)
{
    struct slab_cache c = SLAB_CACHE("random", size, align);
    uint64_t seed = size;
    uint64_t in_use = 0;

    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t random = random_next(&seed);
        struct object *o = &objects[random % OBJECTS];

        if (!o->at && random >> 16 & 1) {
            object_take(&c, o, (unsigned char)(random >> 20));
            in_use += o->at != NULL;
        } else if (o->at && random >> 16 & 2) {
            object_check(o, size);
            slab_free(&c, o->at);
            o->at = NULL;
            in_use--;
        }
        assert_int_equal(c.in_use, in_use);
    }
    for (unsigned i = 0; i < OBJECTS; i++) {
        if (objects[i].at)
            slab_free(&c, objects[i].at);
        objects[i].at = NULL;
    }
    assert_int_equal(c.partial, FRAME_NONE);
    assert_int_equal(frame_pool_free().v, POOL);
}

static void random_small(void **state)
{
    (void)state;
    random_use(48, 16);
}

static void random_activations(void **state)
{
    (void)state;
    random_use(384, 128);
}

static void random_large(void **state)
{
    (void)state;
    random_use(2112, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_distinct_and_come_back),
        cmocka_unit_test(zeroed_frame_is_zero),
        cmocka_unit_test(freeing_twice_is_a_bug),
        cmocka_unit_test(outside_of_the_pool),
        cmocka_unit_test(objects_fill_a_page),
        cmocka_unit_test(object_of_another_cache_is_a_bug),
        cmocka_unit_test(random_small),
        cmocka_unit_test(random_activations),
        cmocka_unit_test(random_large),
    };

    return cmocka_run_group_tests(tests, pool, NULL);
}
